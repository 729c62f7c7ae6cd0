//! `guildhall sandbox load`: many servers over many shards, events at an even rate, then as many as go,
//! beside bare sockets that carry the same bytes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use guildhall_sandbox::{
    Limits,
    engine::{Load, LoadMeter},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{
    bare::{self, Bare},
    scene::{Scene, Size},
};
use crate::{args::LoadArgs, figures};

#[derive(Serialize)]
struct Report {
    guilds: u32,
    shards: u32,
    bytes: u32,
    made_seconds: f64,
    ready_seconds: f64,
    guilds_per_cpu_second: f64,
    resident_mb: f64,
    resident_kb_per_guild: f64,
    steady: Stretch,
    flat_out: Stretch,
    bare: Sockets,
    /// How much of what bare sockets carry a CPU second of the sending process carries as events.
    ratio_to_bare: f64,
}

/// A while of sending.
#[derive(Serialize)]
struct Stretch {
    wanted_per_second: Option<u64>,
    seconds: f64,
    sent_per_second: f64,
    taken_per_second: f64,
    held_back: u64,
    deepest_queue: u64,
    missing: u64,
    doubled: u64,
    sandbox_cores: f64,
    taker_cores: f64,
    events_per_cpu_second: f64,
}

#[derive(Serialize)]
struct Sockets {
    events_per_second: f64,
    events_per_cpu_second: f64,
}

pub(super) async fn run(args: &LoadArgs, words: &[&str]) -> Result<()> {
    let bare = Bare::listen().await?;
    let size = Size { guilds: args.guilds, shards: args.shards, channels: args.channels, roles: args.roles };
    let began = Instant::now();
    let before = figures::resident(std::process::id())?;
    let mut scene = Scene::set(words, size, Limits::default(), Some(bare.address()?)).await?;
    let sockets = bare.accept(args.shards).await?;
    let made_seconds = began.elapsed().as_secs_f64();
    eprintln!("{} servers made in {made_seconds:.1} s", args.guilds);

    let (connecting, used) = (Instant::now(), scene.used()?);
    let guilds = u64::from(args.guilds);
    let bar = progress(guilds, "servers received")?;
    loop {
        let told = scene.told().taken;
        bar.set_position(told.guilds);
        if told.guilds >= guilds {
            break;
        }
        let next = told.guilds + 1;
        scene.until("servers to be received", |told| told.taken.guilds >= next).await?;
    }
    bar.finish_and_clear();
    let ready_seconds = connecting.elapsed().as_secs_f64();
    let spent = scene.used()?.since(used).sandbox.as_secs_f64();
    let resident = figures::resident(std::process::id())?.saturating_sub(before) as f64;
    eprintln!("{} shards ready after {ready_seconds:.1} s; {:.0} MB resident", args.shards, resident / 1e6);

    let lasting = Duration::from_secs(args.seconds.into());
    let short = (lasting / 4).max(Duration::from_secs(2));
    let steady = stretch(&mut scene, args.size, Some(args.rate), lasting).await?;
    let flat_out = stretch(&mut scene, args.size, None, short).await?;
    let used = scene.used()?;
    let written = bare::write(sockets, usize::try_from(args.size)?, short).await;
    let spent_bare = scene.used()?.since(used).sandbox.as_secs_f64();
    let events = written.bytes as f64 / f64::from(args.size);
    let bare = Sockets {
        events_per_second: events / written.seconds,
        events_per_cpu_second: events / spent_bare.max(0.01),
    };
    let report = Report {
        guilds: args.guilds,
        shards: args.shards,
        bytes: args.size,
        made_seconds,
        ready_seconds,
        guilds_per_cpu_second: guilds as f64 / spent.max(0.01),
        resident_mb: resident / 1e6,
        resident_kb_per_guild: resident / 1e3 / guilds.max(1) as f64,
        ratio_to_bare: flat_out.events_per_cpu_second / bare.events_per_cpu_second,
        steady,
        flat_out,
        bare,
    };
    scene.end().await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show(&report);
    }
    Ok(())
}

async fn stretch(scene: &mut Scene, size: u32, rate: Option<u64>, lasting: Duration) -> Result<Stretch> {
    let load = Load { application_id: scene.application_id, size_bytes: usize::try_from(size)?, rate };
    let (meter, stop) = (Arc::new(LoadMeter::default()), CancellationToken::new());
    let (before, used, began) = (scene.told().taken, scene.used()?, Instant::now());
    let sending = {
        let (engine, meter, stop) = (Arc::clone(scene.sandbox.engine()), Arc::clone(&meter), stop.clone());
        tokio::spawn(async move { engine.load(&load, &meter, &stop).await })
    };
    let bar = progress(lasting.as_secs(), if rate.is_some() { "at the rate" } else { "flat out" })?;
    while began.elapsed() < lasting {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let seconds = began.elapsed().as_secs_f64();
        let taken = scene.told().taken.messages - before.messages;
        bar.set_position(began.elapsed().as_secs());
        bar.set_message(format!("{:.0} taken a second", taken as f64 / seconds));
    }
    stop.cancel();
    sending.await?;
    let sent = meter.sent();
    let told = scene
        .until("the events that are under way", |told| told.taken.messages >= before.messages + sent)
        .await?;
    bar.finish_and_clear();
    let seconds = began.elapsed().as_secs_f64();
    let consumed = scene.used()?.since(used);
    Ok(Stretch {
        wanted_per_second: rate,
        seconds,
        sent_per_second: sent as f64 / seconds,
        taken_per_second: (told.taken.messages - before.messages) as f64 / seconds,
        held_back: meter.held_back(),
        deepest_queue: meter.deepest(),
        missing: told.taken.missing - before.missing,
        doubled: told.taken.doubled - before.doubled,
        sandbox_cores: consumed.sandbox.as_secs_f64() / seconds,
        taker_cores: consumed.takers.as_secs_f64() / seconds,
        events_per_cpu_second: sent as f64 / consumed.sandbox.as_secs_f64().max(0.01),
    })
}

fn progress(length: u64, what: &'static str) -> Result<ProgressBar> {
    let bar = ProgressBar::new(length);
    bar.set_style(ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}")?);
    bar.set_prefix(what);
    Ok(bar)
}

fn show(report: &Report) {
    let Report { guilds, shards, bytes, .. } = report;
    println!("{guilds} servers over {shards} shards, events of {bytes} bytes");
    println!("made in                 {:>12.1} s", report.made_seconds);
    println!("received by all shards  {:>12.1} s", report.ready_seconds);
    println!("servers a CPU second    {:>12.0}", report.guilds_per_cpu_second);
    println!(
        "resident                {:>12.0} MB, {:.1} kB a server",
        report.resident_mb, report.resident_kb_per_guild
    );
    for stretch in [&report.steady, &report.flat_out] {
        match stretch.wanted_per_second {
            Some(rate) => println!("\nat {rate} events a second, for {:.1} s", stretch.seconds),
            None => println!("\nas many as go, for {:.1} s", stretch.seconds),
        }
        println!("sent a second           {:>12.0}", stretch.sent_per_second);
        println!("taken a second          {:>12.0}", stretch.taken_per_second);
        println!("missing, doubled        {:>12} {}", stretch.missing, stretch.doubled);
        println!("held back               {:>12}", stretch.held_back);
        println!("deepest queue           {:>12}", stretch.deepest_queue);
        println!(
            "processors              {:>12.2} the sandbox, {:.2} the clients",
            stretch.sandbox_cores, stretch.taker_cores
        );
        println!("events a CPU second     {:>12.0}", stretch.events_per_cpu_second);
    }
    println!("\nbare sockets, the same bytes");
    println!("events a second         {:>12.0}", report.bare.events_per_second);
    println!("events a CPU second     {:>12.0}", report.bare.events_per_cpu_second);
    println!("sandbox / bare          {:>12.2}", report.ratio_to_bare);
}
