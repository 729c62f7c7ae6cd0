//! The store: a handle that many may hold.

use std::{
    path::PathBuf,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use guildhall_core::{
    clock::{Clock, SharedClock, Timestamp},
    id::GuildId,
};

use crate::{
    backend::{Backend, folder},
    catalogue::{self, TableInfo},
    error::StoreError,
    health::{self, Health},
    lock::DataLock,
    migrate::{self, Plan},
    operator::OperatorPath,
    options::{Place, StoreOptions},
    params, platform,
    schema::Schema,
    statement::{OperatorStatement, operator},
    telemetry,
    transaction::{OperatorTx, ReadTx, WriteTx},
};

const BYTES: OperatorStatement =
    operator("store_bytes", "SELECT pg_catalog.pg_database_size(current_database()) AS bytes");

const TIME: OperatorStatement = operator(
    "store_time",
    "SELECT CAST(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp()) * 1000 AS BIGINT) AS now",
);

/// The database. Cloning it gives another handle to the same.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Backend,
    schemas: Vec<Schema>,
    tables: Vec<TableInfo>,
    /// Callers that wait for the writer.
    writers: AtomicUsize,
    /// The process that writes; empty where it is none in particular.
    instance: RwLock<Arc<str>>,
    // After the backend, so that its connections go first.
    _lock: Option<DataLock>,
}

impl Store {
    /// Opens the database, brings its tables up to date, and refuses what it does not know. A SQLite file is
    /// opened for this process alone. The platform's own tables need not be named.
    ///
    /// With [`StoreOptions::read_only`], nothing is changed: tables that are not up to date stay so, and those
    /// that are missing are missing in [`Store::tables`].
    pub async fn open(
        options: StoreOptions,
        schemas: &[Schema],
        clock: SharedClock,
    ) -> Result<Self, StoreError> {
        telemetry::describe();
        Self::open_with(options, with_platform(schemas), clock).await
    }

    /// Opens the database like [`Store::open`], but brings the tables of each owner no further than to the
    /// migration that `versions` names, and makes none of an owner that it does not name: to put back what an
    /// older program wrote, before the rest of the way is run.
    pub async fn open_at(
        options: StoreOptions,
        schemas: &[Schema],
        versions: &[(String, u32)],
        clock: SharedClock,
    ) -> Result<Self, StoreError> {
        telemetry::describe();
        let cut = |schema: Schema| {
            let known = versions.iter().find(|(owner, _)| owner == schema.owner);
            let steps = known.map_or(0, |(_, version)| *version as usize).min(schema.migrations.len());
            Schema { migrations: &schema.migrations[..steps], ..schema }
        };
        Self::open_with(options, with_platform(schemas).into_iter().map(cut).collect(), clock).await
    }

    async fn open_with(
        options: StoreOptions,
        schemas: Vec<Schema>,
        clock: SharedClock,
    ) -> Result<Self, StoreError> {
        let (lock, backend) = connect(&options).await?;
        if options.read_only {
            migrate::look(&backend, &schemas, &clock).await?;
        } else {
            migrate::run(&backend, &schemas, &clock).await?;
        }
        let tables = catalogue::read(&backend, &schemas).await?;
        Ok(Self(Arc::new(Inner {
            backend,
            schemas,
            tables,
            writers: AtomicUsize::new(0),
            instance: RwLock::default(),
            _lock: lock,
        })))
    }

    /// What [`Store::open`] would change, without changing anything.
    pub async fn plan(options: &StoreOptions, schemas: &[Schema]) -> Result<Plan, StoreError> {
        if file(&options.place).is_some_and(|file| !file.exists()) {
            return migrate::plan_of_nothing(&with_platform(schemas));
        }
        let options = StoreOptions { read_only: true, ..options.clone() };
        let (_lock, backend) = connect(&options).await?;
        let plan = migrate::plan(&backend, &with_platform(schemas)).await;
        backend.close().await;
        plan
    }

    /// The tables of the inventory as the database has them, those first that others refer to.
    pub fn tables(&self) -> &[TableInfo] {
        &self.0.tables
    }

    /// Everything that is kept here: what it was opened with, and the platform's own tables.
    pub fn schemas(&self) -> &[Schema] {
        &self.0.schemas
    }

    /// Says which process writes through this store, by the name that it has in [`platform::instance`]. On
    /// PostgreSQL each later write transaction looks whether that process still counts as alive, and is refused
    /// with [`Failure::Fenced`](crate::Failure::Fenced) where it was evicted. A file of SQLite has one process
    /// anyway.
    pub fn belong_to(&self, instance: &str) {
        *self.0.instance.write().unwrap_or_else(PoisonError::into_inner) = Arc::from(instance);
    }

    /// The process that writes through this store; empty where it is none in particular.
    pub fn instance(&self) -> Arc<str> {
        Arc::clone(&self.0.instance.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether other processes may have the same database open.
    pub fn is_shared(&self) -> bool {
        matches!(self.backend(), Backend::Postgres(_))
    }

    /// The time that all processes on this database agree on: the server's, or the clock's where there is none.
    pub async fn time(&self, tx: &mut OperatorTx<'_>, clock: &dyn Clock) -> Result<Timestamp, StoreError> {
        if self.is_shared() { tx.fetch_one(&TIME, params![]).await?.get("now") } else { Ok(clock.now()) }
    }

    /// A snapshot to read from.
    pub async fn read(&self) -> Result<ReadTx, StoreError> {
        self.0.backend.read().await.map(ReadTx::new)
    }

    /// The one write transaction, when it is this caller's turn. First come, first served.
    pub async fn write(&self) -> Result<WriteTx, StoreError> {
        let asked = Instant::now();
        let instance = self.instance();
        let lease = {
            let _waits = Waits::new(&self.0.writers);
            self.0.backend.write(&instance).await?
        };
        telemetry::waited_for_writer(asked.elapsed());
        Ok(WriteTx::new(lease, instance))
    }

    /// A write transaction of nobody in particular: for a process that has no row yet.
    pub async fn write_unfenced(&self) -> Result<WriteTx, StoreError> {
        self.0.backend.write("").await.map(|lease| WriteTx::new(lease, Arc::default()))
    }

    /// Whether somebody waits for the writer. Whoever has much to write should then come to an end.
    pub fn writer_wanted(&self) -> bool {
        self.0.writers.load(Ordering::Relaxed) > 0
    }

    /// Moves what was written to its final place, so that no older bytes stay beside it: after an erasure,
    /// say. PostgreSQL does so by itself.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.0.backend.flush().await
    }

    /// Waits for open transactions, then closes the file. Later calls get [`StoreError::Closed`].
    pub async fn close(&self) {
        self.0.backend.close().await;
    }

    /// Says that nothing is kept about a guild any longer: with a file for each guild, its file goes.
    pub async fn emptied(&self, guild: GuildId) -> Result<(), StoreError> {
        match self.backend() {
            Backend::Folder(folder) => folder.remove(guild.to_db()).await,
            Backend::Sqlite(_) | Backend::Postgres(_) => Ok(()),
        }
    }

    /// Gives space that is no longer used back, and lets the planner look at the data. Others wait meanwhile.
    pub async fn optimize(&self) -> Result<(), StoreError> {
        self.0.backend.optimize().await
    }

    /// Looks at the size of the data in bytes and at the connections, and shows both as metrics; the size.
    pub async fn measure(&self) -> Result<u64, StoreError> {
        let bytes = match self.backend() {
            Backend::Sqlite(pool) => pool.sizes().0,
            Backend::Folder(folder) => folder.sizes().0,
            Backend::Postgres(_) => {
                let mut read = self.read().await?;
                read.operator(OperatorPath::Diagnosis).fetch_one(&BYTES, params![]).await?.get("bytes")?
            }
        };
        telemetry::looked(bytes, self.0.backend.connections());
        Ok(bytes)
    }

    /// What sort of database it is.
    pub fn engine(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite(_) => "SQLite",
            Backend::Folder(_) => "SQLite, a file for each server",
            Backend::Postgres(_) => "PostgreSQL",
        }
    }

    /// Looks at the database: version, settings, integrity, size, migrations. Reads the whole file.
    pub async fn check(&self) -> Result<Health, StoreError> {
        health::check(self).await
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.0.backend
    }
}

async fn connect(options: &StoreOptions) -> Result<(Option<DataLock>, Backend), StoreError> {
    let lock = match file(&options.place) {
        Some(file) if !options.read_only => Some(DataLock::take(&file).await?),
        _ => None,
    };
    Ok((lock, Backend::open(options).await?))
}

/// The file that says whether there is anything.
fn file(place: &Place) -> Option<PathBuf> {
    match place {
        Place::File(path) => Some(path.clone()),
        Place::Folder { path, .. } => Some(path.join(folder::CENTRAL)),
        Place::Postgres(_) => None,
    }
}

fn with_platform(schemas: &[Schema]) -> Vec<Schema> {
    std::iter::once(platform::SCHEMA).chain(schemas.iter().copied()).collect()
}

/// Counts a caller in, and out again however its waiting ends.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
