//! `/mark` all over many servers whose chains are of mixed size, from the command to its answer, while what open chains
//! may take is limited.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use guildhall_core::{
    id::GuildId,
    random::{Random as _, Seeded},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::talk;
use crate::{
    cli::MarkovGuildsArgs,
    commands::bench::{
        crash::load::text_channel,
        stage::{Client, Scene, Stage},
        table::{self, percentile},
    },
};

/// Commands a second while every chain is made for the first time.
const FIRST: u32 = 20;
/// What the issue asks for.
const P99_MS: f64 = 20.0;
/// How often the bot's memory is looked at.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, Serialize)]
struct Report {
    guilds: u32,
    messages: usize,
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Run {
    limit_bytes: f64,
    /// The most that open chains took at once, from the start of the bot on.
    most_bytes: f64,
    limit_kept: bool,
    asked: u32,
    /// Sentences, of the commands that were asked.
    sentences: f64,
    /// Servers whose texts share too little for a sentence that nobody wrote say so.
    unfit: f64,
    /// What should never be: no answer, a damaged chain, or one that is still being made.
    errors: f64,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
    fast_enough: bool,
    hit_share: f64,
    evictions: f64,
    resident_mb: f64,
}

pub(crate) async fn run(args: &MarkovGuildsArgs) -> Result<()> {
    let scene = Scene::make(args.guilds, json!({})).await?;
    let guilds = guilds(&scene).await?;
    let sizes: Vec<(GuildId, usize)> = (1..).zip(&guilds).map(|(n, guild)| (*guild, size(args, n))).collect();
    let messages = sizes.iter().map(|(_, size)| size).sum();
    eprintln!("training {} servers with {messages} messages", guilds.len());
    talk::train(&scene, &sizes).await?;
    let mut channels = Vec::new();
    for guild in &guilds {
        channels.push(text_channel(&scene.control, &scene.user, &guild.to_string()).await?);
    }
    let order = order(args, &sizes, &channels);

    let setting = |limit: &u32| [("GUILDHALL_MARKOV__CACHE_MEGABYTES", limit.to_string())];
    let first = args.cache_megabytes.first().context("there is no limit to try")?;
    let mut stage = scene.play(Client::Guildhall, 1, &setting(first)).await?;
    let mut runs = Vec::new();
    for (number, limit) in args.cache_megabytes.iter().enumerate() {
        if number == 0 {
            eprintln!("making every chain");
            ask(&stage, &channels, args.guilds, FIRST).await?;
        } else {
            stage.replay(&setting(limit)).await?;
        }
        stage.settle().await?;
        eprintln!("{} commands a second under a limit of {limit} MB", args.rate);
        runs.push(measure(&stage, args, &order).await?);
    }
    let report = Report { guilds: args.guilds, messages, runs };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show(&report);
    }
    if report.runs.iter().any(|run| !run.limit_kept || run.errors > 0.0) {
        bail!("open chains took more than they may, or commands were not answered");
    }
    Ok(())
}

/// Messages of the nth server.
fn size(args: &MarkovGuildsArgs, number: u32) -> usize {
    usize::try_from((args.largest / number).max(args.smallest)).unwrap_or(usize::MAX)
}

async fn guilds(scene: &Scene) -> Result<Vec<GuildId>> {
    let all = scene.control.get(&format!("/as/{}/guilds", scene.user)).await?;
    let ids = all.as_array().context("the sandbox lists no servers")?.iter();
    ids.map(|guild| guild["id"].as_str().and_then(|id| id.parse().ok()).context("a server has no id"))
        .collect()
}

/// Where the commands go: half of them to busy servers, half to any.
fn order(args: &MarkovGuildsArgs, sizes: &[(GuildId, usize)], channels: &[String]) -> Vec<String> {
    let random = Seeded::new(super::SEED);
    let total: u64 = sizes.iter().map(|(_, size)| *size as u64).sum();
    let busy = |mut at: u64| {
        sizes.iter().position(|(_, size)| {
            let here = at < *size as u64;
            at = at.saturating_sub(*size as u64);
            here
        })
    };
    let one = |number: u32| {
        let any = usize::try_from(random.below(sizes.len() as u64)).unwrap_or(0);
        let place = if number.is_multiple_of(2) { busy(random.below(total)).unwrap_or(any) } else { any };
        channels[place].clone()
    };
    (0..args.rate * args.seconds).map(one).collect()
}

async fn ask(stage: &Stage, channels: &[String], count: u32, rate: u32) -> Result<Value> {
    stage.registered(&stage.user, &stage.channel, "mark").await?;
    let series = json!({
        "user_id": stage.user, "channel_ids": channels, "application_id": stage.application,
        "command": "mark", "options": [], "count": count, "rate": rate,
    });
    stage.control.post("/series", series).await
}

/// What the bot counted of wishes for sentences.
struct Outcomes {
    made: f64,
    unfit: f64,
    other: f64,
}

impl Outcomes {
    async fn of(stage: &Stage) -> Result<Self> {
        let all = stage.figure("guildhall_markov_sentences_total").await?;
        let one = async |outcome: &str| {
            stage.figure(&format!("guildhall_markov_sentences_total{{outcome=\"{outcome}\"")).await
        };
        let (made, unfit) = (one("made").await?, one("unfit").await?);
        // One that is withheld is drawn anew.
        Ok(Self { made, unfit, other: all - made - unfit - one("withheld").await? })
    }
}

async fn measure(stage: &Stage, args: &MarkovGuildsArgs, order: &[String]) -> Result<Run> {
    let before = Outcomes::of(stage).await?;
    let count = async |name: &str| stage.figure(name).await;
    let lookups = "guildhall_markov_cache_lookups_total";
    let hits = format!("{lookups}{{outcome=\"hit\"");
    let (all_before, hits_before) = (count(lookups).await?, count(&hits).await?);
    let evicted_before = count("guildhall_markov_evictions_total").await?;
    let asked = args.rate * args.seconds;
    let series = ask(stage, order, asked, args.rate);
    tokio::pin!(series);
    let mut resident = 0_u64;
    let answer = loop {
        tokio::select! {
            answer = &mut series => break answer?,
            () = tokio::time::sleep(LOOK) => resident = resident.max(stage.client.resident()?),
        }
    };
    let micros = answer["answered_us"].as_array().context("the sandbox measured nothing")?;
    let mut millis: Vec<f64> =
        micros.iter().filter_map(Value::as_f64).map(|micros| micros / 1_000.0).collect();
    millis.sort_by(f64::total_cmp);
    let unanswered = answer["unanswered"].as_f64().unwrap_or(0.0);
    let after = Outcomes::of(stage).await?;
    let limit_bytes = count("guildhall_markov_cache_limit_bytes").await?;
    let most_bytes = count("guildhall_markov_cache_most_bytes").await?;
    let p99_ms = percentile(&millis, 0.99);
    Ok(Run {
        limit_bytes,
        most_bytes,
        limit_kept: most_bytes <= limit_bytes,
        asked,
        sentences: after.made - before.made,
        unfit: after.unfit - before.unfit,
        errors: unanswered + after.other - before.other,
        p50_ms: percentile(&millis, 0.5),
        p99_ms,
        longest_ms: percentile(&millis, 1.0),
        fast_enough: p99_ms < P99_MS,
        hit_share: (count(&hits).await? - hits_before) / (count(lookups).await? - all_before).max(1.0),
        evictions: count("guildhall_markov_evictions_total").await? - evicted_before,
        resident_mb: resident as f64 / 1e6,
    })
}

fn show(report: &Report) {
    println!("{} servers with {} messages in all\n", report.guilds, report.messages);
    let rows: Vec<Vec<String>> = report.runs.iter().map(row).collect();
    let heading = [
        "limit MB",
        "most MB",
        "kept",
        "asked",
        "sentences",
        "unfit",
        "errors",
        "p50 ms",
        "p99 ms",
        "longest ms",
        "p99 < 20 ms",
        "open already %",
        "closed",
        "resident MB",
    ];
    table::print(&heading, &rows);
}

fn row(run: &Run) -> Vec<String> {
    let word = |good: bool| if good { "yes" } else { "no" }.to_owned();
    let mebi = |bytes: f64| format!("{:.1}", bytes / f64::from(1 << 20));
    vec![
        mebi(run.limit_bytes),
        mebi(run.most_bytes),
        word(run.limit_kept),
        run.asked.to_string(),
        format!("{:.0}", run.sentences),
        format!("{:.0}", run.unfit),
        format!("{:.0}", run.errors),
        format!("{:.2}", run.p50_ms),
        format!("{:.2}", run.p99_ms),
        format!("{:.1}", run.longest_ms),
        word(run.fast_enough),
        format!("{:.1}", run.hit_share * 100.0),
        format!("{:.0}", run.evictions),
        format!("{:.0}", run.resident_mb),
    ]
}
