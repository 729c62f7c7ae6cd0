//! One file per command of the command line.

use guildhall_core::clock::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(crate) mod backup;
pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod db;
pub(crate) mod doctor;
pub(crate) mod health;
pub(crate) mod import;
pub(crate) mod jobs;
pub(crate) mod logs;
pub(crate) mod migrate;
pub(crate) mod privacy;
pub(crate) mod retention;
pub(crate) mod run;
pub(crate) mod shards;
pub(crate) mod train;

/// In UTC, to the second.
fn moment(at: Timestamp) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(at.as_secs()).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_else(|| at.to_string())
}
