//! What is still answered well when several times as much is asked for as can be.
//!
//! The bot shares its processor with busy programs, because it answers about as much on a whole one as the sandbox
//! can ask for on another. What it answers at its best under these conditions is found first, step by step.

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    stage::{Client, Stage},
    table::{self, percentile},
};
use crate::cli::OverloadArgs;

/// The first rate that is tried, in commands a second.
const FIRST_RATE: u32 = 100;

/// Steps that bring no more than the best one, until that is taken for the capacity.
const WORSE_STEPS: u32 = 2;

#[derive(Serialize)]
struct Report {
    servers: u32,
    entries: u32,
    neighbours: u32,
    /// The step with the most good answers a second.
    best: Figures,
    overload: Figures,
    /// Good answers a second under overload, over the most.
    kept: f64,
}

/// What came of one rate.
#[derive(Clone, Serialize)]
struct Figures {
    asked: u32,
    asked_a_second: f64,
    good: u64,
    /// While there was load: what is answered in the seconds after it says nothing about it.
    good_a_second: f64,
    /// Answered with the word that too much is going on.
    refused: u64,
    unanswered: u64,
    /// Answers to commands that were over: work that nobody waited for any more.
    late: u64,
    p50_ms: f64,
    p99_ms: f64,
}

pub(crate) async fn run(args: &OverloadArgs) -> Result<()> {
    let stage = Stage::set(Client::Guildhall, 1, 1).await?;
    let places = stage.places(args.guilds).await?;
    // So that each has something to find.
    let content =
        "Way number {n}: the river is behind the mill, where the old road ends and the boats are kept.";
    let content = json!([{ "name": "content", "type": 3, "value": content }]);
    let learned = series(&stage, &places, "learn", &content, args.guilds * args.entries, FIRST_RATE).await?;
    if learned.refused + learned.unanswered > 0 {
        bail!("{} of {} entries were not stored", learned.refused + learned.unanswered, learned.asked);
    }
    let neighbours = stage.neighbours(args.neighbours)?;
    let mut best = ask(&stage, &places, FIRST_RATE, args.step).await?;
    let (mut rate, mut worse) = (FIRST_RATE, 0);
    while worse < WORSE_STEPS {
        rate += rate / 4;
        let step = ask(&stage, &places, rate, args.step).await?;
        eprintln!("{:.0} a second asked for, {:.0} answered well", step.asked_a_second, step.good_a_second);
        if step.good_a_second > best.good_a_second {
            (best, worse) = (step, 0);
        } else {
            worse += 1;
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate is small and positive"
    )]
    let rate = best.good_a_second as u32 * args.times;
    let overload = ask(&stage, &places, rate, args.seconds).await?;
    drop(neighbours);
    let kept = overload.good_a_second / best.good_a_second;
    let report = Report {
        servers: args.guilds,
        entries: args.entries,
        neighbours: args.neighbours,
        best,
        overload,
        kept,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show(&report);
    }
    Ok(())
}

/// Questions at this rate over all servers.
async fn ask(stage: &Stage, places: &[String], rate: u32, seconds: u32) -> Result<Figures> {
    let query = json!([{ "name": "query", "type": 3, "value": "where is the river" }]);
    series(stage, places, "ask_knowledge", &query, rate * seconds, rate).await
}

async fn series(
    stage: &Stage,
    places: &[String],
    command: &str,
    options: &Value,
    count: u32,
    rate: u32,
) -> Result<Figures> {
    let late = || async {
        let counters = stage.control.get("/counters").await?;
        counters["late_answers"].as_u64().context("the sandbox counts no late answers")
    };
    let late_before = late().await?;
    let body = json!({
        "user_id": stage.user, "channel_ids": places, "application_id": stage.application,
        "command": command, "options": options, "count": count, "rate": rate,
    });
    let answer = stage.control.post("/series", body).await?;
    let number = |name: &str| answer[name].as_u64().with_context(|| format!("the sandbox gave no `{name}`"));
    let missed = number("missed")?;
    if missed > 0 {
        bail!("the sandbox could not follow: it missed {missed} of its own events");
    }
    let micros = answer["answered_us"].as_array().context("the sandbox measured nothing")?;
    let mut millis: Vec<f64> =
        micros.iter().filter_map(Value::as_f64).map(|micros| micros / 1_000.0).collect();
    millis.sort_by(f64::total_cmp);
    let meanwhile =
        |at: usize| answer["meanwhile"][at].as_f64().context("the sandbox counted nothing meanwhile");
    let (refused, seconds) = (number("hidden")?, number("took_us")? as f64 / 1_000_000.0);
    let good = (millis.len() as u64).saturating_sub(refused);
    Ok(Figures {
        asked: count,
        asked_a_second: f64::from(count) / seconds,
        good,
        good_a_second: (meanwhile(0)? - meanwhile(1)?) / seconds,
        refused,
        unanswered: number("unanswered")?,
        late: late().await? - late_before,
        p50_ms: percentile(&millis, 0.5),
        p99_ms: percentile(&millis, 0.99),
    })
}

fn show(report: &Report) {
    let row = |name: &str, figures: &Figures| {
        let rates = [figures.asked_a_second, figures.good_a_second].map(|rate| format!("{rate:.0}"));
        let counts = [figures.refused, figures.unanswered, figures.late].map(|count| count.to_string());
        let times = [figures.p50_ms, figures.p99_ms].map(|millis| format!("{millis:.0}"));
        [vec![name.to_owned()], rates.to_vec(), counts.to_vec(), times.to_vec()].concat()
    };
    table::print(
        &["", "asked a second", "answered well", "refused", "unanswered", "late", "p50 ms", "p99 ms"],
        &[row("at its best", &report.best), row("overload", &report.overload)],
    );
    println!(
        "\n{} servers of {} entries, {} busy programs beside the bot: {:.1} % of the best are still answered well",
        report.servers,
        report.entries,
        report.neighbours,
        report.kept * 100.0
    );
}
