//! Whether the number of shards and processes fits what they have to do.

use guildhall_runtime::cluster::Reason;

use super::report::{Finding, Report};
use crate::{
    commands::shards::{
        sizing,
        view::{advised, load},
    },
    config::Config,
};

const CHECK: &str = "size";

pub(super) async fn check(report: &mut Report, config: &Config) {
    report.add(match sizing(config).await {
        Ok(Some((measured, advice))) => {
            let found = format!("{}; {}", load(&measured), advised(&advice));
            // That one process has no stand-in is the choice of whoever runs one.
            let chosen = |reason: &Reason| matches!(reason, Reason::StandIn | Reason::ShardEach);
            if advice.reasons.iter().all(chosen) {
                Finding::ok(CHECK, found)
            } else {
                let mend = "`guildhall shards reshard --to N` changes the shards; docs/cluster.md says how processes are added";
                Finding::warn(CHECK, found, mend)
            }
        }
        Ok(None) => Finding::skip(CHECK, "the bot does not run, so there is no load to measure"),
        // Why is said by the check of the database.
        Err(_) => Finding::skip(CHECK, "the database tells of no running bot"),
    });
}
