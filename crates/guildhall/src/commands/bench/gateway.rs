//! Events a CPU second for a message that no feature wants, and resident memory by guilds.

use std::time::{Duration, Instant};

use anyhow::Result;
use guildhall_sandbox_cli::figures::median;
use serde::Serialize;
use serde_json::json;

use super::{
    stage::{Client, Stage},
    table,
};
use crate::cli::GatewayArgs;

/// Discord allows 2,500 guilds on a shard and recommends about 1,000 (Discord docs: Gateway, Sharding).
const GUILDS_PER_SHARD: u32 = 1_000;

/// Guilds in the world while messages flood in.
const FLOOD_GUILDS: u32 = 100;

/// What happens in each 1,000 guilds while they run: messages and commands, a second.
const MESSAGES_PER_THOUSAND: u32 = 50;
const COMMANDS_PER_THOUSAND: u32 = 2;

/// How long it is measured what running costs, in seconds.
const RUNNING: u32 = 20;

#[derive(Serialize)]
struct Report {
    events_per_cpu_second: Vec<Flood>,
    ratio: f64,
    resident: Vec<Memory>,
}

#[derive(Serialize)]
struct Flood {
    client: &'static str,
    events: u64,
    bytes: u32,
    runs: Vec<f64>,
    median: f64,
}

#[derive(Serialize)]
struct Memory {
    client: &'static str,
    guilds: u32,
    shards: u32,
    resident_mb: f64,
    start_cpu_seconds: f64,
    /// Milliseconds of a processor for each second and 1,000 guilds, with messages and commands in proportion.
    running_cpu_ms: Option<f64>,
}

pub(crate) async fn run(args: &GatewayArgs) -> Result<()> {
    let clients = [Client::Guildhall, Client::Twilight, Client::GuildhallPlain];
    let mut floods = Vec::new();
    for client in clients {
        eprintln!("{}: {} floods of {} messages", client.name(), args.runs, args.events);
        floods.push(flood(client, args).await?);
    }
    let mut resident = Vec::new();
    for &guilds in &args.guilds {
        for client in [Client::Guildhall, Client::Twilight] {
            eprintln!("{}: {guilds} guilds", client.name());
            resident.push(memory(client, guilds).await?);
        }
    }
    let ratio = floods[0].median / floods[1].median;
    let result = Report { events_per_cpu_second: floods, ratio, resident };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        show(&result);
    }
    Ok(())
}

async fn flood(client: Client, args: &GatewayArgs) -> Result<Flood> {
    let stage = Stage::set(client, FLOOD_GUILDS, 1).await?;
    let mut runs = Vec::new();
    for _ in 0..args.runs {
        let before = stage.client.cpu()?;
        let flood = json!({
            "application_id": stage.application, "guild_id": stage.guild, "channel_id": stage.channel,
            "event": "MESSAGE_CREATE", "count": args.events, "size_bytes": args.size,
        });
        stage.control.post("/flood", flood).await?;
        stage.settle().await?;
        // Settling itself costs the client next to nothing, but is counted with it.
        let spent = stage.client.cpu()?.saturating_sub(before).max(Duration::from_millis(10));
        runs.push(args.events as f64 / spent.as_secs_f64());
    }
    let median = median(runs.clone());
    Ok(Flood { client: client.name(), events: args.events, bytes: args.size, runs, median })
}

async fn memory(client: Client, guilds: u32) -> Result<Memory> {
    let shards = guilds.div_ceil(GUILDS_PER_SHARD);
    let stage = Stage::set(client, guilds, shards).await?;
    let resident_mb = stage.client.resident()? as f64 / 1e6;
    let start_cpu_seconds = stage.client.cpu()?.as_secs_f64();
    // The bare client knows no command that reads something.
    let running_cpu_ms = if client == Client::Twilight { None } else { Some(running(&stage, guilds).await?) };
    Ok(Memory { client: client.name(), guilds, shards, resident_mb, start_cpu_seconds, running_cpu_ms })
}

/// What an ordinary second costs for 1,000 guilds.
async fn running(stage: &Stage, guilds: u32) -> Result<f64> {
    let thousands = guilds.div_ceil(1_000);
    let places = stage.places(thousands.clamp(10, 100)).await?;
    stage.settle().await?;
    let (messages, commands) = (thousands * MESSAGES_PER_THOUSAND, thousands * COMMANDS_PER_THOUSAND);
    let flood = json!({
        "application_id": stage.application, "guild_id": stage.guild, "channel_id": stage.channel,
        "event": "MESSAGE_CREATE", "count": messages * RUNNING, "rate": messages,
    });
    let series = json!({
        "user_id": stage.user, "channel_ids": places, "application_id": stage.application,
        "command": "ask_knowledge", "options": [{ "name": "query", "type": 3, "value": "where is the river" }],
        "count": commands * RUNNING, "rate": commands,
    });
    let (before, began) = (stage.client.cpu()?, Instant::now());
    let (flood, series) =
        futures::join!(stage.control.post("/flood", flood), stage.control.post("/series", series));
    flood?;
    series?;
    let spent = stage.client.cpu()?.saturating_sub(before);
    Ok(spent.as_secs_f64() * 1_000.0 / began.elapsed().as_secs_f64() / f64::from(thousands))
}

fn show(result: &Report) {
    let floods: Vec<Vec<String>> = result
        .events_per_cpu_second
        .iter()
        .map(|flood| {
            let runs = flood.runs.iter().map(|run| format!("{run:.0}")).collect::<Vec<_>>().join(" ");
            vec![flood.client.to_owned(), flood.bytes.to_string(), format!("{:.0}", flood.median), runs]
        })
        .collect();
    table::print(&["client", "bytes", "events per CPU second", "runs"], &floods);
    println!("\nguildhall / twilight, both compressed: {:.2}\n", result.ratio);
    let resident: Vec<Vec<String>> = result
        .resident
        .iter()
        .map(|memory| {
            vec![
                memory.client.to_owned(),
                memory.guilds.to_string(),
                memory.shards.to_string(),
                format!("{:.1}", memory.resident_mb),
                format!("{:.2}", memory.start_cpu_seconds),
                memory.running_cpu_ms.map_or_else(String::new, |millis| format!("{millis:.1}")),
            ]
        })
        .collect();
    table::print(
        &["client", "guilds", "shards", "resident MB", "start CPU s", "running, CPU ms/s for 1,000"],
        &resident,
    );
}
