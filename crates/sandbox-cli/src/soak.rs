//! `guildhall sandbox soak`: events for minutes while connections break in every way. Afterwards every
//! client has to be back, nothing may be missing or doubled, and memory has to be where it was.

mod life;
mod mischief;
mod verdict;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use guildhall_core::random::Seeded;
use guildhall_sandbox::{
    Limits,
    engine::{Load, LoadMeter},
};
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use self::{life::Life, mischief::Mischief, verdict::Verdict};
use super::scene::{Scene, Size};
use crate::{args::SoakArgs, figures};

/// Short heartbeats, so that a silent connection is noticed within the soak.
const HEARTBEAT_MS: u64 = 2_000;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn run(args: &SoakArgs, words: &[&str]) -> Result<()> {
    let size = Size { guilds: args.guilds, shards: args.shards, channels: 10, roles: 10 };
    let limits = Limits {
        heartbeat_interval: HEARTBEAT_MS,
        gateway_sends: u32::MAX,
        identify_total: u32::MAX,
        // What is kept is full early, so that memory shows what is not let go.
        messages_per_channel: 20,
        bucket_requests: u32::MAX,
        global_requests: u32::MAX,
        invalid_requests: u32::MAX,
        ..Limits::default()
    };
    let mut scene = Scene::set(words, size, limits, None).await?;
    let guilds = u64::from(args.guilds);
    scene.until("servers to be received", |told| told.taken.guilds >= guilds).await?;

    let engine = Arc::clone(scene.sandbox.engine());
    let (meter, stop) = (Arc::new(LoadMeter::default()), CancellationToken::new());
    let load = Load {
        application_id: scene.application_id,
        size_bytes: usize::try_from(args.size)?,
        rate: Some(args.rate),
    };
    let sending = {
        let (engine, meter, stop) = (Arc::clone(&engine), Arc::clone(&meter), stop.clone());
        tokio::spawn(async move { engine.load(&load, &meter, &stop).await })
    };
    let life = Life::begin(&scene.sandbox, scene.application_id, args.seed, &stop)?;
    let mut mischief = Mischief::new(Arc::clone(&engine), Seeded::new(args.seed), scene.application_id);
    let lasting = Duration::from_secs(args.seconds);
    let bar = ProgressBar::new(args.seconds);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} s {msg}")?);
    let began = Instant::now();
    let mut memory = Vec::new();
    let mut looked = None::<Instant>;
    while began.elapsed() < lasting {
        tokio::time::sleep(mischief.play()).await;
        if looked.is_none_or(|then| then.elapsed() >= LOOK) {
            looked = Some(Instant::now());
            memory.push(figures::resident(std::process::id())?);
            let taken = scene.told().taken;
            bar.set_position(began.elapsed().as_secs());
            bar.set_message(format!(
                "{} taken, {} written, {} faults, {} resumes, {:.0} MB",
                taken.messages,
                life.lived().told(),
                mischief.played(),
                taken.resumes,
                memory.last().copied().unwrap_or_default() as f64 / 1e6
            ));
        }
    }
    let sent_for = began.elapsed();
    mischief.end();
    stop.cancel();
    sending.await?;
    let lived = life.end().await;
    bar.finish_and_clear();

    let shards = u64::from(args.shards);
    let settled = scene
        .until("every client to be back", |told| told.taken.connected >= shards)
        .await
        .and(drained(&scene).await);
    let verdict = Verdict {
        seconds: sent_for.as_secs_f64(),
        wanted_per_second: args.rate,
        sent: meter.sent(),
        written: lived.told(),
        requests: lived.requests(),
        held_back: meter.held_back(),
        faults: mischief.tally().clone(),
        taken: scene.told().taken,
        shards,
        sessions: engine.sessions().len() as u64,
        memory,
        settled: settled.as_ref().err().map(|error| format!("{error:#}")),
    };
    scene.end().await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&verdict.to_json())?);
    } else {
        verdict.show();
    }
    verdict.judge()
}

/// Waits until no session has anything left to send, and the takers have told of it.
async fn drained(scene: &Scene) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let sessions = scene.sandbox.engine().sessions();
        if sessions.iter().all(|session| session.connected && session.backlog == 0) {
            // One more word of the takers, which tell every tenth of a second.
            tokio::time::sleep(Duration::from_millis(500)).await;
            return Ok(());
        }
        if Instant::now() > deadline {
            let late = sessions.iter().filter(|session| !session.connected || session.backlog > 0).count();
            anyhow::bail!("{late} sessions of {} still wait for their client", sessions.len());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
