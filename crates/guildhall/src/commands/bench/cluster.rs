//! Several processes of one bot on one PostgreSQL, under load: killed, stopped, replaced one by one. Afterwards the
//! database and the sandbox are compared with what was sent.

mod backends;
mod fleet;
mod invites;
mod load;
mod verdict;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use guildhall_core::random::{Random as _, Seeded};
use guildhall_sandbox::{Options, Sandbox};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use self::{
    backends::{Backends, Outage},
    fleet::Fleet,
    invites::Invites,
    load::Load,
    verdict::Verdict,
};
use super::control::Control;
use crate::cli::{ClusterArgs, ClusterTrial};

/// Between two blows, at least and at most.
const CALM_MS: (u64, u64) = (200, 1_500);

/// How long a process of the trial `pause` is stopped: twice as long as its silence may last.
const PAUSE: Duration = Duration::from_secs(30);

/// A round of the trial `steady`.
const STEADY: Duration = Duration::from_secs(10);

/// How long a server of the trial `outage` is away, at least and at most.
const AWAY_MS: (u64, u64) = (500, 6_000);

/// From the first number to twice as many, to half as many again, and back.
fn number_of_round(first: u32, round: u32) -> u32 {
    match round % 3 {
        1 => first * 2,
        2 => first + first.div_ceil(2),
        _ => first,
    }
}

/// Every session that a trial makes anew: the first ones, and those of each other number of shards.
pub(super) fn identifies(args: &ClusterArgs) -> u64 {
    let changes = if args.trial == ClusterTrial::Reshard { args.rounds } else { 0 };
    let new: u64 = (1..=changes).map(|round| u64::from(number_of_round(args.shards, round))).sum();
    new + u64::from(args.shards)
}

pub(crate) async fn run(args: &ClusterArgs) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let sandbox = Sandbox::start(Options::default()).await?;
    let control = Control::new(&sandbox.addr().to_string())?;
    // So that the shards' first identifies take no minutes; their number is what counts.
    control.post("/limits", json!({ "max_concurrency": 64, "identify_window": 1000 })).await?;
    let mut backends = Backends::start(args).await?;
    let started = Instant::now();
    let mut fleet = Fleet::start(&sandbox, folder.path(), &backends, args).await?;
    let load = Load::start(&sandbox, control.clone(), args).await?;
    let invites = Invites::start(&sandbox, control.clone(), args.invites);
    let random = Seeded::new(args.seed);
    let progress = ProgressBar::new(args.rounds.into());
    progress.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} rounds, {eta} left")?);
    for round in 1..=args.rounds {
        let calm = CALM_MS.0 + random.below(CALM_MS.1 - CALM_MS.0);
        tokio::time::sleep(Duration::from_millis(calm)).await;
        let all = args.processes + args.workers;
        let at = usize::try_from(random.below(u64::from(all))).unwrap_or_default();
        let blow = match args.trial {
            ClusterTrial::Kill => fleet.kill(at).await,
            ClusterTrial::Deploy => fleet.replace((round as usize - 1) % all as usize).await,
            ClusterTrial::Pause => fleet.pause(at, PAUSE).await,
            ClusterTrial::Reshard => fleet.reshard(number_of_round(args.shards, round)).await,
            ClusterTrial::Steady => {
                tokio::time::sleep(STEADY).await;
                Ok(())
            }
            ClusterTrial::Outage => {
                let long = Duration::from_millis(AWAY_MS.0 + random.below(AWAY_MS.1 - AWAY_MS.0));
                let outage = Outage::of_round(round - 1, args.workers > 0);
                fleet.through(backends.suffer(outage, long)).await
            }
        };
        blow.with_context(|| format!("round {round}; output:\n{}", fleet.output()))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let mut sent = load.stop(&fleet).await?;
    sent.welcomes = invites.stop().await?;
    let loaded = started.elapsed();
    let absences = fleet.stop().await?;
    let verdict = Verdict::reach(args, &sent, absences, backends.storage(), &control, loaded).await?;
    sandbox.shutdown().await;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        verdict.print();
    }
    if verdict.clean(args) {
        Ok(())
    } else {
        bail!("effects were lost or doubled, or sessions were identified anew")
    }
}
