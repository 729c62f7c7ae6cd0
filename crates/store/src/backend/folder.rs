//! SQLite with one file for each guild, and one for everything that belongs to no guild. Opened lazily; a
//! bounded number stays open.
//!
//! Each file has all tables, so that a guild's file can be read by itself. One caller writes at a time, as on
//! one file, so that nobody waits in a circle. What a transaction wrote is committed file by file, the
//! central one last: within a guild it is all or nothing, and whoever writes for several guilds must be able
//! to do it again (the inbox sees to that for events).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use guildhall_core::clock::SharedClock;
use tokio::sync::{Semaphore, mpsc};

use super::{failed, sqlite};
use crate::{error::StoreError, migrate, options::StoreOptions, schema::Schema, telemetry::Kind};

mod lease;

pub(crate) use lease::Lease;

/// The file for everything that belongs to no guild.
pub(crate) const CENTRAL: &str = "central.db";
/// The folder of the guilds' files.
const GUILDS: &str = "guilds";

/// Files that are opened at once, at the most.
const OPENING: usize = 16;

/// The open files.
#[derive(Clone, Debug)]
pub(crate) struct Folder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    central: Arc<sqlite::Pool>,
    guilds: PathBuf,
    options: StoreOptions,
    open_files: usize,
    open: Mutex<Open>,
    /// Held while a guild's file is opened and brought up to its shape, so that a reader does not meet a writer
    /// in the middle of it; a few of them, shared by guilds.
    opening: [tokio::sync::Mutex<()>; OPENING],
    turn: Arc<Semaphore>,
    /// What each file is brought up to; set once the central one is.
    shape: OnceLock<(Vec<Schema>, SharedClock)>,
    /// Takes files that are to be closed.
    closing: mpsc::UnboundedSender<Arc<sqlite::Pool>>,
}

#[derive(Debug, Default)]
struct Open {
    files: BTreeMap<i64, (Arc<sqlite::Pool>, u64)>,
    /// Counts uses, to tell which file was used last.
    uses: u64,
}

impl Folder {
    /// Opens the central file.
    pub(crate) async fn open(
        path: &Path,
        open_files: usize,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let guilds = path.join(GUILDS);
        if !options.read_only {
            std::fs::create_dir_all(&guilds)
                .map_err(|source| StoreError::File { path: guilds.clone(), source })?;
        }
        let central = Arc::new(sqlite::Pool::open(&path.join(CENTRAL), options).await?);
        let (closing, mut closed) = mpsc::unbounded_channel::<Arc<sqlite::Pool>>();
        tokio::spawn(async move {
            while let Some(file) = closed.recv().await {
                file.close().await;
            }
        });
        Ok(Self(Arc::new(Inner {
            central,
            guilds,
            // A guild's file has few readers at a time.
            options: StoreOptions { readers: options.readers.min(2), ..options.clone() },
            open_files: open_files.max(1),
            open: Mutex::default(),
            opening: Default::default(),
            turn: Arc::new(Semaphore::new(1)),
            shape: OnceLock::new(),
            closing,
        })))
    }

    /// The central file.
    pub(crate) fn central(&self) -> &sqlite::Pool {
        &self.0.central
    }

    /// From now on files of guilds are brought up to these schemas as they are opened.
    pub(crate) fn shaped(&self, schemas: &[Schema], clock: &SharedClock) {
        let _first = self.0.shape.set((schemas.to_vec(), Arc::clone(clock)));
    }

    pub(crate) fn schemas(&self) -> &[Schema] {
        self.0.shape.get().map_or(&[], |(schemas, _)| schemas)
    }

    /// A transaction; a writing one when it is this caller's turn.
    pub(crate) async fn begin(&self, kind: Kind) -> Result<Lease, StoreError> {
        let turn = match kind {
            Kind::Read if self.0.turn.is_closed() => return Err(StoreError::Closed),
            Kind::Read => None,
            Kind::Write => Some(self.turn(self.0.options.queue_timeout).await?),
        };
        Ok(Lease::new(self.clone(), kind, turn))
    }

    async fn turn(&self, patience: Duration) -> Result<tokio::sync::OwnedSemaphorePermit, StoreError> {
        let turn = Arc::clone(&self.0.turn).acquire_owned();
        tokio::time::timeout(patience, turn)
            .await
            .map_err(|_| StoreError::Queue)?
            .map_err(|_| StoreError::Closed)
    }

    /// The guilds that have a file, in order.
    pub(crate) fn guilds(&self) -> std::io::Result<Vec<i64>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.0.guilds)? {
            let name = entry?.file_name();
            found.extend(name.to_str().and_then(|name| name.strip_suffix(".db")?.parse::<i64>().ok()));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The file of a guild. To read, a guild without one gets the central file, which has no rows of it.
    pub(crate) async fn file(&self, guild: i64, kind: Kind) -> Result<Arc<sqlite::Pool>, sqlx::Error> {
        if let Some(open) = self.used(guild) {
            return Ok(open);
        }
        let path = self.path(guild);
        if kind == Kind::Read && !path.exists() {
            return Ok(Arc::clone(&self.0.central));
        }
        let place = usize::try_from(guild.unsigned_abs()).unwrap_or(0) % OPENING;
        let _opening = self.0.opening[place].lock().await;
        if let Some(open) = self.used(guild) {
            return Ok(open);
        }
        match self.prepared(&path).await {
            Ok(opened) => Ok(self.keep(guild, Arc::new(opened))),
            Err(
                StoreError::Open { source, .. }
                | StoreError::Statement { source, .. }
                | StoreError::Migration { source, .. },
            ) => Err(*source),
            Err(error) => Err(sqlx::Error::Configuration(Box::new(error))),
        }
    }

    fn path(&self, guild: i64) -> PathBuf {
        self.0.guilds.join(format!("{guild}.db"))
    }

    async fn prepared(&self, path: &Path) -> Result<sqlite::Pool, StoreError> {
        if self.0.options.read_only {
            return sqlite::Pool::open(path, &self.0.options).await;
        }
        crate::lock::private(path).map_err(|source| StoreError::File { path: path.to_owned(), source })?;
        let pool = sqlite::Pool::open(path, &self.0.options).await?;
        if let Some((schemas, clock)) = self.0.shape.get() {
            migrate::file(&pool, schemas, clock).await?;
        }
        Ok(pool)
    }

    fn used(&self, guild: i64) -> Option<Arc<sqlite::Pool>> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.uses += 1;
        let now = open.uses;
        let (file, used) = open.files.get_mut(&guild)?;
        *used = now;
        Some(Arc::clone(file))
    }

    /// Remembers an open file and lets go of those that were not used for longest, where there are too many.
    fn keep(&self, guild: i64, file: Arc<sqlite::Pool>) -> Arc<sqlite::Pool> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.uses += 1;
        let now = open.uses;
        // Another caller may have been quicker.
        let kept = Arc::clone(&open.files.entry(guild).or_insert((file, now)).0);
        while open.files.len() > self.0.open_files {
            let idle = open.files.iter().filter(|(_, (file, _))| Arc::strong_count(file) == 1);
            let Some(oldest) = idle.min_by_key(|(_, (_, used))| *used).map(|(guild, _)| *guild) else {
                break;
            };
            if let Some((file, _)) = open.files.remove(&oldest) {
                // A failed send means that the program ends, and the file closes with it.
                let _ended = self.0.closing.send(file);
            }
        }
        kept
    }

    /// Connections to all files that are open, and how many of them nobody uses.
    pub(crate) fn connections(&self) -> (u32, usize) {
        let all = self.all_open();
        let all = all.iter().chain([&self.0.central]).map(|file| file.connections());
        all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// Gives space that is no longer used back, file after file.
    pub(crate) async fn optimize(&self) -> Result<(), sqlx::Error> {
        self.0.central.optimize().await?;
        for guild in self.guilds()? {
            self.file(guild, Kind::Write).await?.optimize().await?;
        }
        Ok(())
    }

    /// Removes the file of a guild whose rows are all gone. Somebody who still reads it keeps what they see.
    pub(crate) async fn remove(&self, guild: i64) -> Result<(), StoreError> {
        // Nobody writes meanwhile.
        let _turn = self.turn(self.0.options.queue_timeout).await?;
        if !self.path(guild).exists()
            || self.has_rows(guild).await.map_err(|error| failed("emptied", error))?
        {
            return Ok(());
        }
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner).files.remove(&guild);
        if let Some((file, _)) = open {
            file.close().await;
        }
        let path = self.path(guild);
        for ending in ["", "-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(ending);
            match std::fs::remove_file(&name) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::File { path: name.into(), source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a guild's file holds any row of the inventory: the guild may have come back.
    async fn has_rows(&self, guild: i64) -> Result<bool, sqlx::Error> {
        let mut lease = self.file(guild, Kind::Read).await?.read().await?;
        for table in self.schemas().iter().flat_map(|schema| schema.inventory) {
            if lease.has_rows(table.name).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The files that are open now.
    fn all_open(&self) -> Vec<Arc<sqlite::Pool>> {
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.files.values().map(|(file, _)| Arc::clone(file)).collect()
    }

    /// Moves what was written to its final place.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        for file in self.all_open().iter().chain([&self.0.central]) {
            file.flush().await.map_err(|source| failed("flush", source))?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.0.turn.close();
        for file in self.all_open() {
            file.close().await;
        }
        self.0.central.close().await;
    }

    /// Size of all files, and of the logs beside them.
    pub(crate) fn sizes(&self) -> (u64, u64) {
        let mut sizes = (0, 0);
        let folders = [Some(self.0.guilds.as_path()), self.0.guilds.parent()];
        for folder in folders.into_iter().flatten() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let bytes = entry.metadata().map_or(0, |file| if file.is_file() { file.len() } else { 0 });
                match entry.path().extension().and_then(|ending| ending.to_str()) {
                    Some("db") => sizes.0 += bytes,
                    Some("db-wal") => sizes.1 += bytes,
                    _ => {}
                }
            }
        }
        sizes
    }
}
