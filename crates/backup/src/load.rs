//! Puts the records of a backup into a store.

use std::path::{Path, PathBuf};

use guildhall_core::{
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use guildhall_store::{Layout, OperatorPath, Params, Store, StoreError, Value, WriteTx};
use tokio::sync::mpsc;

use crate::{
    catalogue::{Scoped, Source},
    codec::{self, Record},
    digest::Owner,
    error::BackupError,
    keys::Keys,
    manifest::Header,
    reading::{Next, Reading},
    walk::{Progress, Watch},
};

/// Rows that one statement puts in; what is left over goes in with the smaller ones.
const BATCHES: [usize; 3] = [64, 8, 1];
/// Bytes of rows after which a statement is run, however few they are.
const BATCH_BYTES: usize = 1 << 20;
/// Rows and bytes after which a transaction is committed where it may be.
const COMMIT: (u64, usize) = (50_000, 32 << 20);

/// Which rows, and whose they become.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    Everything,
    Guild { from: i64, to: i64 },
}

impl Which {
    fn owner(self, owner: Owner) -> Option<Owner> {
        match self {
            Self::Everything => Some(owner),
            Self::Guild { from, to } => (owner == Owner::Guild(from)).then_some(Owner::Guild(to)),
        }
    }
}

/// The chunks of a file, read and checked on a thread of their own.
pub(crate) fn chunks(path: &Path, keys: &Keys) -> mpsc::Receiver<Result<Vec<u8>, BackupError>> {
    let (to, from) = mpsc::channel(2);
    let (path, keys): (PathBuf, Keys) = (path.to_owned(), keys.clone());
    tokio::task::spawn_blocking(move || {
        let send = |chunk| to.blocking_send(chunk).is_ok();
        let mut reading = match Reading::open(&path, &keys) {
            Ok(reading) => reading,
            Err(error) => {
                send(Err(error));
                return;
            }
        };
        loop {
            match reading.next() {
                Ok(Next::Chunk(records)) => {
                    if !send(Ok(records)) {
                        return;
                    }
                }
                Ok(Next::End(_)) => return,
                Err(error) => {
                    send(Err(error));
                    return;
                }
            }
        }
    });
    from
}

/// Where the rows of each table of a backup go.
pub(crate) fn places(header: &Header, tables: &[Source]) -> Result<Vec<usize>, BackupError> {
    let place = |shape: &crate::manifest::TableShape| {
        let found = tables.iter().position(|table| table.shape.name == shape.name);
        let found = found.filter(|place| {
            let mine = &tables[*place].shape;
            mine.scope == shape.scope
                && mine.columns.len() == shape.columns.len()
                && shape
                    .columns
                    .iter()
                    .all(|column| mine.columns.iter().any(|other| other.name == column.name))
        });
        found.ok_or_else(|| BackupError::Tables {
            reason: format!("its table `{}` has other columns here, or is not here at all", shape.name),
        })
    };
    header.tables.iter().map(place).collect()
}

/// Fills a store.
pub(crate) struct Load<'a> {
    store: &'a Store,
    header: &'a Header,
    tables: &'a [Source],
    places: Vec<usize>,
    which: Which,
    watch: Watch<'a>,
    tx: Option<WriteTx>,
    in_tx: (u64, usize),
    owner: Option<Owner>,
    table: usize,
    waiting: Vec<Vec<Value>>,
    waiting_bytes: usize,
    progress: Progress,
}

impl<'a> Load<'a> {
    pub(crate) fn new(
        store: &'a Store,
        header: &'a Header,
        tables: &'a [Source],
        which: Which,
        watch: Watch<'a>,
    ) -> Result<Self, BackupError> {
        Ok(Self {
            store,
            header,
            tables,
            places: places(header, tables)?,
            which,
            watch,
            tx: None,
            in_tx: (0, 0),
            owner: None,
            table: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
            progress: Progress::default(),
        })
    }

    /// Uses this transaction for everything, and commits nothing.
    pub(crate) fn within(mut self, tx: WriteTx) -> Self {
        self.tx = Some(tx);
        self
    }

    /// Puts all in. Gives the open transaction, where one is open, and how far it came.
    pub(crate) async fn run(
        mut self,
        mut from: mpsc::Receiver<Result<Vec<u8>, BackupError>>,
    ) -> Result<(Option<WriteTx>, Progress), BackupError> {
        while let Some(chunk) = from.recv().await {
            let chunk = chunk?;
            let mut rest = &chunk[..];
            while let Some(record) = codec::read(&mut rest) {
                self.record(&record).await?;
            }
            self.progress.bytes += chunk.len() as u64;
            (self.watch)(self.progress);
        }
        Ok((self.tx, self.progress))
    }

    async fn record(&mut self, record: &Record<'_>) -> Result<(), BackupError> {
        match record {
            Record::Owner(owner) => self.owner = self.which.owner(*owner),
            Record::Table(table) => self.table = *table,
            Record::Row(row) if self.owner.is_some() => self.row(row).await?,
            Record::Row(_) => {}
            Record::TableEnd(_) => self.flush().await?,
            Record::OwnerEnd(_) => self.pause().await?,
        }
        Ok(())
    }

    async fn row(&mut self, row: &[u8]) -> Result<(), BackupError> {
        let (shape, target) = (&self.header.tables[self.table], &self.tables[self.places[self.table]]);
        let values = codec::decode_row(row, shape.columns.len()).ok_or_else(|| BackupError::Row {
            table: shape.name.clone(),
            reason: "a row of the backup has other columns than its header says".to_owned(),
        })?;
        // The backup's order of columns may be another one.
        let mut named: Vec<_> = shape.columns.iter().map(|column| column.name.as_str()).zip(values).collect();
        let ordered = target.shape.columns.iter().filter_map(|column| {
            let place = named.iter().position(|(name, _)| *name == column.name)?;
            Some(named.swap_remove(place).1)
        });
        self.waiting.push(ordered.collect());
        self.waiting_bytes += row.len();
        if self.waiting.len() >= BATCHES[0] || self.waiting_bytes >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Puts in what waits.
    async fn flush(&mut self) -> Result<(), BackupError> {
        let Some(owner) = self.owner else { return Ok(()) };
        let target = &self.tables[self.places[self.table]];
        let rows = std::mem::take(&mut self.waiting);
        self.in_tx.0 += rows.len() as u64;
        self.in_tx.1 += std::mem::take(&mut self.waiting_bytes);
        self.progress.rows += rows.len() as u64;
        let mut rows = rows.into_iter();
        for size in BATCHES {
            while rows.len() >= size {
                let params: Params = rows.by_ref().take(size).flatten().collect();
                let mut tx = match self.tx.take() {
                    Some(tx) => tx,
                    None => self.store.write().await?,
                };
                let put = insert(&mut tx, owner, &target.insert(size), params).await;
                put.map_err(|source| BackupError::Put { table: target.shape.name.clone(), source })?;
                self.tx = Some(tx);
            }
        }
        if matches!(self.which, Which::Everything) && (self.in_tx.0 >= COMMIT.0 || self.in_tx.1 >= COMMIT.1) {
            self.commit().await?;
        }
        Ok(())
    }

    /// Where an owner ends: others may want the writer, and with a file for each guild its file need not be
    /// held any longer.
    async fn pause(&mut self) -> Result<(), BackupError> {
        let lets_go = self.store.writer_wanted() || self.store.layout() == Layout::PerGuild;
        if matches!(self.which, Which::Everything) && lets_go {
            self.commit().await?;
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), BackupError> {
        self.in_tx = (0, 0);
        match self.tx.take() {
            Some(tx) => Ok(tx.commit().await?),
            None => Ok(()),
        }
    }
}

async fn insert(
    tx: &mut WriteTx,
    owner: Owner,
    statement: &Scoped,
    params: Params,
) -> Result<(), StoreError> {
    let nobody = || StoreError::NoRow { statement: "backup_insert" };
    match (owner, statement) {
        (Owner::Guild(id), Scoped::Guild(statement)) => {
            let scope = GuildScope(GuildId::from_db(id).ok_or_else(nobody)?);
            tx.guild(scope).execute(statement, params).await?;
        }
        (Owner::User(id), Scoped::User(statement)) => {
            let scope = UserScope(UserId::from_db(id).ok_or_else(nobody)?);
            tx.user(scope).execute(statement, params).await?;
        }
        (Owner::Global, Scoped::Global(statement)) => {
            tx.operator(OperatorPath::Backup).execute(statement, params).await?;
        }
        _ => return Err(nobody()),
    }
    Ok(())
}
