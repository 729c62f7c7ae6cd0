//! Where a benchmark keeps its data: files in its own folder, or a PostgreSQL that is started for it.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use guildhall_core::clock::SharedClock;
use guildhall_server_kit::{Postgres, postgres};
use guildhall_store::{Schema, Store, StoreOptions};

use crate::cli;

/// One kind of storage, ready to be used.
pub(crate) struct Storage {
    kind: cli::Storage,
    url: Option<String>,
    // Ends with the benchmark.
    _server: Option<Postgres>,
}

impl Storage {
    /// Starts a server where one is needed and none is named. It waits for the disk at each commit, as a
    /// server should.
    pub(crate) async fn ready(kind: cli::Storage, url: Option<String>) -> Result<Self> {
        if kind != cli::Storage::Postgres {
            if url.is_some() {
                bail!("`--url` is meant for `--storage postgres`");
            }
            return Ok(Self { kind, url: None, _server: None });
        }
        if url.is_some() {
            return Ok(Self { kind, url, _server: None });
        }
        let options = postgres::Options { fsync: true, ..postgres::Options::default() };
        let server = Postgres::start_with(options).await.context("cannot start a PostgreSQL")?;
        let url = Some(server.create_database("bench").await?);
        Ok(Self { kind, url, _server: Some(server) })
    }

    /// The address of the database, where it has one.
    pub(crate) fn url(&self) -> Option<String> {
        self.url.clone()
    }

    /// The settings of a bot that keeps its data here.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let layout = if self.kind == cli::Storage::PerGuild { "per_guild" } else { "single" };
        let mut settings = vec![("GUILDHALL_STORAGE__LAYOUT", layout.to_owned())];
        settings.extend(self.url.clone().map(|url| ("GUILDHALL_STORAGE__URL", url)));
        settings
    }

    /// The same data, opened here. `name` is what the bot's files in `folder` are called.
    pub(crate) async fn open(
        &self,
        folder: &Path,
        name: &str,
        schemas: &[Schema],
        clock: SharedClock,
    ) -> Result<Store> {
        let options = match (&self.url, self.kind) {
            (Some(url), _) => StoreOptions::postgres(url.clone()),
            (None, cli::Storage::PerGuild) => StoreOptions::per_guild(folder.join(format!("{name}.guilds"))),
            (None, _) => StoreOptions::new(folder.join(format!("{name}.db"))),
        };
        Ok(Store::open(options, schemas, clock).await?)
    }
}
