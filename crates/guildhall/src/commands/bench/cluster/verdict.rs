//! Compares what was sent with what is there afterwards.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::load::Sent;
use crate::{
    cli::{ClusterArgs, ClusterTrial},
    commands::bench::{
        control::Control,
        crash::verdict::{Effects, Found},
        storage::Storage,
        table::{self, percentile},
    },
};

/// What came of all rounds.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    trial: &'static str,
    rounds: u32,
    processes: u32,
    workers: u32,
    shards: u32,
    seconds: u64,
    messages_a_second: f64,
    messages: Effects,
    entries: Effects,
    welcomes: Effects,
    unanswered_commands: u64,
    answer_p50_ms: f64,
    answer_p99_ms: f64,
    answer_p999_ms: f64,
    answer_longest_ms: f64,
    /// From a blow until every shard was in a session again.
    away_p50_s: f64,
    away_p99_s: f64,
    away_longest_s: f64,
    identifies: u64,
    resumed: u64,
    gaps: u64,
    rest_requests: u64,
    rest_429: u64,
}

impl Verdict {
    pub(super) async fn reach(
        args: &ClusterArgs,
        sent: &Sent,
        absences: Vec<Duration>,
        storage: &Storage,
        control: &Control,
        took: Duration,
    ) -> Result<Self> {
        let counters: Value = control.get("/counters").await?;
        let count = |name: &str| counters[name].as_u64().unwrap_or(0);
        let found = Found::read(storage, std::path::Path::new("")).await?;
        let (answers, absences) = (seconds(&sent.answers), seconds(&absences));
        Ok(Self {
            trial: args.trial.name(),
            rounds: args.rounds,
            processes: args.processes,
            workers: args.workers,
            shards: args.shards,
            seconds: took.as_secs(),
            messages_a_second: sent.rate.round(),
            messages: found.counted(&sent.messages),
            entries: found.kept(sent.learned.iter().map(|(content, stored)| (content.as_str(), *stored))),
            welcomes: sent.welcomes,
            unanswered_commands: sent.unanswered,
            answer_p50_ms: percentile(&answers, 0.5) * 1_000.0,
            answer_p99_ms: percentile(&answers, 0.99) * 1_000.0,
            answer_p999_ms: percentile(&answers, 0.999) * 1_000.0,
            answer_longest_ms: percentile(&answers, 1.0) * 1_000.0,
            away_p50_s: percentile(&absences, 0.5),
            away_p99_s: percentile(&absences, 0.99),
            away_longest_s: percentile(&absences, 1.0),
            identifies: count("identifies"),
            resumed: count("resumed"),
            gaps: found.gaps(),
            rest_requests: count("rest_requests"),
            rest_429: count("rest_429"),
        })
    }

    /// Whether every effect happened exactly once, and only the first connections were identifies. A deploy also
    /// leaves no command unanswered.
    pub(super) fn clean(&self, args: &ClusterArgs) -> bool {
        self.messages.clean()
            && self.entries.clean()
            && self.welcomes.clean()
            && self.gaps == 0
            && self.identifies == super::identifies(args)
            && (args.trial != ClusterTrial::Deploy || self.unanswered_commands == 0)
    }

    pub(super) fn print(&self) {
        table::print(
            &Effects::TITLES,
            &[
                self.messages.row("messages counted"),
                self.entries.row("entries stored"),
                self.welcomes.row("servers welcomed"),
            ],
        );
        println!(
            "\n{} processes, {} workers, {} shards, {} messages a second; trial `{}`, {} rounds in {} s",
            self.processes,
            self.workers,
            self.shards,
            self.messages_a_second,
            self.trial,
            self.rounds,
            self.seconds
        );
        // Where nothing happened, nothing was away.
        if self.away_longest_s.is_finite() {
            println!(
                "until every shard was in a session again: p50 {:.2} s, p99 {:.2} s, longest {:.2} s",
                self.away_p50_s, self.away_p99_s, self.away_longest_s
            );
        }
        println!(
            "answers: p50 {:.0} ms, p99 {:.0} ms, p99.9 {:.0} ms, longest {:.0} ms; {} commands unanswered",
            self.answer_p50_ms,
            self.answer_p99_ms,
            self.answer_p999_ms,
            self.answer_longest_ms,
            self.unanswered_commands
        );
        println!(
            "{} identifies, {} resumed, {} gaps; {} requests, {} answered 429",
            self.identifies, self.resumed, self.gaps, self.rest_requests, self.rest_429
        );
    }
}

fn seconds(times: &[Duration]) -> Vec<f64> {
    let mut seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}
