//! `guildhall backup drill`: a backup that was never restored is a hope. Restores into a database that goes
//! again, compares, and takes the time. Exits with 0 when nothing failed, else with 1.

use std::{path::Path, process::ExitCode, time::Instant};

use anyhow::Result;
use guildhall_backup::{BackupError, Filled, fill, swap};
use guildhall_core::error::chain;
use guildhall_store::{Place, StoreOptions};

use super::{Bar, named_or_newest, size};
use crate::commands::moment;
use crate::{
    cli::BackupDrillArgs,
    commands::doctor::report::{Finding, Report},
    config::Config,
    parts::{self, World},
};

pub(super) async fn run(args: &BackupDrillArgs, config: &Config) -> Result<ExitCode> {
    let plan = parts::backups(config)?;
    let path = named_or_newest(args.file.as_ref(), &plan)?;
    let world = World::real();
    let mut report = Report::default();
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    let options = scratch(args, config);
    // What a drill that was killed left there.
    swap::discard(&options.place)?;
    let bar = Bar::new("restoring");
    let registry = parts::registry()?;
    let schemas = parts::schemas(&registry);
    let began = Instant::now();
    let filled = fill(options.clone(), &schemas, &path, &plan.keys, &world.clock, &[], &bar.watch()).await;
    bar.end();
    match filled {
        Ok(filled) => {
            tell(
                &mut report,
                &path,
                bytes,
                &filled,
                world.clock.now().since(filled.restored.header.created_at),
            );
            let health = filled.store.check().await;
            report.add(match health {
                Ok(health) if health.is_good() => {
                    Finding::ok("database", format!("{}, sound", health.engine))
                }
                Ok(health) => Finding::fail("database", health.findings.join("; "), "try an older backup"),
                Err(error) => Finding::fail("database", chain(&error), "try an older backup"),
            });
            filled.store.close().await;
            report.add(Finding::ok(
                "time",
                format!("{:.1} s from the file to a database that is ready", began.elapsed().as_secs_f64()),
            ));
        }
        Err(error) => report.add(Finding::fail("restore", chain(&error), mend(&error))),
    }
    swap::discard(&options.place)?;
    report.print(args.json)?;
    Ok(if report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn tell(report: &mut Report, path: &Path, bytes: u64, filled: &Filled, age: std::time::Duration) {
    let restored = &filled.restored;
    report.add(Finding::ok("file", format!("`{}`, {}, every part is whole", path.display(), size(bytes))));
    let rate = restored.rows as f64 / filled.took.as_secs_f64().max(0.001);
    report.add(Finding::ok(
        "restore",
        format!(
            "{} rows, checksums equal, {:.1} s, {rate:.0} rows a second",
            restored.rows,
            filled.took.as_secs_f64()
        ),
    ));
    report.add(Finding::ok(
        "recovery point",
        format!(
            "{}, {} minutes ago; later effects would be lost",
            moment(restored.header.created_at),
            age.as_secs() / 60
        ),
    ));
    if filled.migrated {
        report.add(Finding::ok(
            "migrations",
            "the backup is of an older version; its tables were brought up to date",
        ));
    }
}

const fn mend(error: &BackupError) -> &'static str {
    match error {
        BackupError::Locked { .. } => "name the key in `backup.identity_file` or `backup.passphrase_file`",
        BackupError::Damaged { .. } => "this backup is lost; drill an older one, and look after the disk",
        BackupError::NotEmpty => "name an empty database with `--scratch-url`",
        _ => "the message says what is wrong",
    }
}

/// The database of the drill: of the same kind as the bot's, in the data folder.
fn scratch(args: &BackupDrillArgs, config: &Config) -> StoreOptions {
    let options = parts::store_options(config);
    let place = match (&args.scratch_url, &options.place) {
        (Some(url), _) => StoreOptions::postgres(url.clone()).place,
        (None, Place::Postgres(_)) => Place::File(config.storage.folder.join("drill.db")),
        (None, place) => swap::beside(place, ".drill").unwrap_or_else(|| place.clone()),
    };
    StoreOptions { place, ..options }
}
