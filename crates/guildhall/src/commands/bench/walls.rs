//! Shows that servers do not see each other: the canary sweep on each kind of storage, the mutation proof, and
//! what row-level security costs. What is done and why stands in docs/walls.md.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use anyhow::{Context as _, Result, bail};
use guildhall_core::clock::{ManualClock, Timestamp};
use guildhall_framework::Registry;
use guildhall_proof::{cost, mutants, schemas, sweep};
use guildhall_server_kit::Postgres;
use guildhall_store::{Store, StoreOptions};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::table;
use crate::{
    cli::{Storage, WallsArgs},
    parts,
};

/// 2026-11-20 12:00 UTC: the time at which the sweep begins.
const START: Timestamp = Timestamp(1_795_176_000_000);

/// Row-level security may make statements slower by a tenth.
const DEAREST: f64 = 1.10;

/// Rounds with and without row-level security.
const ROUNDS: u32 = 6;

/// Servers that do something at the same time.
const AT_ONCE: u64 = 4;

#[derive(Debug, Default, Serialize)]
struct Verdict {
    sweeps: BTreeMap<&'static str, Swept>,
    statements: mutants::Report,
    walls: Option<mutants::Report>,
    cost: Option<cost::Report>,
}

#[derive(Debug, Serialize)]
struct Swept {
    seconds: u64,
    #[serde(flatten)]
    report: sweep::Report,
}

pub(crate) async fn run(args: &WallsArgs) -> Result<()> {
    let registry = parts::registry()?;
    let mut verdict = Verdict { statements: mutants::statements(&registry), ..Verdict::default() };
    if !args.mutants_only {
        // Before anything else logs: one process has one pair of ears.
        let ears = sweep::Ears::install();
        let kinds = args
            .storage
            .map_or_else(|| vec![Storage::Sqlite, Storage::PerGuild, Storage::Postgres], |one| vec![one]);
        for kind in kinds {
            let (name, swept) = swept(kind, &registry, &ears, args).await?;
            verdict.sweeps.insert(name, swept);
        }
    }
    if args.storage.is_none_or(|kind| kind == Storage::Postgres) {
        let server = server().await?;
        server.create_database("mutants").await?;
        let store = open(StoreOptions::postgres(server.url("mutants")), &registry).await?;
        verdict.walls = Some(mutants::walls(&store, &server.superuser_url("mutants")).await?);
        store.close().await;
        server.create_database("cost").await?;
        let store = open(StoreOptions::postgres(server.url("cost")), &registry).await?;
        verdict.cost = Some(cost::measure(&store, &registry, &server.superuser_url("cost"), ROUNDS).await?);
        store.close().await;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        verdict.print();
    }
    match verdict.fault() {
        None => Ok(()),
        Some(fault) => bail!("{fault}"),
    }
}

async fn server() -> Result<Postgres> {
    Postgres::start().await.context("cannot start a PostgreSQL")
}

async fn open(options: StoreOptions, registry: &Registry) -> Result<Store> {
    Ok(Store::open(options, &schemas(registry), Arc::new(ManualClock::at(START))).await?)
}

async fn swept(
    kind: Storage,
    registry: &Arc<Registry>,
    ears: &sweep::Ears,
    args: &WallsArgs,
) -> Result<(&'static str, Swept)> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let (name, server, options) = match kind {
        Storage::Sqlite => ("sqlite", None, StoreOptions::new(folder.path().join("data.db"))),
        Storage::PerGuild => ("per-guild", None, StoreOptions::per_guild(folder.path().join("data"))),
        Storage::Postgres => {
            let server = server().await?;
            let url = server.create_database("sweep").await?;
            ("postgres", Some(server), StoreOptions::postgres(url))
        }
    };
    let store = open(options, registry).await?;
    let bar = ProgressBar::new(args.acts);
    bar.set_style(ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}, {eta} left")?);
    bar.set_message(name);
    let size = sweep::Size {
        guilds: args.guilds,
        acts: args.acts,
        at_once: AT_ONCE,
        seed: args.seed,
        only: None,
        trace: None,
    };
    let started = Instant::now();
    let shown = bar.clone();
    let report = sweep::run(store.clone(), Arc::clone(registry), ears.clone(), size, move |done| {
        shown.set_position(done);
    });
    let report = report.await?;
    bar.finish_and_clear();
    store.close().await;
    drop(server);
    Ok((name, Swept { seconds: started.elapsed().as_secs(), report }))
}

impl Verdict {
    fn fault(&self) -> Option<String> {
        for (name, swept) in &self.sweeps {
            if !swept.report.is_clean() {
                return Some(format!(
                    "the sweep on {name} is not clean: {:?} {:?} {:?}",
                    swept.report.leaks, swept.report.faults, swept.report.untouched
                ));
            }
        }
        let survivors =
            self.statements.survivors.iter().chain(self.walls.iter().flat_map(|walls| &walls.survivors));
        if let Some(survivor) = survivors.into_iter().next() {
            return Some(format!("nothing notices this mutant: {survivor}"));
        }
        let cost = self.cost.as_ref()?;
        if let Some(scan) = cost.scans.first() {
            return Some(format!("a statement reads more than its server's rows: {scan}"));
        }
        (cost.ratio > DEAREST).then(|| format!("row-level security takes {:.2} times the time", cost.ratio))
    }

    fn print(&self) {
        let rows: Vec<Vec<String>> = self
            .sweeps
            .iter()
            .map(|(name, Swept { seconds, report })| {
                vec![
                    (*name).to_owned(),
                    report.acts.to_string(),
                    report.canaries.to_string(),
                    report.searched.to_string(),
                    report.own.to_string(),
                    report.leaked.to_string(),
                    seconds.to_string(),
                ]
            })
            .collect();
        if !rows.is_empty() {
            table::print(
                &["storage", "acts", "canaries", "texts searched", "with own", "leaked", "seconds"],
                &rows,
            );
            println!();
        }
        let kinds = self.statements.kinds.iter().chain(self.walls.iter().flat_map(|walls| &walls.kinds));
        let rows: Vec<Vec<String>> = kinds
            .map(|(kind, tally)| vec![kind.clone(), tally.made.to_string(), tally.killed.to_string()])
            .collect();
        table::print(&["mutants", "made", "killed"], &rows);
        for survivor in
            self.statements.survivors.iter().chain(self.walls.iter().flat_map(|walls| &walls.survivors))
        {
            println!("survives: {survivor}");
        }
        if let Some(cost) = &self.cost {
            println!(
                "\nrow-level security: {:.3} times the time without it, over {} statements, {} runs each; {} read more than their server's rows",
                cost.ratio,
                cost.statements,
                cost.runs,
                cost.scans.len(),
            );
        }
    }
}
