//! Time from an interaction sent to its first answer received, measured by the sandbox itself.

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    stage::{Client, Stage},
    table::{self, percentile},
};
use crate::cli::CommandsArgs;

const GUILDS: u32 = 100;

#[derive(Serialize)]
struct Latency {
    client: &'static str,
    command: &'static str,
    count: usize,
    unanswered: u64,
    p50_ms: f64,
    p99_ms: f64,
    p999_ms: f64,
}

pub(crate) async fn run(args: &CommandsArgs) -> Result<()> {
    let mut results = Vec::new();
    let ping: (&str, Value) = ("ping", json!([]));
    let ask = ("ask_knowledge", json!([{ "name": "query", "type": 3, "value": "where is the river" }]));
    let learn = (
        "learn",
        json!([{ "name": "content", "type": 3, "value": "The river is behind the mill, entry {n}." }]),
    );
    // A server takes a hundred entries a day; the first ones warm up.
    let learns = CommandsArgs { count: args.count.min(80), ..args.clone() };
    for (client, commands) in
        [(Client::Twilight, vec![&ping]), (Client::Guildhall, vec![&ping, &ask, &learn])]
    {
        let stage = Stage::set(client, GUILDS, 1).await?;
        for (command, options) in commands {
            let args = if *command == "learn" { &learns } else { args };
            eprintln!("{}: {} times /{command}", client.name(), args.count);
            results.push(measure(&stage, client, command, options, args).await?);
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = results
        .iter()
        .map(|row| {
            let figures = [row.p50_ms, row.p99_ms, row.p999_ms].map(|figure| format!("{figure:.2}"));
            let counts = [row.count.to_string(), row.unanswered.to_string()];
            [vec![row.client.to_owned(), format!("/{}", row.command)], counts.to_vec(), figures.to_vec()]
                .concat()
        })
        .collect();
    table::print(&["client", "command", "answered", "unanswered", "p50 ms", "p99 ms", "p99.9 ms"], &rows);
    Ok(())
}

async fn measure(
    stage: &Stage,
    client: Client,
    command: &'static str,
    options: &Value,
    args: &CommandsArgs,
) -> Result<Latency> {
    stage.registered(&stage.user, &stage.channel, command).await?;
    let series = |count: u32| {
        json!({
            "user_id": stage.user, "channel_id": stage.channel, "application_id": stage.application,
            "command": command, "options": options, "count": count, "rate": args.rate,
        })
    };
    // The first ones open connections and fill caches.
    stage.control.post("/series", series(args.count / 20 + 1)).await?;
    let answer = stage.control.post("/series", series(args.count)).await?;
    let micros = answer["answered_us"].as_array().context("the sandbox measured nothing")?;
    let mut times: Vec<f64> = micros.iter().filter_map(Value::as_f64).map(|micros| micros / 1000.0).collect();
    times.sort_by(f64::total_cmp);
    Ok(Latency {
        client: client.name(),
        command,
        count: times.len(),
        unanswered: answer["unanswered"].as_u64().unwrap_or(0),
        p50_ms: percentile(&times, 0.5),
        p99_ms: percentile(&times, 0.99),
        p999_ms: percentile(&times, 0.999),
    })
}
