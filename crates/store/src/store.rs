//! The store: a handle that many may hold.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use guildhall_core::clock::SharedClock;

use crate::{
    backend::{Backend, sqlite},
    error::StoreError,
    health::{self, Health},
    lock::DataLock,
    migrate,
    options::StoreOptions,
    platform,
    schema::Schema,
    telemetry,
    transaction::{ReadTx, WriteTx},
};

/// The database. Cloning it gives another handle to the same.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Backend,
    options: StoreOptions,
    schemas: Vec<Schema>,
    /// Callers that wait for the writer.
    writers: AtomicUsize,
    // After the backend, so that its connections go first.
    _lock: DataLock,
}

impl Store {
    /// Opens the data file for this process alone, brings its tables up to date, and refuses what it does
    /// not know. The platform's own tables need not be named.
    pub async fn open(
        options: StoreOptions,
        schemas: &[Schema],
        clock: SharedClock,
    ) -> Result<Self, StoreError> {
        telemetry::describe();
        let lock = DataLock::take(&options.path).await?;
        let backend = Backend::Sqlite(sqlite::Pool::open(&options).await?);
        let schemas: Vec<Schema> = std::iter::once(platform::SCHEMA).chain(schemas.iter().copied()).collect();
        let store =
            Self(Arc::new(Inner { backend, options, schemas, writers: AtomicUsize::new(0), _lock: lock }));
        migrate::run(&store, store.schemas(), &clock).await?;
        Ok(store)
    }

    /// Everything that is kept here: what it was opened with, and the platform's own tables.
    pub fn schemas(&self) -> &[Schema] {
        &self.0.schemas
    }

    /// A snapshot to read from.
    pub async fn read(&self) -> Result<ReadTx, StoreError> {
        self.0.backend.read().await.map(ReadTx::new)
    }

    /// The one write transaction, when it is this caller's turn. First come, first served.
    pub async fn write(&self) -> Result<WriteTx, StoreError> {
        let asked = Instant::now();
        let lease = {
            let _waits = Waits::new(&self.0.writers);
            self.0.backend.write().await?
        };
        telemetry::waited_for_writer(asked.elapsed());
        Ok(WriteTx::new(lease))
    }

    /// Whether somebody waits for the writer. Whoever has much to write should then come to an end.
    pub fn writer_wanted(&self) -> bool {
        self.0.writers.load(Ordering::Relaxed) > 0
    }

    /// Waits for open transactions, then closes the file. Later calls get [`StoreError::Closed`].
    pub async fn close(&self) {
        self.0.backend.close().await;
    }

    /// Looks at the database: version, settings, integrity, size, migrations. Reads the whole file.
    pub async fn check(&self) -> Result<Health, StoreError> {
        health::check(self).await
    }

    pub(crate) fn options(&self) -> &StoreOptions {
        &self.0.options
    }
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
