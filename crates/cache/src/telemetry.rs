//! The metrics and log lines of the cache, all in one place.

use std::fmt::Display;

const LOOKUPS: &str = "guildhall_cache_lookups_total";
const AVAILABLE: &str = "guildhall_cache_available";
const WEIGHT: &str = "guildhall_cache_bytes";
const CHANGES: &str = "guildhall_cache_changes_total";
const BUDGET: &str = "guildhall_cache_budget_total";

/// Where a value was looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tier {
    Process,
    Shared,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Hit,
    Miss,
    Error,
}

impl Tier {
    pub(crate) const ALL: [Self; 2] = [Self::Process, Self::Shared];

    const fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Shared => "shared",
        }
    }
}

impl Outcome {
    pub(crate) const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::Error];

    const fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Error => "error",
        }
    }
}

/// Tells the recorder what the metrics mean, and shows each of them before it first counts.
pub(crate) fn describe(categories: impl Iterator<Item = &'static str>) {
    metrics::describe_counter!(LOOKUPS, "Values looked for in the cache.");
    metrics::describe_gauge!(AVAILABLE, "Whether Redis can be used.");
    metrics::describe_gauge!(WEIGHT, "Bytes of keys and values that this process caches.");
    metrics::describe_counter!(CHANGES, "Values and patterns that were invalidated.");
    metrics::describe_counter!(BUDGET, "Calls that asked for a part of a shared rate.");
    for category in categories {
        for tier in Tier::ALL {
            for outcome in Outcome::ALL {
                let _ = metrics::counter!(LOOKUPS, "category" => category, "tier" => tier.name(), "outcome" => outcome.name());
            }
        }
        let _ = metrics::gauge!(WEIGHT, "category" => category);
    }
    for origin in ["here", "elsewhere"] {
        let _ = metrics::counter!(CHANGES, "origin" => origin);
    }
    for outcome in ["granted", "wait", "unavailable"] {
        let _ = metrics::counter!(BUDGET, "outcome" => outcome);
    }
    let _ = metrics::gauge!(AVAILABLE);
}

pub(crate) fn lookup(category: &'static str, tier: Tier, outcome: Outcome) {
    metrics::counter!(LOOKUPS, "category" => category, "tier" => tier.name(), "outcome" => outcome.name())
        .increment(1);
}

pub(crate) fn weight(category: &'static str, bytes: u64) {
    metrics::gauge!(WEIGHT, "category" => category).set(bytes as f64);
}

pub(crate) fn changed(here: bool) {
    metrics::counter!(CHANGES, "origin" => if here { "here" } else { "elsewhere" }).increment(1);
}

pub(crate) fn budget(outcome: &'static str) {
    metrics::counter!(BUDGET, "outcome" => outcome).increment(1);
}

pub(crate) fn available() {
    tracing::info!("Redis is connected");
    metrics::gauge!(AVAILABLE).set(1.0);
}

pub(crate) fn unavailable(error: &dyn Display) {
    tracing::warn!(
        "Redis cannot be used: {error}\nhint: the bot goes on without, and uses it again when it can"
    );
    metrics::gauge!(AVAILABLE).set(0.0);
}

pub(crate) fn not_a_change(error: &dyn Display) {
    tracing::warn!(
        "a message about the cache makes no sense, so this process forgets all it has cached: {error}"
    );
}
