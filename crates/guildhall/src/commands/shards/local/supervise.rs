//! The process that watches the others: starts those again that end by themselves, each time after a longer wait, and
//! gives one up that does not stay alive. Whatever ends it, the others go on.

use std::{collections::HashMap, process::Child, time::Duration};

use anyhow::{Context as _, Result};
use guildhall_core::error::chain;
use guildhall_sandbox_cli::stop;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::Instant,
};

use super::{
    Local,
    record::{Policy, Record},
    spawn,
};
use crate::{config::Loaded, log};

/// How often it looks.
const EVERY: Duration = Duration::from_millis(500);

/// The longest wait before a process is started again.
const LONGEST: Duration = Duration::from_mins(1);

/// Whoever lived as long as this has not failed at the start.
const STEADY: Duration = Duration::from_mins(2);

/// How a process fares that has ended.
#[derive(Debug, Default)]
struct Failing {
    /// How often in a row.
    times: u32,
    /// When it is started again.
    due: Option<Instant>,
}

pub(in crate::commands::shards) async fn supervise(loaded: &Loaded) -> Result<()> {
    // Its own words go to its file; the folder of log files is that of a process of the bot.
    let words = crate::config::Log { keep_days: 0, terminal: true, ..crate::config::Log::default() };
    let _log = log::start(&words, &loaded.config.storage.folder)?;
    let local = Local::new(loaded)?;
    // The terminal that it was started from may go.
    let mut hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
    let (mut failing, mut children) = (HashMap::new(), Vec::new());
    let mut ticks = tokio::time::interval(EVERY);
    let asked = stop::asked();
    tokio::pin!(asked);
    tracing::info!(folder = %local.folder.display(), "watching");
    loop {
        tokio::select! {
            end = &mut asked => {
                end?;
                break;
            }
            _ = hangup.recv() => {}
            _ = ticks.tick() => {
                match look(&local, &mut failing, &mut children) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => tracing::error!(error = %chain(&*error), "cannot look after the processes"),
                }
            }
        }
    }
    tracing::info!("no longer watching; the processes go on");
    Ok(())
}

/// Looks at each process once; `false` where none is to be watched any more.
fn look(
    local: &Local<'_>,
    failing: &mut HashMap<u32, Failing>,
    children: &mut Vec<(u32, Child)>,
) -> Result<bool> {
    // An ended child is heard of, or it would stay in the table of processes.
    children.retain_mut(|(number, child)| match child.try_wait() {
        Ok(Some(status)) => {
            tracing::warn!(process = *number, %status, "a process has ended");
            false
        }
        _ => true,
    });
    // Somebody starts or stops them just now.
    let Some(_held) = local.try_hold()? else { return Ok(true) };
    let Some(policy) = local.plan()?.auto_restart else { return Ok(false) };
    for record in local.records()? {
        let number = record.number;
        if !record.wanted || record.given_up.is_some() {
            failing.remove(&number);
        } else if record.is_alive() {
            if spawn::age(&record) > STEADY {
                failing.remove(&number);
            }
        } else {
            let state = failing.entry(number).or_default();
            if let Err(error) = ended(local, record, policy, state, children) {
                tracing::error!(process = number, error = %chain(&*error), "cannot start it again");
            }
        }
    }
    Ok(true)
}

fn ended(
    local: &Local<'_>,
    mut record: Record,
    policy: Policy,
    state: &mut Failing,
    children: &mut Vec<(u32, Child)>,
) -> Result<()> {
    let (number, now) = (record.number, Instant::now());
    let Some(due) = state.due else {
        state.times += 1;
        let Some(wait) = wait(policy, state.times) else {
            let said = spawn::last_words(&local.home(number));
            let why = format!(
                "it ended {} times in a row; it said last: {}",
                state.times,
                said.replace('\n', " | ")
            );
            tracing::error!(
                process = number,
                why,
                "a process is given up; `guildhall shards start` tries again"
            );
            record.given_up = Some(why);
            return local.keep(&record);
        };
        tracing::warn!(
            process = number,
            wait_ms = millis(wait),
            times = state.times,
            "a process ended; it is started again"
        );
        state.due = Some(now + wait);
        return Ok(());
    };
    if now < due {
        return Ok(());
    }
    // Whatever comes of it, the next end is another failure.
    state.due = None;
    let mut started = local.spawn(number, local.plan()?.shards(false))?;
    started.record.restarts = record.restarts + 1;
    local.keep(&started.record)?;
    tracing::info!(process = number, pid = started.record.pid(), "a process is started again");
    children.push((number, started.child));
    Ok(())
}

/// How long to wait before a process is started again that has failed so often in a row; nothing where it is given up.
fn wait(policy: Policy, times: u32) -> Option<Duration> {
    let first = Duration::from_millis(policy.first_delay_ms);
    (times <= policy.tries).then(|| first.saturating_mul(1 << (times.saturating_sub(1)).min(20)).min(LONGEST))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_as_long_and_then_it_is_given_up() {
        let policy = Policy { tries: 8, first_delay_ms: 1_000 };
        let waits: Vec<_> = (1..=9).map(|times| wait(policy, times).map(|wait| wait.as_secs())).collect();
        let expected = [1, 2, 4, 8, 16, 32, 60, 60].map(Some);
        assert_eq!(waits[..8], expected);
        assert_eq!(waits[8], None);
        assert_eq!(wait(Policy { tries: u32::MAX, first_delay_ms: 1 }, u32::MAX), Some(LONGEST));
    }
}
