//! The metrics and log lines of the bus, all in one place.

use std::{fmt::Display, time::Duration};

use guildhall_core::event::Envelope;

const PUBLISHED: &str = "guildhall_bus_published_total";
const ABANDONED: &str = "guildhall_bus_abandoned_total";
const DEPTH: &str = "guildhall_bus_queued";
const WAIT: &str = "guildhall_bus_wait_seconds";
const CONNECTED: &str = "guildhall_bus_connected";
const UNFINISHED: &str = "guildhall_bus_unfinished";
const DONE: &str = "guildhall_bus_done_seconds";
const REPUBLISHED: &str = "guildhall_bus_republished_total";
const REFUSED: &str = "guildhall_bus_refused_total";
const REPEATED: &str = "guildhall_bus_repeated_total";
const UNREADABLE: &str = "guildhall_bus_unreadable_total";
const PARTITIONS: &str = "guildhall_bus_partitions";

/// A lane of the bus.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lane {
    /// Interactions, which have a deadline.
    Direct,
    /// Everything else.
    Effects,
}

impl Lane {
    pub(crate) const ALL: [Self; 2] = [Self::Direct, Self::Effects];

    /// The lane of an event.
    pub(crate) const fn of<P>(envelope: &Envelope<P>) -> Self {
        if envelope.interaction.is_some() { Self::Direct } else { Self::Effects }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Effects => "effects",
        }
    }
}

/// Tells the recorder what the metrics mean, and shows each of them before it first counts: an increase
/// from nothing to one is none to Prometheus.
pub(crate) fn describe() {
    metrics::describe_counter!(PUBLISHED, "Events handed to the bus.");
    metrics::describe_counter!(ABANDONED, "Events that a worker gave up without finishing them.");
    metrics::describe_gauge!(DEPTH, "Events in the queue.");
    metrics::describe_histogram!(WAIT, metrics::Unit::Seconds, "Time that events spent in the queue.");
    metrics::describe_gauge!(CONNECTED, "Whether NATS can be used.");
    metrics::describe_gauge!(UNFINISHED, "Events published over NATS that no worker has finished yet.");
    metrics::describe_histogram!(
        DONE,
        metrics::Unit::Seconds,
        "Time from publishing an event over NATS until it is known to be finished."
    );
    metrics::describe_counter!(REPUBLISHED, "Events published over NATS again.");
    metrics::describe_counter!(REFUSED, "Interactions that no worker took over NATS in time.");
    metrics::describe_counter!(REPEATED, "Events that came over NATS twice and were left out.");
    metrics::describe_counter!(UNREADABLE, "Messages on NATS that could not be read.");
    metrics::describe_gauge!(PARTITIONS, "Partitions that this process takes from NATS.");
    for lane in Lane::ALL {
        let _ = metrics::counter!(PUBLISHED, "lane" => lane.name());
        let _ = metrics::gauge!(DEPTH, "lane" => lane.name());
        let _ = metrics::histogram!(WAIT, "lane" => lane.name());
        let _ = metrics::gauge!(UNFINISHED, "lane" => lane.name());
        let _ = metrics::histogram!(DONE, "lane" => lane.name());
        let _ = metrics::counter!(REPUBLISHED, "lane" => lane.name());
        let _ = metrics::counter!(REPEATED, "lane" => lane.name());
    }
    for name in [ABANDONED, REFUSED, UNREADABLE] {
        let _ = metrics::counter!(name);
    }
    for name in [CONNECTED, PARTITIONS] {
        let _ = metrics::gauge!(name);
    }
}

pub(crate) fn published(lane: Lane) {
    metrics::counter!(PUBLISHED, "lane" => lane.name()).increment(1);
}

pub(crate) fn abandoned() {
    metrics::counter!(ABANDONED).increment(1);
}

pub(crate) fn depth(lane: Lane, events: usize) {
    metrics::gauge!(DEPTH, "lane" => lane.name()).set(events as f64);
}

pub(crate) fn delivered(lane: Lane, waited: Duration) {
    metrics::histogram!(WAIT, "lane" => lane.name()).record(waited);
}

pub(crate) fn connected() {
    tracing::info!("NATS is connected and its stream is ready");
    metrics::gauge!(CONNECTED).set(1.0);
}

pub(crate) fn unreachable(error: &dyn Display) {
    tracing::warn!("NATS cannot be used: {error}\nhint: the bot goes on by itself when it can");
    metrics::gauge!(CONNECTED).set(0.0);
}

pub(crate) fn stream_not_changed(error: &dyn Display) {
    tracing::warn!("the stream on NATS stays as it was set up before: {error}");
}

pub(crate) fn stream_is_new() {
    tracing::info!("the stream on NATS is a new one; what is unfinished is published again");
}

pub(crate) fn unfinished(lane: Lane, events: usize) {
    metrics::gauge!(UNFINISHED, "lane" => lane.name()).set(events as f64);
}

pub(crate) fn done(lane: Lane, after: Duration) {
    metrics::histogram!(DONE, "lane" => lane.name()).record(after);
}

pub(crate) fn republished(lane: Lane) {
    metrics::counter!(REPUBLISHED, "lane" => lane.name()).increment(1);
}

pub(crate) fn refused(reason: &str) {
    tracing::debug!("no worker took an interaction: {reason}");
    metrics::counter!(REFUSED).increment(1);
}

pub(crate) fn not_stored(error: &dyn Display) {
    tracing::debug!("NATS did not store an event, which is sent again: {error}");
}

pub(crate) fn repeated(lane: Lane) {
    metrics::counter!(REPEATED, "lane" => lane.name()).increment(1);
}

pub(crate) fn unreadable(error: &dyn Display) {
    tracing::error!("a message on NATS cannot be read: {error}");
    metrics::counter!(UNREADABLE).increment(1);
}

pub(crate) fn partitions(owned: usize) {
    metrics::gauge!(PARTITIONS).set(owned as f64);
}

pub(crate) fn partition_not_taken(partition: u32, error: &dyn Display) {
    tracing::debug!("partition {partition} cannot be read, which is tried again: {error}");
}
