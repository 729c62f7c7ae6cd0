//! `guildhall train`: trains a server from files of any size.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use anyhow::{Context as _, Result};
use guildhall_features::markov::{Trained, train_file};
use guildhall_store::Store;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{
    cli::TrainArgs,
    config::Config,
    parts::{self, World},
};

pub(crate) async fn run(args: &TrainArgs, config: &Config) -> Result<()> {
    let (registry, world) = (parts::registry()?, World::real());
    // A file that is missing is told before the database is opened.
    for path in &args.files {
        open(path)?;
    }
    let store = parts::store(config, &registry, &world).await?;
    guildhall_backup::refuse_half_restored(&store).await?;
    let result = files(args, config, &store, &world).await;
    store.close().await;
    let trained = result?;
    if args.json {
        let one = |(path, trained): &(String, Trained)| {
            json!({
                "file": path, "entries": trained.held.entries, "skipped": trained.held.skipped,
                "learned": trained.learned,
            })
        };
        println!("{}", serde_json::to_string_pretty(&trained.iter().map(one).collect::<Vec<_>>())?);
    } else {
        for (path, Trained { held, learned }) in &trained {
            println!("{path}: learned {learned} of {} messages, left out {}", held.entries, held.skipped);
        }
    }
    Ok(())
}

async fn files(
    args: &TrainArgs,
    config: &Config,
    store: &Store,
    world: &World,
) -> Result<Vec<(String, Trained)>> {
    let batch = usize::try_from(config.markov.batch_size)?;
    let mut done = Vec::new();
    for (place, path) in args.files.iter().enumerate() {
        let (file, length) = open(path)?;
        let bar = ProgressBar::new(length);
        bar.set_style(ProgressStyle::with_template(
            "{bar:40} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left  {msg}",
        )?);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        bar.set_message(name.clone());
        let watched = BufReader::with_capacity(1 << 16, Watched { file, bar: bar.clone() });
        let clean = args.clean && place == 0;
        let trained = train_file(store, &world.clock, args.guild, &name, watched, clean, batch).await;
        bar.finish_and_clear();
        let trained = trained.with_context(|| {
            format!("train from `{}`\nhint: it reads lists of messages, and exports of DiscordChatExporter and markov-strings", path.display())
        })?;
        done.push((name, trained));
    }
    Ok(done)
}

fn open(path: &Path) -> Result<(File, u64)> {
    let file = File::open(path).with_context(|| format!("open `{}`", path.display()))?;
    let length = file.metadata().with_context(|| format!("look at `{}`", path.display()))?.len();
    Ok((file, length))
}

/// A file that tells how far it was read.
struct Watched {
    file: File,
    bar: ProgressBar,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bar.inc(read as u64);
        Ok(read)
    }
}
