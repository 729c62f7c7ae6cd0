//! What servers are trained with: stretches of one stream of made-up chat, so that they share most of their words.

use std::{io::Cursor, sync::Arc};

use anyhow::{Context as _, Result};
use guildhall_core::{clock::SharedClock, id::GuildId};
use guildhall_features::markov::train_file;
use guildhall_markov::synthetic::Synthetic;
use guildhall_store::Store;
use serde_json::json;

use super::SEED;
use crate::{
    cli,
    commands::bench::{
        stage::{BOT, Scene},
        storage::Storage,
    },
    parts::{self, World},
};

/// Texts that a training stores at once.
const BATCH: usize = 2_000;

/// A stretch of the stream for each server.
pub(super) struct Talk {
    texts: Vec<String>,
    next: usize,
}

impl Talk {
    /// So many texts, which are given out again from the beginning when they are used up.
    pub(super) fn new(texts: usize) -> Self {
        let texts = Synthetic::new(SEED).take(texts.max(1)).map(|sample| sample.text).collect();
        Self { texts, next: 0 }
    }

    /// The next `count` texts, as a file that `/train` and `guildhall train` read.
    fn file(&mut self, count: usize) -> Vec<u8> {
        let texts = self.texts.iter().cycle().skip(self.next).take(count);
        let list: Vec<_> = texts.map(|text| json!({ "message": text })).collect();
        self.next = (self.next + count) % self.texts.len();
        json!(list).to_string().into_bytes()
    }
}

/// Trains servers as `guildhall train` does, while the bot does not run.
pub(super) async fn train(scene: &Scene, sizes: &[(GuildId, usize)]) -> Result<()> {
    let registry = parts::registry()?;
    let schemas = parts::schemas(&registry);
    let storage = Storage::ready(cli::Storage::Sqlite, None).await?;
    let name = format!("bot-{BOT}");
    std::fs::create_dir_all(scene.data())?;
    let clock = World::real().clock;
    let store = storage.open(&scene.data(), &name, &schemas, Arc::clone(&clock)).await?;
    let most = sizes.iter().map(|(_, size)| *size).max().unwrap_or(0);
    let mut talk = Talk::new(most);
    let done = all(&store, &clock, sizes, &mut talk).await;
    store.close().await;
    done
}

async fn all(store: &Store, clock: &SharedClock, sizes: &[(GuildId, usize)], talk: &mut Talk) -> Result<()> {
    for (guild, size) in sizes {
        let file = Cursor::new(talk.file(*size));
        train_file(store, clock, *guild, "talk.json", file, false, BATCH)
            .await
            .with_context(|| format!("train the server {guild}"))?;
    }
    Ok(())
}
