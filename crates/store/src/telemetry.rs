//! The metrics of the store, all in one place. No label ever names a guild or user.

use std::time::Duration;

/// From here on a statement is slow.
const SLOW: Duration = Duration::from_secs(2);

const WRITER_WAIT: &str = "guildhall_store_writer_wait_seconds";
const TRANSACTION: &str = "guildhall_store_transaction_seconds";
const SLOW_STATEMENTS: &str = "guildhall_store_slow_statements_total";
const BYTES: &str = "guildhall_store_bytes";
const CONNECTIONS: &str = "guildhall_store_connections";

/// What a transaction does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Read,
    Write,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Tells the recorder what the metrics mean, and shows each of them before it first counts: an increase
/// from nothing to one is none to Prometheus.
pub(crate) fn describe() {
    metrics::describe_histogram!(
        WRITER_WAIT,
        metrics::Unit::Seconds,
        "Time spent waiting for the one writer."
    );
    metrics::describe_histogram!(TRANSACTION, metrics::Unit::Seconds, "Time that transactions were open.");
    metrics::describe_counter!(SLOW_STATEMENTS, "Statements that took longer than two seconds.");
    metrics::describe_gauge!(BYTES, metrics::Unit::Bytes, "Size of the database, looked at every minute.");
    metrics::describe_gauge!(CONNECTIONS, "Connections to the database that this process has open.");
    let _ = metrics::gauge!(BYTES);
    for state in ["used", "idle"] {
        let _ = metrics::gauge!(CONNECTIONS, "state" => state);
    }
    let _ = metrics::histogram!(WRITER_WAIT);
    for kind in [Kind::Read, Kind::Write] {
        let _ = metrics::histogram!(TRANSACTION, "kind" => kind.name());
    }
    let _ = metrics::counter!(SLOW_STATEMENTS);
}

/// A caller got the writer.
pub(crate) fn waited_for_writer(time: Duration) {
    metrics::histogram!(WRITER_WAIT).record(time);
}

/// A transaction ended.
pub(crate) fn transaction(kind: Kind, time: Duration) {
    metrics::histogram!(TRANSACTION, "kind" => kind.name()).record(time);
}

/// Somebody looked at the size and the connections.
pub(crate) fn looked(bytes: u64, (open, idle): (u32, usize)) {
    metrics::gauge!(BYTES).set(bytes as f64);
    metrics::gauge!(CONNECTIONS, "state" => "used").set(f64::from(open) - idle as f64);
    metrics::gauge!(CONNECTIONS, "state" => "idle").set(idle as f64);
}

/// A statement ended. Which one was slow is in the log: there are too many for a label.
pub(crate) fn statement(name: &'static str, time: Duration) {
    if time >= SLOW {
        metrics::counter!(SLOW_STATEMENTS).increment(1);
        tracing::warn!(statement.name = name, statement.seconds = time.as_secs_f64(), "a statement was slow");
    }
}
