//! `guildhall bench backup`: rows a second into an encrypted backup and back, beside a plain copy of the
//! database's file from the same run, read and written through the same disk cache.

use std::{path::Path, time::Instant};

use anyhow::{Context as _, Result};
use guildhall_backup::{KeyOptions, Keys, Scope, create, fill, keygen, verify};
use guildhall_core::{id::GuildId, scope::GuildScope};
use guildhall_store::{GuildStatement, Store, StoreOptions, guild, params};
use serde_json::json;

use super::table;
use crate::{
    cli::BackupBenchArgs,
    parts::{self, World},
};

const ROWS: GuildStatement = guild(
    "bench_backup_rows",
    "INSERT INTO guild_setting (guild_id, feature, key, value, updated_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
     SELECT $1, 'bench', 'key-' || i, '\"a value of some length, such as people write: ' || ((i * 7919 + $1 * 104729) % 1000003) || '\"', 1700000000000 + i
     FROM n",
);

/// The runs, in seconds.
#[derive(Default)]
struct Seconds {
    create: Vec<f64>,
    verify: Vec<f64>,
    restore: Vec<f64>,
    copy: Vec<f64>,
}

pub(super) async fn run(args: &BackupBenchArgs) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let world = World::real();
    let registry = parts::registry()?;
    let schemas = parts::schemas(&registry);
    let data = folder.path().join("data.db");
    let store = Store::open(StoreOptions::new(&data), &schemas, world.clock.clone()).await?;
    let guilds = args.guilds.max(1);
    for id in 1..=guilds {
        let scope = GuildScope(GuildId::new(id).context("no guild has this id")?);
        let mut tx = store.write().await?;
        tx.guild(scope).execute(&ROWS, params![args.rows.div_ceil(guilds)]).await?;
        tx.commit().await?;
    }
    store.flush().await?;
    let identity = folder.path().join("key");
    keygen(&identity)?;
    let keys = Keys::load(&KeyOptions { identity_file: Some(identity), ..KeyOptions::default() })?;
    let (mut seconds, mut sizes) = (Seconds::default(), (0, 0, 0));
    for run in 0..args.runs.max(1) {
        let path = folder.path().join(format!("run-{run}.backup"));
        let made =
            timed(&mut seconds.create, create(&store, Scope::Whole, &path, &keys, &world.clock, &|_| {}))
                .await?;
        timed(&mut seconds.verify, verify(&path, &keys, |_| {})).await?;
        let options = StoreOptions::new(folder.path().join(format!("run-{run}.db")));
        let filled = fill(options, &schemas, &path, &keys, &world.clock, &[], &|_| {});
        let filled = Box::pin(timed(&mut seconds.restore, filled)).await?;
        filled.store.close().await;
        let copy = folder.path().join(format!("run-{run}.copy"));
        let began = Instant::now();
        plain_copy(&data, &copy)?;
        seconds.copy.push(began.elapsed().as_secs_f64());
        sizes = (made.trailer.totals.rows(), made.size, std::fs::metadata(&data)?.len());
    }
    store.close().await;
    tell(args, &seconds, sizes);
    Ok(())
}

async fn timed<T, E>(seconds: &mut Vec<f64>, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let began = Instant::now();
    let done = work.await?;
    seconds.push(began.elapsed().as_secs_f64());
    Ok(done)
}

/// As durable as a backup is.
fn plain_copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to)?;
    std::fs::File::open(to)?.sync_all()?;
    Ok(())
}

fn tell(args: &BackupBenchArgs, seconds: &Seconds, (rows, backup, database): (u64, u64, u64)) {
    let median = |runs: &[f64]| {
        let mut sorted = runs.to_vec();
        sorted.sort_by(f64::total_cmp);
        table::percentile(&sorted, 0.5)
    };
    let steps = [
        ("create", &seconds.create),
        ("verify", &seconds.verify),
        ("restore", &seconds.restore),
        ("plain copy", &seconds.copy),
    ];
    let figures = steps.map(|(name, runs)| {
        let took = median(runs);
        (name, took, rows as f64 / took, database as f64 / 1e6 / took)
    });
    if args.json {
        let steps: serde_json::Map<_, _> = figures
            .iter()
            .map(|(name, took, rows, megabytes)| {
                (
                    (*name).to_owned(),
                    json!({ "seconds": took, "rows_per_second": rows, "mb_per_second": megabytes }),
                )
            })
            .collect();
        let all = json!({ "rows": rows, "database_bytes": database, "backup_bytes": backup, "steps": steps });
        println!("{all:#}");
        return;
    }
    println!("{rows} rows, a database of {} kB, a backup of {} kB", database / 1_000, backup / 1_000);
    let lines: Vec<_> = figures
        .iter()
        .map(|(name, took, rows, megabytes)| {
            vec![(*name).to_owned(), format!("{took:.2}"), format!("{rows:.0}"), format!("{megabytes:.0}")]
        })
        .collect();
    table::print(&["step", "seconds", "rows/s", "MB/s of the database"], &lines);
}
