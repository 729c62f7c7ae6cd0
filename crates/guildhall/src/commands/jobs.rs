//! `guildhall jobs`: what background work there is, and another chance for what was given up. Looking is allowed
//! while the bot runs.

use anyhow::{Result, bail};
use guildhall_store::{
    OperatorPath, Store, StoreOptions,
    platform::{
        job::{
            State,
            look::{self, Count, Seen},
        },
        schedule::{self, Stored},
        task_health::{self, Tally},
    },
};
use serde_json::{Value, json};

use super::{bench::table, moment};
use crate::{
    cli::{JobsCommand, JobsReplayArgs, JobsShowArgs},
    config::Config,
    parts::{self, World},
};

pub(crate) async fn run(command: &JobsCommand, config: &Config) -> Result<()> {
    match command {
        JobsCommand::List(args) => list(args.json, config).await,
        JobsCommand::Dead(args) => show(State::Dead, args, config).await,
        JobsCommand::Quarantined(args) => show(State::Quarantined, args, config).await,
        JobsCommand::Replay(args) => replay(args, config).await,
    }
}

async fn open(config: &Config, read_only: bool) -> Result<Store> {
    let registry = parts::registry()?;
    let options = StoreOptions { read_only, ..parts::store_options(config) };
    Ok(Store::open(options, &parts::schemas(&registry), World::real().clock).await?)
}

async fn list(json: bool, config: &Config) -> Result<()> {
    let store = open(config, true).await?;
    let (counts, tasks, schedules) = {
        let mut read = store.read().await?;
        let mut tx = read.operator(OperatorPath::Diagnosis);
        (look::counts(&mut tx).await?, task_health::all(&mut tx).await?, schedule::all(&mut tx).await?)
    };
    store.close().await;
    if json {
        let found = json!({
            "jobs": counts.iter().map(count_json).collect::<Vec<_>>(),
            "tasks": tasks.iter().map(|(name, tally)| tally_json(name, tally)).collect::<Vec<_>>(),
            "schedules": schedules.schedules.iter().map(schedule_json).collect::<Vec<_>>(),
        });
        println!("{found:#}");
        return Ok(());
    }
    let rows = counts.iter().map(|count| {
        vec![count.kind.clone(), count.state.name().to_owned(), count.jobs.to_string(), moment(count.oldest)]
    });
    section("jobs", &["kind", "state", "jobs", "first due"], &rows.collect::<Vec<_>>());
    let rows = tasks.iter().map(|(name, tally)| {
        let error = tally.last_error.as_ref();
        vec![
            name.clone(),
            tally.runs.to_string(),
            tally.errors.to_string(),
            tally.mean().as_millis().to_string(),
            moment(tally.last_at),
            error.map(|(at, reference)| format!("{reference} at {}", moment(*at))).unwrap_or_default(),
        ]
    });
    section(
        "tasks",
        &["task", "runs", "errors", "mean ms", "last run", "last error"],
        &rows.collect::<Vec<_>>(),
    );
    let rows = schedules.schedules.iter().map(|one| {
        let last = one.last_at.map(moment).unwrap_or_default();
        vec![one.name.clone(), one.spec.clone(), moment(one.next_at), last, one.skipped.to_string()]
    });
    section("schedules", &["schedule", "rule", "next", "last", "skipped"], &rows.collect::<Vec<_>>());
    Ok(())
}

fn section(what: &str, head: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        println!("no {what}");
    } else {
        table::print(head, rows);
    }
    println!();
}

async fn show(state: State, args: &JobsShowArgs, config: &Config) -> Result<()> {
    let store = open(config, true).await?;
    let found = {
        let mut read = store.read().await?;
        look::in_state(&mut read.operator(OperatorPath::Diagnosis), state, args.last).await?
    };
    store.close().await;
    if args.json {
        println!("{:#}", Value::from(found.iter().map(seen_json).collect::<Vec<_>>()));
        return Ok(());
    }
    if found.is_empty() {
        println!("no job is {}", state.name());
        return Ok(());
    }
    let rows: Vec<_> = found
        .iter()
        .map(|seen| {
            let tries = if state == State::Quarantined { seen.crashes } else { seen.tries };
            vec![
                seen.id.to_string(),
                seen.kind.clone(),
                moment(seen.changed_at),
                tries.to_string(),
                seen.reference.clone().unwrap_or_default(),
                seen.last_error.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let tries = if state == State::Quarantined { "crashes" } else { "tries" };
    table::print(&["job", "kind", "since", tries, "reference", "why"], &rows);
    Ok(())
}

async fn replay(args: &JobsReplayArgs, config: &Config) -> Result<()> {
    let store = open(config, false).await?;
    let now = World::real().clock.now();
    let replayed = async {
        let ids = match (&args.id, &args.kind) {
            (Some(id), _) => vec![id.clone()],
            (None, kind) => given_up(&store, kind.as_deref().unwrap_or_default()).await?,
        };
        let mut replayed = Vec::new();
        for id in ids {
            // Each by itself: many guilds in one transaction would be in their writers' way.
            let mut write = store.write().await?;
            if look::replay(&mut write.operator(OperatorPath::Jobs), &id, now).await? {
                write.commit().await?;
                replayed.push(id);
            }
        }
        anyhow::Ok(replayed)
    };
    let replayed = replayed.await;
    store.close().await;
    let replayed = replayed?;
    if replayed.is_empty() {
        match (&args.id, &args.kind) {
            (Some(id), _) => bail!(
                "`{id}` is no job that was given up\nhint: `guildhall jobs dead` and `guildhall jobs quarantined` list them"
            ),
            (None, kind) => {
                bail!("no job of the kind `{}` was given up", kind.as_deref().unwrap_or_default())
            }
        }
    }
    for id in &replayed {
        println!("{id}");
    }
    eprintln!(
        "{} to run again",
        if replayed.len() == 1 { "1 job is".to_owned() } else { format!("{} jobs are", replayed.len()) }
    );
    Ok(())
}

/// The jobs of a kind that were given up.
async fn given_up(store: &Store, kind: &str) -> Result<Vec<guildhall_store::platform::job::JobId>> {
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Jobs);
    let mut found = Vec::new();
    for state in [State::Dead, State::Quarantined] {
        found.extend(look::in_state(&mut tx, state, u32::MAX).await?);
    }
    Ok(found.into_iter().filter(|seen| seen.kind == kind).map(|seen| seen.id).collect())
}

fn count_json(count: &Count) -> Value {
    json!({
        "kind": count.kind, "state": count.state.name(), "jobs": count.jobs, "first_due": moment(count.oldest),
    })
}

fn tally_json(name: &str, tally: &Tally) -> Value {
    let error = tally.last_error.as_ref();
    json!({
        "task": name, "runs": tally.runs, "errors": tally.errors,
        "mean_milliseconds": u64::try_from(tally.mean().as_millis()).unwrap_or(u64::MAX),
        "last_run": moment(tally.last_at),
        "last_error": error.map(|(at, reference)| json!({ "at": moment(*at), "reference": reference })),
    })
}

fn schedule_json(stored: &Stored) -> Value {
    json!({
        "schedule": stored.name, "rule": stored.spec, "next": moment(stored.next_at),
        "last": stored.last_at.map(moment), "fired": stored.fired, "skipped": stored.skipped,
    })
}

fn seen_json(seen: &Seen) -> Value {
    json!({
        "job": seen.id.to_string(), "kind": seen.kind, "state": seen.state.name(), "since": moment(seen.changed_at),
        "asked_for": moment(seen.created_at), "tries": seen.tries, "crashes": seen.crashes,
        "reference": seen.reference, "why": seen.last_error,
    })
}
