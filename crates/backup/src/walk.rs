//! Reads a store from end to end in one snapshot: the global tables, then user by user, then guild by guild.
//! What it reads becomes records; its memory does not grow with the data.

use std::collections::BTreeMap;

use guildhall_core::{
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use guildhall_store::{
    GuildTx, Layout, OperatorPath, OperatorTx, Params, ReadTx, Row, Store, StoreError, UserTx, Value,
    WriteTx, params,
};

use crate::{
    catalogue::{self, Scoped, Source},
    codec::{self, Record},
    digest::{Digest, Owner, Totals},
    error::BackupError,
    manifest::{LedgerEntry, Scope, TableScope},
};

/// A chunk is handed on when it has grown to this.
const CHUNK: usize = 512 * 1024;

/// Rows of the first page of a table; further pages hold about [`PAGE_BYTES`].
const FIRST_PAGE: i64 = 32;
const LARGEST_PAGE: i64 = 4_096;
const PAGE_BYTES: u64 = 512 * 1024;

/// Owners that are listed at once.
const OWNERS: usize = 1_000;

/// A transaction of either kind.
pub(crate) trait Tx: Send {
    fn of_guild(&mut self, scope: GuildScope) -> GuildTx<'_>;
    fn of_user(&mut self, scope: UserScope) -> UserTx<'_>;
    fn of_all(&mut self) -> OperatorTx<'_>;

    /// An owner is complete: what is held only for it may go.
    fn owner_ends(&mut self) -> impl Future<Output = Result<(), BackupError>> + Send;
}

impl Tx for WriteTx {
    fn of_guild(&mut self, scope: GuildScope) -> GuildTx<'_> {
        self.guild(scope)
    }

    fn of_user(&mut self, scope: UserScope) -> UserTx<'_> {
        self.user(scope)
    }

    fn of_all(&mut self) -> OperatorTx<'_> {
        self.operator(OperatorPath::Backup)
    }

    async fn owner_ends(&mut self) -> Result<(), BackupError> {
        Ok(())
    }
}

/// What is read: one snapshot of a database; with a file for each guild, one of each file, because holding
/// all of them open would have no bound.
pub(crate) struct Snapshot<'s> {
    store: &'s Store,
    tx: ReadTx,
}

impl<'s> Snapshot<'s> {
    pub(crate) async fn take(store: &'s Store) -> Result<Self, BackupError> {
        Ok(Self { store, tx: store.read().await? })
    }

    /// The last migration of each owner.
    pub(crate) async fn ledger(&mut self) -> Result<Vec<LedgerEntry>, BackupError> {
        catalogue::ledger(&mut self.tx).await
    }
}

impl Tx for Snapshot<'_> {
    fn of_guild(&mut self, scope: GuildScope) -> GuildTx<'_> {
        self.tx.guild(scope)
    }

    fn of_user(&mut self, scope: UserScope) -> UserTx<'_> {
        self.tx.user(scope)
    }

    fn of_all(&mut self) -> OperatorTx<'_> {
        self.tx.operator(OperatorPath::Backup)
    }

    async fn owner_ends(&mut self) -> Result<(), BackupError> {
        if self.store.layout() == Layout::PerGuild {
            self.tx = self.store.read().await?;
        }
        Ok(())
    }
}

/// Where the chunks go.
pub(crate) trait Sink: Send {
    /// Takes a chunk of records.
    fn chunk(&mut self, records: Vec<u8>) -> impl Future<Output = Result<(), BackupError>> + Send;
}

/// Only the sums are wanted.
pub(crate) struct Nowhere;

impl Sink for Nowhere {
    async fn chunk(&mut self, _: Vec<u8>) -> Result<(), BackupError> {
        Ok(())
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Rows so far.
    pub rows: u64,
    /// Their bytes before compression.
    pub bytes: u64,
}

/// Is told how far a run has come, now and then.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// One reading.
pub(crate) struct Walk<'a, T, S> {
    tx: &'a mut T,
    tables: &'a [Source],
    sink: S,
    watch: Watch<'a>,
    buffer: Vec<u8>,
    pub(crate) totals: Totals,
    pub(crate) progress: Progress,
    pub(crate) chunks: u64,
}

impl<'a, T: Tx, S: Sink> Walk<'a, T, S> {
    pub(crate) fn new(tx: &'a mut T, tables: &'a [Source], sink: S, watch: Watch<'a>) -> Self {
        Self {
            tx,
            tables,
            sink,
            watch,
            buffer: Vec::new(),
            totals: Totals::default(),
            progress: Progress::default(),
            chunks: 0,
        }
    }

    /// Reads what the scope covers, to the end.
    pub(crate) async fn run(&mut self, scope: Scope) -> Result<(), BackupError> {
        match scope {
            Scope::Guild(guild) => {
                let every = self.of_scope(TableScope::Guild);
                self.owner(Owner::Guild(guild.to_db()), &every).await?;
            }
            Scope::Whole => {
                let global = self.of_scope(TableScope::Global);
                self.owner(Owner::Global, &global).await?;
                self.owners(TableScope::User, Owner::User).await?;
                self.owners(TableScope::Guild, Owner::Guild).await?;
            }
        }
        self.flush().await
    }

    /// The sink, when everything was read.
    pub(crate) fn into_sink(self) -> S {
        self.sink
    }

    fn of_scope(&self, scope: TableScope) -> Vec<usize> {
        (0..self.tables.len()).filter(|index| self.tables[*index].shape.scope == scope).collect()
    }

    /// Every owner of a kind, by ascending id.
    async fn owners(&mut self, scope: TableScope, owner: fn(i64) -> Owner) -> Result<(), BackupError> {
        let places = self.of_scope(scope);
        let mut after = i64::MIN;
        loop {
            let mut found: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
            // Beyond this id some table has not been asked yet.
            let mut bound = None;
            for place in &places {
                let Some(statement) = self.tables[*place].owners() else { continue };
                let rows = self.tx.of_all().fetch_all(&statement, params![after, OWNERS]).await?;
                let mut ids = rows.iter().map(|row| row.get("owner")).collect::<Result<Vec<i64>, _>>()?;
                ids.sort_unstable();
                ids.dedup();
                if ids.len() >= OWNERS {
                    ids.truncate(OWNERS);
                    let last = ids.last().copied();
                    bound = bound.map_or(last, |bound: i64| last.map(|last| last.min(bound)));
                }
                for id in ids {
                    found.entry(id).or_default().push(*place);
                }
            }
            for (id, tables) in found {
                if bound.is_some_and(|bound| id > bound) {
                    break;
                }
                self.owner(owner(id), &tables).await?;
            }
            match bound {
                Some(bound) => after = bound,
                None => return Ok(()),
            }
        }
    }

    async fn owner(&mut self, owner: Owner, tables: &[usize]) -> Result<(), BackupError> {
        let mut digest = Digest::default();
        for place in tables {
            self.table(owner, *place, &mut digest).await?;
        }
        if digest.count > 0 {
            codec::write(&Record::OwnerEnd(digest), &mut self.buffer);
            self.totals.owner(owner, &digest);
        }
        if matches!(owner, Owner::Guild(_)) {
            self.tx.owner_ends().await?;
        }
        Ok(())
    }

    /// One owner's rows of one table, page by page.
    async fn table(&mut self, owner: Owner, place: usize, of_owner: &mut Digest) -> Result<(), BackupError> {
        let tables = self.tables;
        let source = &tables[place];
        let mut section = Digest::default();
        let mut after: Option<Params> = None;
        let mut size = FIRST_PAGE;
        let mut canonical = Vec::new();
        loop {
            let statement = source.page(after.is_some());
            let params: Params = after.take().into_iter().flatten().chain([Value::Int(size)]).collect();
            let rows = fetch(self.tx, owner, &statement, params, &source.shape.name).await?;
            let full = rows.len() as u64 >= size.unsigned_abs();
            let mut bytes = 0;
            for row in rows {
                let values = row.into_values();
                canonical.clear();
                codec::encode_row(&values, &source.shape.columns, source.owner, &mut canonical);
                if section.count == 0 {
                    if of_owner.count == 0 {
                        codec::write(&Record::Owner(owner), &mut self.buffer);
                    }
                    codec::write(&Record::Table(place), &mut self.buffer);
                }
                section.row(&canonical);
                codec::write(&Record::Row(&canonical), &mut self.buffer);
                bytes += canonical.len();
                self.progress.rows += 1;
                after = Some(source.key.iter().map(|column| values[*column].clone()).collect());
                if self.buffer.len() >= CHUNK {
                    self.flush().await?;
                }
            }
            // A key of the owner's id alone has one row.
            if !full || source.key.is_empty() {
                break;
            }
            let each = (bytes as u64 / size.unsigned_abs()).max(1);
            size = i64::try_from(PAGE_BYTES / each).unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
        }
        if section.count > 0 {
            codec::write(&Record::TableEnd(section), &mut self.buffer);
            self.totals.section(&source.shape.name, owner, &section, of_owner);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), BackupError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.progress.bytes += self.buffer.len() as u64;
        self.chunks += 1;
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK + CHUNK / 8));
        self.sink.chunk(chunk).await?;
        (self.watch)(self.progress);
        Ok(())
    }
}

async fn fetch<T: Tx>(
    tx: &mut T,
    owner: Owner,
    statement: &Scoped,
    params: Params,
    table: &str,
) -> Result<Vec<Row>, BackupError> {
    let nobody = || BackupError::Row {
        table: table.to_owned(),
        reason: "a row belongs to an id that Discord never gives".to_owned(),
    };
    Ok(match (owner, statement) {
        (Owner::Guild(id), Scoped::Guild(statement)) => {
            let scope = GuildScope(GuildId::from_db(id).ok_or_else(nobody)?);
            tx.of_guild(scope).fetch_all(statement, params).await?
        }
        (Owner::User(id), Scoped::User(statement)) => {
            let scope = UserScope(UserId::from_db(id).ok_or_else(nobody)?);
            tx.of_user(scope).fetch_all(statement, params).await?
        }
        (Owner::Global, Scoped::Global(statement)) => tx.of_all().fetch_all(statement, params).await?,
        _ => return Err(BackupError::Store(StoreError::NoRow { statement: "backup_page" })),
    })
}
