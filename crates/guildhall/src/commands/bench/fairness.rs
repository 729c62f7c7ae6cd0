//! What many servers notice of one that asks a hundred times as much.

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    stage::{Client, Stage},
    table::{self, percentile},
};
use crate::cli::FairnessArgs;

/// How many times the share of another server the loud one takes.
const TIMES: u32 = 100;

#[derive(Serialize)]
struct Report {
    guilds: u32,
    quiet: Figures,
    loud: Figures,
    /// p99 of the others beside the loud server, over that without it.
    p99_ratio: f64,
    /// What the loud server got answered, of what it asked.
    loud_goodput: f64,
}

/// What servers saw.
#[derive(Clone, Default, Serialize)]
struct Figures {
    asked: u64,
    goodput: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// The answers to a series of commands of one server or of many.
#[derive(Default)]
struct Answers {
    asked: u64,
    /// Refusals are answers, and no good ones.
    refused: u64,
    millis: Vec<f64>,
}

impl Answers {
    fn figures(&mut self) -> Figures {
        self.millis.sort_by(f64::total_cmp);
        Figures {
            asked: self.asked,
            goodput: self.good() / self.asked.max(1) as f64,
            p50_ms: percentile(&self.millis, 0.5),
            p99_ms: percentile(&self.millis, 0.99),
        }
    }

    fn good(&self) -> f64 {
        self.millis.len().saturating_sub(usize::try_from(self.refused).unwrap_or(0)) as f64
    }

    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.refused += other.refused;
        self.millis.extend(other.millis);
    }
}

pub(crate) async fn run(args: &FairnessArgs) -> Result<()> {
    let stage = Stage::set(Client::Guildhall, 1, 1).await?;
    let places = stage.places(args.guilds + 1).await?;
    let (loud, others) = places.split_last().context("there are servers")?;
    // The first ones open connections and fill caches.
    together(&stage, others, args.rate, 3).await?;
    let (mut quiet_runs, mut loud_runs, mut loud_goodput) = (Vec::new(), Vec::new(), Vec::new());
    for run in 1..=args.runs {
        eprintln!("run {run} of {}: {} servers, then one more that is loud", args.runs, others.len());
        quiet_runs.push(together(&stage, others, args.rate, args.seconds).await?.figures());
        let noise = series(&stage, loud, args.rate * TIMES, args.seconds);
        let (mut beside, mut noise) =
            futures::future::try_join(together(&stage, others, args.rate, args.seconds), noise).await?;
        loud_runs.push(beside.figures());
        loud_goodput.push(noise.figures().goodput);
    }
    let (quiet, loud) = (median(quiet_runs), median(loud_runs));
    loud_goodput.sort_by(f64::total_cmp);
    let report = Report {
        guilds: args.guilds,
        p99_ratio: loud.p99_ms / quiet.p99_ms,
        quiet,
        loud,
        loud_goodput: percentile(&loud_goodput, 0.5),
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show(&report);
    }
    Ok(())
}

/// Commands of every server at this rate, side by side.
async fn together(stage: &Stage, places: &[String], rate: u32, seconds: u32) -> Result<Answers> {
    let each = places.iter().map(|channel| series(stage, channel, rate, seconds));
    let mut all = Answers::default();
    for one in try_join_all(each).await? {
        all.add(one);
    }
    Ok(all)
}

async fn series(stage: &Stage, channel: &str, rate: u32, seconds: u32) -> Result<Answers> {
    let count = rate * seconds;
    let body = json!({
        "user_id": stage.user, "channel_id": channel, "application_id": stage.application,
        "command": "ask_knowledge", "options": [{ "name": "query", "type": 3, "value": "where is the river" }],
        "count": count, "rate": rate,
    });
    let answer = stage.control.post("/series", body).await?;
    let micros = answer["answered_us"].as_array().context("the sandbox measured nothing")?;
    Ok(Answers {
        asked: count.into(),
        refused: answer["hidden"].as_u64().context("the sandbox counted no refusals")?,
        millis: micros.iter().filter_map(Value::as_f64).map(|micros| micros / 1_000.0).collect(),
    })
}

/// The run with the median p99.
fn median(mut runs: Vec<Figures>) -> Figures {
    runs.sort_by(|a, b| a.p99_ms.total_cmp(&b.p99_ms));
    runs.get(runs.len() / 2).cloned().unwrap_or_default()
}

fn show(report: &Report) {
    let row = |name: &str, figures: &Figures| {
        let percent = format!("{:.2}", figures.goodput * 100.0);
        let times = [figures.p50_ms, figures.p99_ms].map(|millis| format!("{millis:.2}"));
        [vec![name.to_owned(), figures.asked.to_string(), percent], times.to_vec()].concat()
    };
    table::print(
        &["servers", "asked", "answered %", "p50 ms", "p99 ms"],
        &[
            row(&format!("{} alone", report.guilds), &report.quiet),
            row(&format!("beside one that asks {TIMES} times as much"), &report.loud),
        ],
    );
    println!(
        "\np99 beside the loud server over p99 without it: {:.2}; the loud one got {:.1} % answered",
        report.p99_ratio,
        report.loud_goodput * 100.0
    );
}
