//! `guildhall shards stop`.

use std::time::Duration;

use anyhow::{Result, bail};
use rustix::process::Signal;

use super::{LOOK, Local, record::Record};
use crate::{cli::ShardsStopArgs, config::Loaded};

/// Beyond the time that a process has for what is under way: it closes its connections, too.
const GRACE: Duration = Duration::from_secs(20);

pub(in crate::commands::shards) async fn stop(args: &ShardsStopArgs, loaded: &Loaded) -> Result<()> {
    let local = Local::new(loaded)?;
    let _held = local.hold().await?;
    let mut chosen = local.chosen(args.process)?;
    for record in &mut chosen {
        // First, so that nobody starts it again.
        record.wanted = false;
        record.given_up = None;
        local.keep(record)?;
    }
    if args.process.is_none() {
        local.end_watching().await?;
    }
    let running: Vec<Record> = chosen.into_iter().filter(Record::is_alive).collect();
    if running.is_empty() {
        println!("{}", if args.process.is_some() { "it does not run" } else { "no process runs here" });
        return Ok(());
    }
    let killed = local.end(&running, local.deadline(args.deadline)).await?;
    for record in &running {
        let how = if killed.contains(&record.number) { "killed" } else { "stopped" };
        println!("process {} is {how}", record.number);
    }
    if killed.is_empty() { Ok(()) } else { bail!("not every process ended by itself") }
}

impl Local<'_> {
    pub(super) fn deadline(&self, asked: Option<u64>) -> Duration {
        let usual = || Duration::from_secs(self.config.limits.drain_seconds.into()) + GRACE;
        asked.map_or_else(usual, Duration::from_secs)
    }

    /// Asks processes to stop, all at once, and waits until they have. Those that have not by the deadline are killed,
    /// and returned.
    pub(super) async fn end(&self, records: &[Record], within: Duration) -> Result<Vec<u32>> {
        for record in records {
            record.named.signal(Signal::TERM)?;
        }
        let deadline = tokio::time::Instant::now() + within;
        let alive = || records.iter().filter(|record| record.is_alive()).collect::<Vec<_>>();
        while !alive().is_empty() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
        }
        let mut killed = Vec::new();
        for record in alive() {
            if record.named.signal(Signal::KILL)? {
                eprintln!(
                    "process {} has not ended within {} s and is killed; others, or its next start, go on with what it had begun",
                    record.number,
                    within.as_secs()
                );
                killed.push(record.number);
            }
        }
        while alive().iter().any(|record| killed.contains(&record.number)) {
            tokio::time::sleep(LOOK).await;
        }
        Ok(killed)
    }
}
