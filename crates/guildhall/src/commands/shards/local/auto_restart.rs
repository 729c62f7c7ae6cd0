//! `guildhall shards auto-restart`: whether processes that end by themselves are started again, by a small process of
//! its own that watches them.

use std::{fs::File, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use super::{
    LOOK, Local,
    record::{self, Named, Policy},
};
use crate::{
    cli::{AutoRestartArgs, AutoRestartCommand},
    config::Loaded,
};

/// It has nothing to finish.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

pub(in crate::commands::shards) async fn auto_restart(
    command: &AutoRestartCommand,
    loaded: &Loaded,
) -> Result<ExitCode> {
    let local = Local::new(loaded)?;
    match command {
        AutoRestartCommand::On(args) => on(&local, args).await?,
        AutoRestartCommand::Off => off(&local).await?,
        AutoRestartCommand::Status => return status(&local),
    }
    Ok(ExitCode::SUCCESS)
}

async fn on(local: &Local<'_>, args: &AutoRestartArgs) -> Result<()> {
    local.allowed()?;
    let _held = local.hold().await?;
    let mut plan = local.plan()?;
    plan.auto_restart = Some(Policy { tries: args.tries, first_delay_ms: args.first_delay_ms });
    local.set_plan(&plan)?;
    for mut record in local.records()?.into_iter().filter(|record| record.given_up.is_some()) {
        record.given_up = None;
        local.keep(&record)?;
    }
    // The one that watches already has other rules.
    local.end_watching().await?;
    local.begin_watching()?;
    println!("processes that end by themselves are started again, up to {} times in a row", args.tries);
    Ok(())
}

async fn off(local: &Local<'_>) -> Result<()> {
    let _held = local.hold().await?;
    let mut plan = local.plan()?;
    plan.auto_restart = None;
    local.set_plan(&plan)?;
    local.end_watching().await?;
    println!("processes that end by themselves are left");
    Ok(())
}

/// Ends with 1 where somebody has to look: a process was given up, or nobody watches.
fn status(local: &Local<'_>) -> Result<ExitCode> {
    let watched = local.watched()?;
    println!("auto-restart is {watched}");
    let mut fine = watched != "on, but nobody watches";
    for record in local.records()? {
        if let Some(why) = record.given_up.as_ref().filter(|_| !record.is_alive()) {
            fine = false;
            println!("process {} is given up: {why}", record.number);
        } else {
            println!(
                "process {} is {}, started again {} times",
                record.number,
                record.state(),
                record.restarts
            );
        }
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Local<'_> {
    /// Starts the process that watches, unless it runs.
    pub(super) fn begin_watching(&self) -> Result<()> {
        if self.supervisor()?.is_some_and(|supervisor| supervisor.is_alive()) {
            return Ok(());
        }
        record::private_folder(&self.folder)?;
        let path = self.folder.join("supervisor.log");
        let log = File::options().create(true).append(true).open(&path);
        let log = log.with_context(|| format!("cannot write `{}`", path.display()))?;
        let mut command = self.command(&["shards", "supervise"])?;
        command.stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().context("cannot start the process that watches")?;
        let named = Named::of(child.id()).context("the process that watches ended at once")?;
        record::save(&self.folder.join("supervisor.json"), &named)
    }

    /// Ends the process that watches; those that it watches go on.
    pub(super) async fn end_watching(&self) -> Result<()> {
        let Some(supervisor) = self.supervisor()? else { return Ok(()) };
        supervisor.signal(Signal::TERM)?;
        let deadline = tokio::time::Instant::now() + ENDS_WITHIN;
        while supervisor.is_alive() {
            if tokio::time::Instant::now() > deadline {
                bail!(
                    "the process that watches does not end\nhint: see `{}`",
                    self.folder.join("supervisor.log").display()
                );
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }
}
