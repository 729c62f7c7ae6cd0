//! `guildhall import`: takes over the data of an older bot.

mod backup;
mod print;

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::{Context as _, Result};
use guildhall_import::{
    Options, Report, Source, Step, dry_run,
    generate::{self, Recipe},
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    cli::{GenerateArgs, ImportCommand, LegacyArgs},
    config::Loaded,
    parts::{self, World},
};

pub(crate) async fn run(command: &ImportCommand, load: impl FnOnce() -> Result<Loaded>) -> Result<()> {
    match command {
        ImportCommand::Legacy(args) => legacy(args, load).await,
        ImportCommand::Generate(args) => make(args).await,
    }
}

async fn legacy(args: &LegacyArgs, load: impl FnOnce() -> Result<Loaded>) -> Result<()> {
    let source = Source::open(&args.file)?;
    let options = Options {
        guild: args.guild,
        source_guild: args.source_guild,
        mode: args.mode.into(),
        restart: args.restart,
    };
    let world = World::real();
    let show = Show::new(args.follow)?;
    let tell = |step| show.step(step);
    let report = if args.dry_run {
        // Without the database: opening it would already bring its tables up to date.
        dry_run(&source, &options, &world.clock, &tell).await?
    } else {
        let config = load()?.config;
        let registry = parts::registry()?;
        let store = parts::store(&config, &registry, &world).await?;
        guildhall_backup::refuse_half_restored(&store).await?;
        let backup = async || {
            if args.no_backup {
                return Ok(());
            }
            let copied = backup::copy(&source, args.guild, &config.storage.folder, &world.clock);
            let made = match copied {
                Ok(()) => backup::destination(&store, args.guild, &config, &world.clock).await,
                Err(error) => Err(error),
            };
            made.map_err(|error| format!("{error:#}"))
        };
        let result = guildhall_import::run(&store, &source, &options, &world.clock, backup, &tell).await;
        store.close().await;
        result?
    };
    show.bar.finish_and_clear();
    if let Some(path) = &args.report {
        save(&report, path).with_context(|| format!("write the report to `{}`", path.display()))?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print::summary(&report, args.report.as_deref());
    }
    Ok(())
}

/// The report holds no content of rows, but ids of other servers; it is for this user only.
fn save(report: &Report, path: &Path) -> Result<()> {
    let mut file = std::io::BufWriter::new(backup::private(path, true)?);
    serde_json::to_writer_pretty(&mut file, report)?;
    file.write_all(b"\n")?;
    let file: File = file.into_inner()?;
    Ok(file.sync_all()?)
}

/// How far the import has come, as a bar or as lines.
struct Show {
    bar: ProgressBar,
    follow: bool,
    read: AtomicU64,
}

impl Show {
    fn new(follow: bool) -> Result<Self> {
        let bar = ProgressBar::new(0);
        let style = "{bar:40} {human_pos}/{human_len} rows, {per_sec}, {eta} left  {msg}";
        bar.set_style(ProgressStyle::with_template(style)?);
        Ok(Self { bar, follow, read: AtomicU64::new(0) })
    }

    fn step(&self, step: Step) {
        match step {
            Step::Counted { rows, read } => {
                self.bar.set_length(rows);
                self.bar.set_position(read);
                self.read.store(read, Ordering::Relaxed);
            }
            Step::Cleared(rows) => self.bar.set_message(format!("removing earlier rows ({rows} more)")),
            Step::Read(rows) => {
                self.bar.set_message("");
                self.bar.inc(rows);
                let read = self.read.fetch_add(rows, Ordering::Relaxed) + rows;
                if self.follow {
                    eprintln!("read {read}");
                }
            }
            Step::Verifying => self.bar.set_message("comparing"),
        }
    }
}

async fn make(args: &GenerateArgs) -> Result<()> {
    let recipe = Recipe { rows: args.rows, seed: args.seed, shape: args.shape.into(), guild: args.guild };
    let planted = generate::run(&args.file, &recipe).await?;
    println!("{}", serde_json::to_string_pretty(&planted)?);
    Ok(())
}
