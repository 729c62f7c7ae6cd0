//! `guildhall shards start` and `restart`.

use std::time::Duration;

use anyhow::{Result, bail};
use guildhall_core::error::chain;

use super::{Local, record::Record};
use crate::{
    cli::{ShardsRestartArgs, ShardsStartArgs},
    config::Loaded,
};

/// Processes that are started where nobody says how many: two, so that one goes on when the other ends.
const USUAL: u32 = 2;

pub(in crate::commands::shards) async fn start(args: &ShardsStartArgs, loaded: &Loaded) -> Result<()> {
    let local = Local::new(loaded)?;
    local.allowed()?;
    let held = local.hold().await?;
    let mut plan = local.plan()?;
    let processes = args.processes.or(plan.processes).unwrap_or(USUAL);
    let running: Vec<Record> = local.records()?.into_iter().filter(Record::is_alive).collect();
    if let Some(beyond) =
        running.iter().map(|record| record.number).filter(|number| *number > processes).max()
    {
        bail!(
            "process {beyond} runs, and {processes} are to\nhint: `guildhall shards stop {beyond}` stops it"
        );
    }
    plan.processes = Some(processes);
    if args.shards_per_process.is_some() {
        plan.shards_per_process = args.shards_per_process;
    }
    local.set_plan(&plan)?;
    // Whoever was beyond that number and has ended is not wanted any more.
    for mut record in local.records()?.into_iter().filter(|record| record.number > processes && record.wanted)
    {
        record.wanted = false;
        local.keep(&record)?;
    }
    let mut cold = running.is_empty();
    let missing: Vec<u32> =
        (1..=processes).filter(|number| !running.iter().any(|record| record.number == *number)).collect();
    if missing.is_empty() {
        println!("{processes} processes run already");
    }
    for (place, number) in missing.iter().enumerate() {
        let shards = plan.shards(cold);
        cold = false;
        let mut started = local.spawn(*number, shards)?;
        let come = match args.delay {
            Some(_) if place + 1 == missing.len() => Ok(()),
            Some(delay) => {
                tokio::time::sleep(Duration::from_secs(delay)).await;
                Ok(())
            }
            None => local.ready(&started.record, Duration::from_secs(args.patience)).await,
        };
        come.inspect_err(|_| local.drop_ended(&mut started.record))?;
        if !started.record.is_alive() {
            local.drop_ended(&mut started.record);
            bail!("process {number} ended; it said:\n{}", super::spawn::last_words(&local.home(*number)));
        }
        local.tell(&started.record, "started");
    }
    drop(held);
    if plan.auto_restart.is_some() {
        local.begin_watching()?;
    }
    Ok(())
}

pub(in crate::commands::shards) async fn restart(args: &ShardsRestartArgs, loaded: &Loaded) -> Result<()> {
    let local = Local::new(loaded)?;
    local.allowed()?;
    let _held = local.hold().await?;
    let chosen = local.chosen(args.process)?;
    // All: those that are to run. One: that one, whatever it does.
    let chosen: Vec<Record> =
        chosen.into_iter().filter(|record| args.process.is_some() || record.wanted).collect();
    if chosen.is_empty() {
        bail!("no process runs here\nhint: `guildhall shards start` starts some");
    }
    let alive = local.records()?.iter().filter(|record| record.is_alive()).count();
    if alive == 1 {
        eprintln!(
            "there is one process, so the bot is away until it is back; what happens meanwhile is made up for then"
        );
    }
    let mut killed = false;
    for record in chosen {
        killed |= !local.end(std::slice::from_ref(&record), local.deadline(args.deadline)).await?.is_empty();
        let others = local.records()?.iter().any(Record::is_alive);
        let mut started = local.spawn(record.number, local.plan()?.shards(!others))?;
        let ready = local.ready(&started.record, Duration::from_secs(args.patience)).await;
        ready.inspect_err(|_| local.drop_ended(&mut started.record))?;
        local.tell(&started.record, "started anew");
    }
    if killed {
        bail!("not every process ended by itself")
    }
    Ok(())
}

impl Local<'_> {
    /// Where the web port of a process is.
    pub(super) fn tell(&self, record: &Record, what: &str) {
        let home = self.home(record.number);
        let address = super::spawn::address(&home).map(|address| format!(", status http://{address}/"));
        println!(
            "process {} is {what} (pid {}){}",
            record.number,
            record.pid().unwrap_or_default(),
            address.unwrap_or_default()
        );
    }

    /// One that ended while it was started by hand is for whoever started it, and not for the supervisor.
    fn drop_ended(&self, record: &mut Record) {
        if !record.is_alive() {
            record.wanted = false;
            if let Err(error) = self.keep(record) {
                eprintln!("warning: {}", chain(&*error));
            }
        }
    }
}
