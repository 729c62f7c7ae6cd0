//! What is counted, for the metrics.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, gauge};

const AGE: &str = "guildhall_backup_age_seconds";
const SIZE: &str = "guildhall_backup_size_bytes";
const MADE: &str = "guildhall_backups_total";

/// Describes everything, and shows it from the start.
pub(crate) fn describe() {
    describe_gauge!(AGE, "age of the newest backup; before the first, of this process");
    describe_gauge!(SIZE, "size of the newest backup");
    describe_counter!(MADE, "backups by what came of them");
    gauge!(AGE).set(0.0);
    gauge!(SIZE).set(0.0);
    for outcome in ["ok", "failed"] {
        counter!(MADE, "outcome" => outcome).increment(0);
    }
}

pub(crate) fn age(age: Duration) {
    gauge!(AGE).set(age.as_secs_f64());
}

pub(crate) fn size(bytes: u64) {
    gauge!(SIZE).set(bytes as f64);
}

pub(crate) fn made(well: bool) {
    counter!(MADE, "outcome" => if well { "ok" } else { "failed" }).increment(1);
}
