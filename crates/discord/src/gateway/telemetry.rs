//! Everything that the gateway counts and says. Labels are bounded: a shard, a class, a reason.

use std::time::Duration;

use guildhall_core::id::GuildId;
use metrics::{Counter, counter, describe_counter, describe_gauge, gauge};

use super::{
    classify::Class,
    session::{Gap, GapReason, StoreFailure},
    status::ShardState,
};

/// How connections end.
const ENDS: [&str; 11] = [
    "broken",
    "closed",
    "invalid_session",
    "malformed_hello",
    "no_identify",
    "reconnect",
    "refused",
    "session_lost",
    "silent",
    "stopped",
    "unreachable",
];

/// Counters of one shard without further labels, and what they mean.
const OF_A_SHARD: [(&str, &str); 11] = [
    ("guildhall_gateway_received_bytes_total", "Bytes of frames, unpacked"),
    ("guildhall_gateway_repeated_events_total", "Events that had come before in their session"),
    ("guildhall_gateway_skipped_sequences_total", "Sequences that never came"),
    ("guildhall_gateway_connects_total", "Connections that were begun"),
    ("guildhall_gateway_connect_failures_total", "Connections that did not come about"),
    ("guildhall_gateway_replayed_events_total", "Events that Discord sent after a resume"),
    ("guildhall_gateway_malformed_frames_total", "Frames that made no sense"),
    ("guildhall_gateway_misplaced_events_total", "Events of guilds that belong to other shards"),
    ("guildhall_gateway_reading_pauses_total", "Pauses because events were not taken fast enough"),
    ("guildhall_gateway_sink_panics_total", "Panics while an event was taken"),
    ("guildhall_gateway_store_failures_total", "Failures to keep the session"),
];

/// Says what every figure means.
pub(super) fn describe() {
    for (name, meaning) in OF_A_SHARD {
        describe_counter!(name, meaning);
    }
    describe_counter!("guildhall_gateway_events_total", "Dispatches by what became of them");
    describe_counter!("guildhall_gateway_disconnects_total", "Connections that ended, by reason");
    describe_counter!("guildhall_gateway_sessions_total", "Sessions that began or were resumed");
    describe_counter!("guildhall_gateway_gaps_total", "Sessions that were lost, by reason");
    describe_counter!("guildhall_gateway_identifies_total", "IDENTIFYs that were granted");
    describe_gauge!("guildhall_gateway_identifies_left", "IDENTIFYs left today");
    describe_gauge!("guildhall_gateway_up", "1 while the shard has its session, else 0");
    describe_gauge!(
        "guildhall_gateway_latency_seconds",
        "From the last heartbeat to its answer; 0 before the first"
    );
    let _ = counter!("guildhall_gateway_identifies_total");
}

/// Shows every figure of a shard before it first counts: an increase from nothing to one is none to
/// Prometheus.
pub(super) fn shard(shard: u32) {
    let _ = FrameCounters::new(shard);
    let shard = shard.to_string();
    for (name, _) in OF_A_SHARD {
        let _ = counter!(name, "shard" => shard.clone());
    }
    for reason in ENDS {
        let _ = counter!("guildhall_gateway_disconnects_total", "shard" => shard.clone(), "reason" => reason);
    }
    for start in ["identify", "resume"] {
        let _ = counter!("guildhall_gateway_sessions_total", "shard" => shard.clone(), "start" => start);
    }
    for reason in GapReason::ALL.map(GapReason::as_str) {
        let _ = counter!("guildhall_gateway_gaps_total", "shard" => shard.clone(), "reason" => reason);
    }
    let _ = gauge!("guildhall_gateway_up", "shard" => shard.clone());
    let _ = gauge!("guildhall_gateway_latency_seconds", "shard" => shard);
}

/// Counters that every frame touches, looked up once.
pub(super) struct FrameCounters {
    classes: [Counter; Class::ALL.len()],
    bytes: Counter,
    repeated: Counter,
    skipped: Counter,
}

impl FrameCounters {
    pub(super) fn new(shard: u32) -> Self {
        let shard = shard.to_string();
        Self {
            classes: Class::ALL.map(|class| {
                counter!("guildhall_gateway_events_total", "shard" => shard.clone(), "class" => class.as_str())
            }),
            bytes: counter!("guildhall_gateway_received_bytes_total", "shard" => shard.clone()),
            repeated: counter!("guildhall_gateway_repeated_events_total", "shard" => shard.clone()),
            skipped: counter!("guildhall_gateway_skipped_sequences_total", "shard" => shard),
        }
    }

    pub(super) fn event(&self, class: Class) {
        self.classes[class as usize].increment(1);
    }

    pub(super) fn bytes(&self, length: usize) {
        self.bytes.increment(length as u64);
    }

    /// An event whose sequence was seen before in this session.
    pub(super) fn repeated(&self) {
        self.repeated.increment(1);
    }

    /// Sequences that never came.
    pub(super) fn skipped(&self, count: u64) {
        self.skipped.increment(count);
    }
}

pub(super) fn state(shard: u32, state: ShardState) {
    tracing::debug!(shard, state = state.as_str(), "the shard changed its state");
    let up = if state == ShardState::Active { 1.0 } else { 0.0 };
    gauge!("guildhall_gateway_up", "shard" => shard.to_string()).set(up);
}

pub(super) fn connecting(shard: u32, resumes: bool) {
    tracing::debug!(shard, resumes, "connecting to the gateway");
    counter!("guildhall_gateway_connects_total", "shard" => shard.to_string()).increment(1);
}

pub(super) fn connect_failed(shard: u32, error: &dyn std::error::Error) {
    tracing::warn!(shard, %error, "the gateway could not be reached");
    counter!("guildhall_gateway_connect_failures_total", "shard" => shard.to_string()).increment(1);
}

pub(super) fn disconnected(shard: u32, code: Option<u16>, reason: &'static str, healthy: bool) {
    tracing::info!(shard, code, reason, healthy, "the gateway connection ended");
    debug_assert!(ENDS.contains(&reason), "{reason} is missing in ENDS");
    counter!("guildhall_gateway_disconnects_total", "shard" => shard.to_string(), "reason" => reason)
        .increment(1);
}

pub(super) fn ready(shard: u32, guilds: usize) {
    tracing::info!(shard, guilds, "a new gateway session began");
    counter!("guildhall_gateway_sessions_total", "shard" => shard.to_string(), "start" => "identify")
        .increment(1);
}

pub(super) fn resumed(shard: u32, replayed: u64) {
    tracing::info!(shard, replayed, "the gateway session was resumed");
    counter!("guildhall_gateway_sessions_total", "shard" => shard.to_string(), "start" => "resume")
        .increment(1);
    counter!("guildhall_gateway_replayed_events_total", "shard" => shard.to_string()).increment(replayed);
}

pub(super) fn gap(gap: &Gap) {
    tracing::warn!(
        shard = gap.shard,
        from_sequence = gap.from_sequence,
        since = gap.since.as_millis(),
        reason = gap.reason.as_str(),
        "a gateway session was lost; events after its cursor will not be replayed"
    );
    counter!("guildhall_gateway_gaps_total", "shard" => gap.shard.to_string(), "reason" => gap.reason.as_str())
        .increment(1);
}

pub(super) fn latency(shard: u32, latency: Duration) {
    gauge!("guildhall_gateway_latency_seconds", "shard" => shard.to_string()).set(latency.as_secs_f64());
}

pub(super) fn malformed(shard: u32, what: &'static str) {
    tracing::warn!(shard, what, "a gateway frame made no sense and was left out");
    counter!("guildhall_gateway_malformed_frames_total", "shard" => shard.to_string()).increment(1);
}

pub(super) fn misplaced(shard: u32, total: u32, guild: Option<GuildId>, heal: bool) {
    if heal {
        let guild = guild.map(GuildId::get);
        tracing::warn!(
            shard,
            total,
            guild,
            "a guild came that belongs to another shard; a new session begins"
        );
    }
    counter!("guildhall_gateway_misplaced_events_total", "shard" => shard.to_string()).increment(1);
}

pub(super) fn queue_full(shard: u32, say: bool) {
    if say {
        tracing::warn!(shard, "the events of this shard are not taken fast enough; reading pauses");
    }
    counter!("guildhall_gateway_reading_pauses_total", "shard" => shard.to_string()).increment(1);
}

pub(super) fn sink_panicked(shard: u32) {
    tracing::error!(shard, "taking an event panicked; it will be replayed after a restart");
    counter!("guildhall_gateway_sink_panics_total", "shard" => shard.to_string()).increment(1);
}

pub(super) fn store_failed(shard: u32, what: &'static str, error: &StoreFailure) {
    tracing::error!(shard, what, %error, "the gateway's state could not be kept; trying again");
    counter!("guildhall_gateway_store_failures_total", "shard" => shard.to_string()).increment(1);
}

pub(super) fn identify_granted(left: u32) {
    counter!("guildhall_gateway_identifies_total").increment(1);
    identifies_left(left);
}

pub(super) fn identifies_left(left: u32) {
    gauge!("guildhall_gateway_identifies_left").set(f64::from(left));
}
