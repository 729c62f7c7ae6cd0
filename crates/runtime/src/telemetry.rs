//! Everything that the runtime counts and says: one struct for each thing that happens, whose `emit`
//! writes the log line and the counter together. Labels are bounded: never a guild, never a user.

use std::{error::Error, time::Duration};

use guildhall_core::{event::EventKind, id::GuildId, reference::RefId};
use guildhall_discord::gateway::{GapReason, classify::CACHE};
use guildhall_framework::Unreadable;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::cluster::{Advice, Load};

/// What a person does to be answered.
const KINDS: [&str; 5] = ["command", "component", "modal", "autocomplete", "text"];
/// What comes of it.
const ANSWERS: [&str; 5] = ["answered", "refused", "failed", "replayed", "lost"];
/// Where something may fail.
const PLACES: [&str; 7] = ["command", "component", "modal", "autocomplete", "text", "event", "job"];
/// What comes of an event.
const EVENTS: [&str; 3] = ["done", "retried", "dead"];
/// What comes of a row of the outbox.
const OUTBOX: [&str; 5] = ["sent", "later", "failed", "expired", "unknown"];
/// What comes of a run of a job.
const JOBS: [&str; 10] = [
    "ok",
    "again",
    "failed",
    "panicked",
    "crashed",
    "interrupted",
    "put_off",
    "fenced",
    "dead",
    "quarantined",
];
/// What comes of a schedule that is due.
const SCHEDULES: [&str; 2] = ["fired", "skipped"];
/// What stored jobs are at.
const STORED: [&str; 4] = ["waiting", "running", "dead", "quarantined"];

/// Says what every metric means and shows it before it first counts: an increase from nothing to one is
/// none to Prometheus.
pub fn describe() {
    describe_counter!("guildhall_runtime_interactions_total", "Interactions by kind and outcome");
    describe_counter!(
        "guildhall_runtime_failures_total",
        "Internal failures by place, each with a reference id"
    );
    describe_counter!(
        "guildhall_runtime_expired_total",
        "Interactions that were dropped unrun, past their deadline"
    );
    describe_counter!(
        "guildhall_runtime_refused_busy_total",
        "Interactions refused because their guild floods"
    );
    describe_counter!(
        "guildhall_runtime_refused_unavailable_total",
        "Interactions refused because no worker can be reached"
    );
    describe_counter!(
        "guildhall_runtime_text_unrun_total",
        "Text commands that were not run and not answered, by reason"
    );
    describe_counter!("guildhall_runtime_deferred_total", "Interactions that were deferred");
    describe_counter!("guildhall_runtime_replayed_total", "Events that had their effect before");
    describe_counter!("guildhall_runtime_events_total", "Events by outcome");
    describe_counter!("guildhall_runtime_outbox_total", "Rows of the outbox by outcome");
    describe_counter!("guildhall_runtime_jobs_total", "Runs of jobs by outcome");
    describe_histogram!("guildhall_runtime_job_seconds", "How long runs of jobs take");
    describe_gauge!("guildhall_runtime_jobs_stored", "Jobs in the database, by state");
    describe_gauge!("guildhall_runtime_job_oldest_seconds", "How long the oldest job could have run");
    describe_counter!("guildhall_runtime_schedules_total", "Schedules that were due, by outcome");
    describe_counter!("guildhall_runtime_unreadable_total", "Payloads that could not be read");
    describe_counter!("guildhall_runtime_gaps_total", "Spans of events that Discord did not replay");
    describe_counter!("guildhall_runtime_pruned_rows_total", "Rows removed because they were old, by table");
    describe_gauge!(
        "guildhall_runtime_outbox_given_up",
        "Rows of the outbox that failed for good and are kept"
    );
    describe_histogram!("guildhall_runtime_answer_seconds", "From an interaction's receipt to its answer");
    describe_histogram!("guildhall_runtime_batch_events", "Events in one transaction");
    describe_gauge!("guildhall_runtime_waiting", "Work that waits, by lane");
    describe_gauge!("guildhall_cluster_processes", "Processes of the bot that live");
    describe_gauge!("guildhall_cluster_advised_shards", "Shards that the measured load asks for");
    describe_gauge!("guildhall_cluster_advised_processes", "Processes that the measured load asks for");
    describe_gauge!("guildhall_cluster_cpu_cores", "Processors that this process uses");
    describe_gauge!("guildhall_cluster_events_per_second", "Events that come over this process's shards");
    describe_gauge!("guildhall_cluster_queue_age_seconds", "How long events wait for their turn");
    describe_counter!("guildhall_cluster_reshards_total", "Changes of the number of shards");
    describe_counter!("guildhall_cluster_shards_taken_total", "Shards that this process took");
    describe_counter!("guildhall_cluster_shards_handed_over_total", "Shards that this process handed over");
    describe_gauge!("guildhall_runtime_maintenance", "1 while members' commands are answered with a notice");
    describe_gauge!("guildhall_runtime_running", "Interactions that run");
    describe_gauge!("guildhall_runtime_outbox_waiting", "Rows of the outbox that wait in this process");
    describe_gauge!("guildhall_cluster_rest_wanted", "Requests a second that this process asks for");
    describe_gauge!("guildhall_runtime_guilds", "Guilds the bot is in");
    touch();
}

fn touch() {
    for kind in KINDS {
        for outcome in ANSWERS {
            let _ = counter!("guildhall_runtime_interactions_total", "kind" => kind, "outcome" => outcome);
        }
        let _ = histogram!("guildhall_runtime_answer_seconds", "kind" => kind);
    }
    for place in PLACES {
        let _ = counter!("guildhall_runtime_failures_total", "place" => place);
    }
    for reason in Unrun::ALL.map(Unrun::as_str) {
        let _ = counter!("guildhall_runtime_text_unrun_total", "reason" => reason);
    }
    for outcome in EVENTS {
        let _ = counter!("guildhall_runtime_events_total", "outcome" => outcome);
    }
    for outcome in OUTBOX {
        let _ = counter!("guildhall_runtime_outbox_total", "outcome" => outcome);
    }
    let cached = EventKind::ALL.iter().filter(|kind| CACHE.contains(**kind)).map(|kind| kind.name());
    for what in cached.chain(["interaction", "known guild", "text command"]) {
        let _ = counter!("guildhall_runtime_unreadable_total", "what" => what);
    }
    for reason in GapReason::ALL.map(GapReason::as_str) {
        let _ = counter!("guildhall_runtime_gaps_total", "reason" => reason);
    }
    for name in [
        "guildhall_runtime_expired_total",
        "guildhall_runtime_refused_busy_total",
        "guildhall_runtime_refused_unavailable_total",
        "guildhall_runtime_deferred_total",
        "guildhall_runtime_replayed_total",
        "guildhall_cluster_reshards_total",
        "guildhall_cluster_shards_taken_total",
        "guildhall_cluster_shards_handed_over_total",
    ] {
        let _ = counter!(name);
    }
    for state in STORED {
        jobs_stored(state, 0);
    }
    oldest_job(Duration::ZERO);
    members(1);
    wanted(0);
    maintenance(false);
    load(&Load::default(), Duration::ZERO);
    advised(&Advice { shards: 1, processes: 1, reasons: Vec::new() });
    let _ = gauge!("guildhall_runtime_outbox_given_up");
    let _ = histogram!("guildhall_runtime_batch_events");
    depths(0, 0, 0, 0, 0);
}

/// Shows the figures of a job before it first runs.
pub fn job_known(name: &'static str) {
    for outcome in JOBS {
        let _ = counter!("guildhall_runtime_jobs_total", "job" => name, "outcome" => outcome);
    }
    let _ = histogram!("guildhall_runtime_job_seconds", "job" => name);
}

/// Shows the figures of a schedule before it is first due.
pub fn schedule_known(name: &'static str) {
    for outcome in SCHEDULES {
        let _ = counter!("guildhall_runtime_schedules_total", "schedule" => name, "outcome" => outcome);
    }
}

/// Something failed that should not: the one line that a reference id finds.
pub struct InternalFailure<'a> {
    /// What the user was told.
    pub reference: RefId,
    /// `command`, `component`, `modal`, `autocomplete`, `text`, `event` or `job`.
    pub place: &'static str,
    /// The command, component or job.
    pub name: &'a str,
    /// Where it happened.
    pub guild: Option<GuildId>,
    /// The whole chain of causes.
    pub cause: &'a str,
}

impl InternalFailure<'_> {
    /// Says it.
    pub fn emit(self) {
        debug_assert!(PLACES.contains(&self.place), "{} is missing in PLACES", self.place);
        counter!("guildhall_runtime_failures_total", "place" => self.place).increment(1);
        tracing::error!(
            "ref" = %self.reference,
            place = self.place,
            name = self.name,
            guild = self.guild.map(GuildId::get),
            cause = self.cause,
            "a handler failed"
        );
    }
}

/// An interaction was answered, or will not be.
pub struct InteractionDone {
    /// `command`, `component`, `modal`, `autocomplete` or `text`.
    pub kind: &'static str,
    /// `answered`, `refused`, `failed`, `replayed` or `lost`.
    pub outcome: &'static str,
    /// Since it was received.
    pub took: Duration,
}

impl InteractionDone {
    /// Says it.
    pub fn emit(self) {
        debug_assert!(KINDS.contains(&self.kind), "{} is missing in KINDS", self.kind);
        debug_assert!(ANSWERS.contains(&self.outcome), "{} is missing in ANSWERS", self.outcome);
        counter!("guildhall_runtime_interactions_total", "kind" => self.kind, "outcome" => self.outcome)
            .increment(1);
        histogram!("guildhall_runtime_answer_seconds", "kind" => self.kind).record(self.took);
    }
}

/// An interaction was dropped unrun.
pub fn expired() {
    counter!("guildhall_runtime_expired_total").increment(1);
    tracing::debug!("an interaction waited past its deadline and was dropped");
}

/// Why a text command was not run. Nothing is said about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unrun {
    /// It was written too long ago.
    Late,
    /// Too many of its guild wait.
    Busy,
    /// The bot may not speak there, or nothing is known of the channel.
    Nowhere,
    /// The guild has changed its prefix meanwhile.
    Changed,
}

impl Unrun {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Late, Self::Busy, Self::Nowhere, Self::Changed];

    /// The reason as a word for labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Busy => "busy",
            Self::Nowhere => "nowhere",
            Self::Changed => "changed",
        }
    }

    /// Says it.
    pub fn emit(self) {
        counter!("guildhall_runtime_text_unrun_total", "reason" => self.as_str()).increment(1);
        tracing::debug!(reason = self.as_str(), "a text command was not run");
    }
}

/// A text command could not be run just now, and is tried again.
pub fn text_put_off(error: &dyn Error) {
    tracing::warn!(
        error = guildhall_core::error::chain(error),
        "a text command could not be run and is tried again"
    );
}

/// An interaction was refused because too many of its guild wait.
pub fn refused_busy() {
    counter!("guildhall_runtime_refused_busy_total").increment(1);
}

/// An interaction was refused because no worker can be reached.
pub fn refused_unavailable() {
    counter!("guildhall_runtime_refused_unavailable_total").increment(1);
}

/// An interaction was deferred.
pub fn deferred() {
    counter!("guildhall_runtime_deferred_total").increment(1);
}

/// An event had its effect before.
pub fn replayed() {
    counter!("guildhall_runtime_replayed_total").increment(1);
}

/// A payload could not be read.
pub fn unreadable(what: &'static str, error: &serde_json::Error) {
    counter!("guildhall_runtime_unreadable_total", "what" => what).increment(1);
    tracing::warn!(what, error = %Unreadable::from(error), "a payload from Discord could not be read");
}

/// An answer to an interaction did not reach Discord.
pub fn answer_lost(error: &dyn Error) {
    tracing::warn!(
        error = guildhall_core::error::chain(error),
        "an answer to an interaction could not be sent"
    );
}

/// Events had an outcome: `done`, `retried` or `dead`.
pub fn events(outcome: &'static str, count: usize) {
    debug_assert!(EVENTS.contains(&outcome), "{outcome} is missing in EVENTS");
    if count > 0 {
        counter!("guildhall_runtime_events_total", "outcome" => outcome).increment(count as u64);
    }
}

/// A batch of events was committed.
pub fn batch(events: usize) {
    histogram!("guildhall_runtime_batch_events").record(events as f64);
}

/// A batch could not be committed and is tried again.
pub fn batch_failed(error: &dyn Error) {
    tracing::error!(
        error = guildhall_core::error::chain(error),
        "events could not be committed and are tried again"
    );
}

/// A row of the outbox had an outcome: `sent`, `later`, `failed`, `expired` or `unknown`.
pub fn outbox(outcome: &'static str) {
    debug_assert!(OUTBOX.contains(&outcome), "{outcome} is missing in OUTBOX");
    counter!("guildhall_runtime_outbox_total", "outcome" => outcome).increment(1);
}

/// A row of the outbox is given up.
pub fn outbox_given_up(kind: &str, outcome: &'static str, reason: &str) {
    outbox(outcome);
    tracing::warn!(kind, outcome, reason, "something in the outbox will not be sent");
}

/// A background write failed and is tried again.
pub fn background_write_failed(what: &'static str, error: &dyn Error) {
    tracing::error!(
        what,
        error = guildhall_core::error::chain(error),
        "a background write failed and is tried again"
    );
}

/// A job ran, or came to another end: one of the words in `JOBS`.
pub fn job(name: &'static str, outcome: &'static str) {
    debug_assert!(JOBS.contains(&outcome), "{outcome} is missing in JOBS");
    counter!("guildhall_runtime_jobs_total", "job" => name, "outcome" => outcome).increment(1);
}

/// A run of a job came to its own end after this time.
pub fn job_took(name: &'static str, took: Duration) {
    histogram!("guildhall_runtime_job_seconds", "job" => name).record(took);
}

/// A job had become another's when its run ended: nothing of it was kept.
pub fn job_fenced(name: &'static str, id: &str) {
    job(name, "fenced");
    tracing::warn!(job = id, kind = name, "a job was taken over by another run; this one had no effect");
}

/// A job is given up: `dead` or `quarantined`.
pub fn job_given_up(name: &'static str, outcome: &'static str, id: &str) {
    job(name, outcome);
    tracing::error!(
        job = id,
        kind = name,
        outcome,
        "a job is given up; `guildhall jobs replay` lets it run again"
    );
}

/// A schedule was due: `fired` or `skipped`.
pub fn schedule(name: &'static str, outcome: &'static str) {
    debug_assert!(SCHEDULES.contains(&outcome), "{outcome} is missing in SCHEDULES");
    counter!("guildhall_runtime_schedules_total", "schedule" => name, "outcome" => outcome).increment(1);
}

/// So many jobs are in this state.
pub fn jobs_stored(state: &'static str, jobs: u64) {
    debug_assert!(STORED.contains(&state), "{state} is missing in STORED");
    gauge!("guildhall_runtime_jobs_stored", "state" => state).set(jobs as f64);
}

/// The oldest job could have run for so long.
pub fn oldest_job(age: Duration) {
    gauge!("guildhall_runtime_job_oldest_seconds").set(age.as_secs_f64());
}

/// Old rows were removed; none, to show the table before the first.
pub fn pruned(table: &'static str, rows: u64) {
    counter!("guildhall_runtime_pruned_rows_total", "table" => table).increment(rows);
}

/// So many rows of the outbox failed for good and are still kept.
pub fn given_up(rows: u64) {
    gauge!("guildhall_runtime_outbox_given_up").set(rows as f64);
}

/// A span of events was lost.
pub fn gap(shard: u32, reason: &'static str) {
    counter!("guildhall_runtime_gaps_total", "reason" => reason).increment(1);
    tracing::warn!(
        shard,
        reason,
        "events were lost that Discord will not replay; the guild list is reconciled"
    );
}

/// The guild list of a shard was compared with Discord's.
pub fn reconciled(shard: u32, present: usize, left: usize, gaps: usize) {
    tracing::info!(shard, present, left, gaps, "the guild list is reconciled");
}

/// Commands were compared with what Discord has.
pub fn registered(commands: usize, changed: bool, place: &'static str) {
    tracing::info!(commands, changed, place, "the commands are registered");
}

/// The state of the queues.
pub fn depths(interactions: usize, running: usize, events: usize, outbox: usize, guilds: usize) {
    gauge!("guildhall_runtime_waiting", "lane" => "interactions").set(interactions as f64);
    gauge!("guildhall_runtime_waiting", "lane" => "events").set(events as f64);
    gauge!("guildhall_runtime_running").set(running as f64);
    gauge!("guildhall_runtime_outbox_waiting").set(outbox as f64);
    gauge!("guildhall_runtime_guilds").set(guilds as f64);
}

/// Something could not be read behind; it is tried again.
pub fn background_read_failed(what: &'static str, error: &dyn Error) {
    tracing::warn!(what, error = guildhall_core::error::chain(error), "changes could not be looked for");
}

/// How many processes of the bot live.
pub fn members(count: usize) {
    gauge!("guildhall_cluster_processes").set(count as f64);
}

/// Requests a second that this process asks for.
pub fn wanted(per_second: u32) {
    gauge!("guildhall_cluster_rest_wanted").set(f64::from(per_second));
}

/// Whether members' commands are answered with a notice.
pub fn maintenance(on: bool) {
    gauge!("guildhall_runtime_maintenance").set(if on { 1.0 } else { 0.0 });
}

/// What this process has to do. The age is the latest, so that an alert sees it at once.
pub fn load(load: &Load, age: Duration) {
    gauge!("guildhall_cluster_cpu_cores").set(load.cpu);
    gauge!("guildhall_cluster_events_per_second").set(load.events_per_second);
    gauge!("guildhall_cluster_queue_age_seconds").set(age.as_secs_f64());
}

/// What the load of all processes asks for.
pub fn advised(advice: &Advice) {
    gauge!("guildhall_cluster_advised_shards").set(advice.shards);
    gauge!("guildhall_cluster_advised_processes").set(advice.processes);
}

/// Shards were taken.
pub fn shards_taken(count: usize) {
    counter!("guildhall_cluster_shards_taken_total").increment(count as u64);
}

/// A shard was handed over.
pub fn shard_handed_over() {
    counter!("guildhall_cluster_shards_handed_over_total").increment(1);
}

/// Shards could not be taken or handed over; it is tried again at the next beat.
pub fn step_failed(error: &dyn Error) {
    tracing::warn!(error = guildhall_core::error::chain(error), "shards could not be taken or handed over");
}

/// The bot runs another number of shards now.
pub fn resharded(from: u32, to: u32) {
    counter!("guildhall_cluster_reshards_total").increment(1);
    tracing::info!(from, to, "the number of shards is changed");
}
