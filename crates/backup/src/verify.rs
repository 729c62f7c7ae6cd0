//! Whether a backup is whole: decrypts it, checks every chunk, counts and sums up.

use std::path::{Path, PathBuf};

use crate::{
    error::BackupError,
    keys::Keys,
    manifest::{Header, Trailer},
    reading::{Next, Reading},
    walk::Progress,
};

/// What a backup holds, when every part of it is right.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Verified {
    /// What it says about itself.
    pub header: Header,
    /// Its counts and checksums.
    pub trailer: Trailer,
}

/// Reads the whole file. Nothing of a database is needed.
pub async fn verify(
    path: &Path,
    keys: &Keys,
    watch: impl Fn(Progress) + Send + 'static,
) -> Result<Verified, BackupError> {
    let (path, keys): (PathBuf, Keys) = (path.to_owned(), keys.clone());
    let read = move || {
        let mut reading = Reading::open(&path, &keys)?;
        loop {
            match reading.next()? {
                Next::Chunk(_) => watch(Progress { rows: 0, bytes: reading.bytes() }),
                Next::End(trailer) => return Ok(Verified { header: reading.header().clone(), trailer }),
            }
        }
    };
    tokio::task::spawn_blocking(read).await.map_err(|_| BackupError::Thread)?
}

/// What a backup says about itself, without reading further than that.
pub fn peek(path: &Path, keys: &Keys) -> Result<Header, BackupError> {
    Reading::open(path, keys).map(|reading| reading.header().clone())
}
