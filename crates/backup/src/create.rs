//! Makes a backup: one snapshot is read, packed and encrypted while the bot goes on working.

use std::path::{Path, PathBuf};

use guildhall_core::clock::SharedClock;
use guildhall_store::Store;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    catalogue,
    error::BackupError,
    file::Writing,
    keys::Keys,
    manifest::{FORMAT, Header, Scope, Trailer},
    walk::{Nowhere, Sink, Snapshot, Walk, Watch},
};

/// Chunks that the reader may be ahead of the disk.
const AHEAD: usize = 2;

/// A backup that was made.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Created {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub size: u64,
    /// What it says about itself.
    pub header: Header,
    /// Its counts and checksums.
    pub trailer: Trailer,
}

/// Makes a backup of everything, or of one guild. The file appears when it is complete and durable.
pub async fn create(
    store: &Store,
    scope: Scope,
    path: &Path,
    keys: &Keys,
    clock: &SharedClock,
    watch: Watch<'_>,
) -> Result<Created, BackupError> {
    // Before the snapshot: whatever was committed by now is in it.
    let created_at = clock.now();
    let mut tx = Snapshot::take(store).await?;
    let tables = catalogue::tables(store);
    let header = Header {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        created_at,
        scope,
        backend: store.layout().name().to_owned(),
        ledger: tx.ledger().await?,
        tables: tables.iter().map(|table| table.shape.clone()).collect(),
    };
    let writer = Writer::start(path, keys, &header);
    let mut walk = Walk::new(&mut tx, &tables, writer, watch);
    let walked = walk.run(scope).await;
    let totals = std::mem::take(&mut walk.totals);
    let trailer = Trailer { chunks: walk.chunks, bytes: walk.progress.bytes, totals };
    let writer = walk.into_sink();
    if let Err(error) = walked {
        // What the writing thread says is the cause, where it has ended; else it throws its file away.
        return Err(writer.cause().await.unwrap_or(error));
    }
    let size = writer.finish(trailer.clone()).await?;
    Ok(Created { path: path.to_owned(), size, header, trailer })
}

/// Counts and checksums of what a store holds now.
pub async fn checksums(
    store: &Store,
    scope: Scope,
    watch: Watch<'_>,
) -> Result<crate::digest::Totals, BackupError> {
    let mut tx = Snapshot::take(store).await?;
    let tables = catalogue::tables(store);
    let mut walk = Walk::new(&mut tx, &tables, Nowhere, watch);
    walk.run(scope).await?;
    Ok(walk.totals)
}

enum Message {
    Chunk(Vec<u8>),
    End(Trailer),
}

/// The thread that packs, encrypts and writes.
struct Writer {
    to: mpsc::Sender<Message>,
    thread: JoinHandle<Result<Option<u64>, BackupError>>,
}

impl Writer {
    fn start(path: &Path, keys: &Keys, header: &Header) -> Self {
        let (to, mut from) = mpsc::channel(AHEAD);
        let (path, keys, header) = (path.to_owned(), keys.clone(), header.clone());
        let thread = tokio::task::spawn_blocking(move || {
            let mut writing = Writing::start(&path, &keys, &header)?;
            while let Some(message) = from.blocking_recv() {
                match message {
                    Message::Chunk(records) => writing.chunk(&records)?,
                    Message::End(trailer) => return writing.finish(&trailer).map(Some),
                }
            }
            Ok(None)
        });
        Self { to, thread }
    }

    async fn finish(self, trailer: Trailer) -> Result<u64, BackupError> {
        let sent = self.to.send(Message::End(trailer)).await.is_ok();
        match self.thread.await {
            Ok(Ok(Some(size))) if sent => Ok(size),
            Ok(Err(error)) => Err(error),
            _ => Err(BackupError::Thread),
        }
    }

    /// Why the thread ended, where it failed.
    async fn cause(self) -> Option<BackupError> {
        drop(self.to);
        self.thread.await.ok()?.err()
    }
}

impl Sink for Writer {
    async fn chunk(&mut self, records: Vec<u8>) -> Result<(), BackupError> {
        self.to.send(Message::Chunk(records)).await.map_err(|_| BackupError::Thread)
    }
}
