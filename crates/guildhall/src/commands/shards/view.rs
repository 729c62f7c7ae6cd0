//! The state of the shards as a page of text.

use std::fmt::Write as _;

use guildhall_runtime::cluster::{Advice, Measured};

use super::{State, local::LocalRow};
use crate::commands::bench::table;

/// Seconds of silence from which on a process is marked.
const SILENT: u64 = 12;

/// The page: processes, shards, and what deserves a look.
pub(super) fn page(state: &State) -> String {
    let mut page = String::new();
    let total = state.total.map_or_else(|| "no shards yet".to_owned(), |total| format!("{total} shards"));
    let next = state.next.map(|next| format!(", changing to {next}")).unwrap_or_default();
    let _ = writeln!(page, "{total}{next}, {} processes\n", state.processes.len());
    if let Some(maintenance) = &state.maintenance {
        let words: String = maintenance.words.chars().filter(|c| !c.is_control()).collect();
        let words = if words.is_empty() { words } else { format!(": {words}") };
        let _ = writeln!(page, "maintenance for {}{words}\n", span(maintenance.seconds));
    }
    let rows: Vec<Vec<String>> = state
        .processes
        .iter()
        .map(|one| {
            vec![
                one.id.clone(),
                one.role.clone(),
                one.region.clone().unwrap_or_default(),
                one.version.clone(),
                one.shards.to_string(),
                one.guilds.to_string(),
                one.waiting.to_string(),
                one.latency_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
                span(one.age_seconds),
                format!(
                    "{} ago{}",
                    span(one.heard_seconds),
                    if one.draining { ", handing over" } else { "" }
                ),
            ]
        })
        .collect();
    let titles =
        ["process", "role", "region", "version", "shards", "servers", "waiting", "latency", "age", "heard"];
    page.push_str(&table::text(&titles, &rows, 3));
    page.push('\n');
    let rows: Vec<Vec<String>> = state
        .shards
        .iter()
        .map(|shard| {
            vec![
                format!("{}/{}", shard.number, shard.total),
                shard.state.clone(),
                shard.process.clone().unwrap_or_default(),
                shard.guilds.to_string(),
                shard.latency_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
                shard.in_flight.to_string(),
                shard.takeovers.to_string(),
                span(shard.held_seconds),
            ]
        })
        .collect();
    let titles = ["shard", "state", "process", "servers", "latency", "in flight", "taken over", "held for"];
    page.push_str(&table::text(&titles, &rows, 3));
    if let Some(local) = &state.local {
        let rows: Vec<Vec<String>> = local.processes.iter().map(local_cells).collect();
        let titles = ["here", "state", "process", "pid", "status page", "started again"];
        let _ = write!(page, "\n{}auto-restart is {}\n", table::text(&titles, &rows, 3), local.auto_restart);
    }
    if let (Some(measured), Some(advice)) = (&state.measured, &state.advice) {
        let _ = write!(page, "\n{}\n{}\n", load(measured), advised(advice));
    }
    let alerts = alerts(state);
    if !alerts.is_empty() {
        page.push('\n');
        for alert in alerts {
            let _ = writeln!(page, "WARN  {alert}");
        }
    }
    page
}

/// What the processes have to do.
pub(in crate::commands) fn load(measured: &Measured) -> String {
    format!(
        "load: {} servers, {:.0} events a second, {:.1} of {} processors, events wait {:.0} ms",
        measured.guilds, measured.events_per_second, measured.cpu, measured.cores, measured.queue_age_ms
    )
}

/// What that asks for, and why.
pub(in crate::commands) fn advised(advice: &Advice) -> String {
    let reasons: Vec<String> = advice.reasons.iter().map(ToString::to_string).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
    format!("advised: {} shards, {} processes{why}", advice.shards, advice.processes)
}

fn local_cells(row: &LocalRow) -> Vec<String> {
    vec![
        row.number.to_string(),
        row.state.to_owned(),
        row.instance.clone().unwrap_or_default(),
        row.pid.map(|pid| pid.to_string()).unwrap_or_default(),
        row.address.as_ref().map(|address| format!("http://{address}/")).unwrap_or_default(),
        row.restarts.to_string(),
    ]
}

fn alerts(state: &State) -> Vec<String> {
    let mut alerts = Vec::new();
    if state.processes.is_empty() {
        alerts.push("no process of the bot is alive".to_owned());
    }
    for shard in state.shards.iter().filter(|shard| shard.state != "active") {
        alerts.push(format!("shard {} of {} is {}", shard.number, shard.total, shard.state));
    }
    for one in &state.processes {
        if one.heard_seconds >= SILENT {
            alerts.push(format!("process {} has been silent for {}", one.id, span(one.heard_seconds)));
        }
        if let (Some(latency), Some(wanted)) = (one.latency_ms, one.preferred_latency_ms)
            && latency > u64::from(wanted)
        {
            alerts.push(format!(
                "process {} has a latency of {latency} ms, above the wanted {wanted} ms",
                one.id
            ));
        }
    }
    for row in state.local.iter().flat_map(|local| &local.processes) {
        match (row.state, &row.given_up) {
            ("given up", Some(why)) => alerts.push(format!("process {} here is given up: {why}", row.number)),
            ("ended", _) => alerts.push(format!("process {} here has ended by itself", row.number)),
            _ => {}
        }
    }
    if state.local.as_ref().is_some_and(|local| local.auto_restart.contains("nobody")) {
        alerts.push(
            "auto-restart is on and nobody watches; `guildhall shards auto-restart on` begins anew"
                .to_owned(),
        );
    }
    let versions: std::collections::BTreeSet<&str> =
        state.processes.iter().map(|one| one.version.as_str()).collect();
    if versions.len() > 1 {
        alerts.push(format!("versions differ: {}", versions.into_iter().collect::<Vec<_>>().join(", ")));
    }
    alerts
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deserves_a_look_is_told() {
        let mut empty = State {
            total: None,
            next: None,
            maintenance: None,
            processes: Vec::new(),
            shards: Vec::new(),
            measured: None,
            advice: None,
            local: None,
        };
        assert!(page(&empty).contains("WARN  no process of the bot is alive"));
        assert!(!page(&empty).contains("maintenance"));
        empty.maintenance = Some(super::super::MaintenanceRow { words: "soon\x1b".to_owned(), seconds: 600 });
        assert!(page(&empty).contains("maintenance for 10 min: soon\n"));
        assert_eq!([span(5), span(600), span(7_200), span(200_000)], ["5 s", "10 min", "2 h", "2 days"]);
    }
}
