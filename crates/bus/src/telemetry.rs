//! The metrics of the bus, all in one place.

use std::time::Duration;

const PUBLISHED: &str = "guildhall_bus_published_total";
const ABANDONED: &str = "guildhall_bus_abandoned_total";
const DEPTH: &str = "guildhall_bus_queued";
const WAIT: &str = "guildhall_bus_wait_seconds";

/// A lane of the bus.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane {
    /// Interactions, which have a deadline.
    Direct,
    /// Everything else.
    Effects,
}

impl Lane {
    const ALL: [Self; 2] = [Self::Direct, Self::Effects];

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
    for lane in Lane::ALL {
        let _ = metrics::counter!(PUBLISHED, "lane" => lane.name());
        let _ = metrics::gauge!(DEPTH, "lane" => lane.name());
        let _ = metrics::histogram!(WAIT, "lane" => lane.name());
    }
    let _ = metrics::counter!(ABANDONED);
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
