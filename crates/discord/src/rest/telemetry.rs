//! What the sender counts, under the names `guildhall_rest_*`. Labels have few values, never an id.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use super::{
    call::Priority,
    stats::{BreakerState, RestStats},
    verdict::Scope,
};

/// The methods that calls have.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// What may come of a request.
const STATUSES: [&str; 6] = ["2xx", "3xx", "4xx", "429", "5xx", "lost"];
/// Why requests are sent again.
const RETRIES: [&str; 3] = ["lost", "unwell", "rate_limited"];

/// Describes every figure and shows it before it first counts: an increase from nothing to one is none to
/// Prometheus.
pub(super) fn describe() {
    describe_counter!("guildhall_rest_requests_total", "Requests sent to Discord");
    describe_histogram!("guildhall_rest_request_seconds", "Time from sending a request to its answer");
    describe_histogram!("guildhall_rest_wait_seconds", "Time a call waited before it was sent");
    describe_counter!("guildhall_rest_rate_limited_total", "Answers 429 from Discord");
    describe_counter!("guildhall_rest_retries_total", "Requests sent again");
    describe_counter!("guildhall_rest_expired_total", "Calls dropped because their deadline passed");
    describe_counter!("guildhall_rest_coalesced_total", "Edits that a newer one replaced");
    describe_gauge!("guildhall_rest_pending", "Calls that wait");
    describe_gauge!("guildhall_rest_in_flight", "Requests on the wire");
    describe_gauge!("guildhall_rest_buckets", "Rate limit buckets that are known");
    describe_gauge!("guildhall_rest_invalid_requests", "Refused requests in the last ten minutes");
    describe_gauge!("guildhall_rest_invalid_requests_elsewhere", "The same of the other processes");
    describe_gauge!("guildhall_rest_part_per_second", "Requests a second that this process may send");
    describe_gauge!("guildhall_rest_pooled", "1 while requests go by a rate that all processes share");
    describe_counter!("guildhall_rest_contended_total", "Buckets that others turned out to use, too");
    describe_gauge!("guildhall_rest_breaker", "0 closed, 1 slow, 2 open, 3 token refused");
    describe_gauge!(
        "guildhall_rest_background_delay_seconds",
        "The pause that operators want between requests of background work"
    );
    for method in METHODS {
        for status in STATUSES {
            let _ = counter!("guildhall_rest_requests_total", "method" => method, "status" => status);
        }
        let _ = histogram!("guildhall_rest_request_seconds", "method" => method);
    }
    for priority in Priority::ALL.map(Priority::name) {
        let _ = histogram!("guildhall_rest_wait_seconds", "priority" => priority);
        let _ = counter!("guildhall_rest_expired_total", "priority" => priority);
    }
    for scope in Scope::ALL {
        let _ = counter!("guildhall_rest_rate_limited_total", "scope" => scope.name());
    }
    for reason in RETRIES {
        let _ = counter!("guildhall_rest_retries_total", "reason" => reason);
    }
    let _ = counter!("guildhall_rest_coalesced_total");
    let _ = counter!("guildhall_rest_contended_total");
    levels(&RestStats::default());
}

/// A request is sent after a wait.
pub(super) fn started(priority: Priority, waited: Duration) {
    histogram!("guildhall_rest_wait_seconds", "priority" => priority.name()).record(waited.as_secs_f64());
}

/// An answer came, or none (`status` 0).
pub(super) fn answered(method: &reqwest::Method, status: u16, took: Duration) {
    let class = match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        429 => "429",
        400..=499 => "4xx",
        500.. => "5xx",
        _ => "lost",
    };
    let method = match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        _ => "DELETE",
    };
    counter!("guildhall_rest_requests_total", "method" => method, "status" => class).increment(1);
    histogram!("guildhall_rest_request_seconds", "method" => method).record(took.as_secs_f64());
}

/// A 429 came.
pub(super) fn limited(scope: Scope, retry_after: Duration) {
    counter!("guildhall_rest_rate_limited_total", "scope" => scope.name()).increment(1);
    if scope == Scope::Edge {
        tracing::error!(
            retry.after.seconds = retry_after.as_secs(),
            "the address is blocked in front of Discord; nothing is sent until the block ends"
        );
    } else {
        tracing::warn!(
            scope = scope.name(),
            retry.after.seconds = retry_after.as_secs_f64(),
            "Discord limits the rate of requests"
        );
    }
}

/// A request will be sent again.
pub(super) fn retried(reason: &'static str) {
    debug_assert!(RETRIES.contains(&reason), "{reason} is missing in RETRIES");
    counter!("guildhall_rest_retries_total", "reason" => reason).increment(1);
}

/// A call's deadline passed.
pub(super) fn expired(priority: Priority) {
    counter!("guildhall_rest_expired_total", "priority" => priority.name()).increment(1);
}

/// An edit was merged into another.
pub(super) fn coalesced() {
    counter!("guildhall_rest_coalesced_total").increment(1);
}

/// The shared rate is used from now on, or not any more.
pub(super) fn pooled(on: bool) {
    if on {
        tracing::info!("requests to Discord go by the rate that all processes share");
    } else {
        tracing::warn!("the shared rate of requests does not answer; this process keeps to its part");
    }
}

/// Others turned out to use a bucket, too.
pub(super) fn contended() {
    counter!("guildhall_rest_contended_total").increment(1);
}

/// Discord refused the bot token.
pub(super) fn token_refused() {
    tracing::error!("Discord refuses the bot token; no authenticated call is sent for five minutes");
}

/// The levels at one moment.
pub(super) fn levels(stats: &RestStats) {
    for (priority, pending) in Priority::ALL.iter().zip(stats.pending) {
        gauge!("guildhall_rest_pending", "priority" => priority.name()).set(pending as f64);
    }
    gauge!("guildhall_rest_in_flight").set(stats.in_flight as f64);
    gauge!("guildhall_rest_buckets").set(stats.buckets as f64);
    gauge!("guildhall_rest_invalid_requests").set(stats.invalid_requests as f64);
    gauge!("guildhall_rest_invalid_requests_elsewhere").set(stats.invalid_elsewhere as f64);
    gauge!("guildhall_rest_pooled").set(f64::from(u8::from(stats.pooled)));
    gauge!("guildhall_rest_part_per_second").set(stats.per_second as f64);
    let breaker = match stats.breaker {
        BreakerState::Closed => 0.0,
        BreakerState::Slow => 1.0,
        BreakerState::Open => 2.0,
        BreakerState::TokenRefused => 3.0,
    };
    gauge!("guildhall_rest_breaker").set(breaker);
    gauge!("guildhall_rest_background_delay_seconds").set(stats.background_gap.as_secs_f64());
}
