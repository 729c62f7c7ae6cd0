//! `/admin queue status`: what waits in all processes, and what holds it back.

use std::collections::BTreeMap;

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply, Report, report::RestReport};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::Card;

/// Routes that are shown.
const ROUTES: usize = 8;

/// See what waits, and what holds it back
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "status")]
pub(super) struct Status;

impl Status {
    pub(super) async fn run(ctx: &mut Ctx) -> Result<Reply, Failure> {
        let services = ctx.services();
        let processes = services.processes.alive(&services.store, &*services.clock).await?;
        let reports: Vec<_> = processes.iter().map(|(_, report)| report).collect();
        let sum = |of: fn(&Report) -> u64| reports.iter().map(|report| of(report)).sum::<u64>();
        let admission = text!(
            "queue-admission-value",
            waiting = sum(|report| report.queues.interactions),
            running = sum(|report| report.queues.running),
            seats = sum(|report| report.queues.seats),
            each = reports.iter().map(|report| report.queues.seats_per_guild).max().unwrap_or_default(),
        );
        let storage = text!(
            "queue-storage-value",
            events = sum(|report| report.queues.events),
            outbox = sum(|report| report.queues.outbox),
        );
        let limits = text!(
            "queue-limits-value",
            rate = sum(|report| report.rest.per_second),
            flying = sum(|report| report.rest.in_flight),
            buckets = sum(|report| report.rest.buckets),
            limited = sum(|report| report.rest.rate_limited),
            retries = sum(|report| report.rest.retries),
            delay = reports.iter().map(|report| report.rest.delay_ms).max().unwrap_or_default(),
        );
        let rests: Vec<_> = reports.iter().map(|report| &report.rest).collect();
        let routes = routes(&rests);
        let lines: Vec<_> = processes.iter().map(|(id, report)| line(ctx, id, report)).collect();
        let mut card = Card::new(&ctx.t(&text!("queue-title")))
            .field(&ctx.t(&text!("queue-admission")), &ctx.t(&admission))
            .field(&ctx.t(&text!("queue-storage")), &ctx.t(&storage))
            .field(&ctx.t(&text!("queue-rest")), &priorities(ctx, &rests));
        if !routes.is_empty() {
            card = card.field(&ctx.t(&text!("queue-routes")), &routes.join("\n"));
        }
        let card = card
            .field(&ctx.t(&text!("queue-limits")), &ctx.t(&limits))
            .field(&ctx.t(&text!("queue-breaker")), &breaker(ctx, &rests))
            .field(&ctx.t(&text!("queue-processes")), &lines.join("\n"));
        Ok(Reply::embed(card.build()).ephemeral())
    }
}

/// Calls that wait, by priority.
fn priorities(ctx: &Ctx, rests: &[&RestReport]) -> String {
    let of = |name: &str| {
        let pending = rests.iter().flat_map(|rest| &rest.pending);
        pending.filter(|(priority, _)| priority == name).map(|(_, calls)| calls).sum::<u64>()
    };
    ctx.t(&text!(
        "queue-rest-value",
        interaction = of("interaction"),
        command = of("command"),
        event = of("event"),
        background = of("background"),
    ))
}

/// The routes for which most calls wait.
fn routes(rests: &[&RestReport]) -> Vec<String> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for (route, calls) in rests.iter().flat_map(|rest| &rest.routes) {
        *all.entry(route).or_default() += calls;
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    all.into_iter().take(ROUTES).map(|(route, calls)| format!("`{route}`: {calls}")).collect()
}

/// What keeps the bot away from Discord's ban, by the process that is worst off.
fn breaker(ctx: &Ctx, rests: &[&RestReport]) -> String {
    let worst = ["token_refused", "open", "slow"];
    let state = worst.into_iter().find(|state| rests.iter().any(|rest| rest.breaker == *state));
    let invalid: u64 = rests.iter().map(|rest| rest.invalid).sum();
    let state = match state {
        Some("token_refused") => text!("queue-breaker-token"),
        Some("open") => text!("queue-breaker-open"),
        Some(_) => text!("queue-breaker-slow"),
        None => text!("queue-breaker-closed"),
    };
    let pause = rests.iter().filter_map(|rest| rest.paused_ms).max();
    let pause = pause.map(|millis| ctx.t(&text!("queue-paused", seconds = millis.div_ceil(1_000))));
    let told = ctx.t(&text!("queue-breaker-value", state = ctx.t(&state), invalid = invalid));
    [Some(told), pause].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn line(ctx: &Ctx, id: &str, report: &Report) -> String {
    let calls = report.rest.pending.iter().map(|(_, calls)| calls).sum::<u64>();
    let words = text!(
        "queue-process",
        process = id.to_owned(),
        work = report.waiting,
        calls = calls,
        breaker = report.rest.breaker.clone(),
    );
    ctx.t(&words)
}

#[cfg(test)]
mod tests {
    use guildhall_framework::report::Queues;
    use guildhall_store::{OperatorPath, platform::instance};
    use serde_json::json;

    use super::*;
    use crate::testing::{NOON, World, body, other_process};

    #[tokio::test]
    async fn what_waits_in_all_processes_is_added_up() {
        let world = World::new().await;
        let report = |waiting: u64, breaker: &str| Report {
            waiting,
            queues: Queues {
                interactions: waiting,
                running: 2,
                seats: 8,
                seats_per_guild: 4,
                events: 1,
                outbox: 3,
            },
            rest: RestReport {
                pending: vec![("interaction".to_owned(), 1), ("background".to_owned(), waiting)],
                routes: vec![
                    ("POST channels/{}/messages".to_owned(), waiting),
                    ("GET gateway/bot".to_owned(), 1),
                ],
                per_second: 25,
                breaker: breaker.to_owned(),
                invalid: 300,
                ..RestReport::default()
            },
            ..Report::default()
        };
        world.services.processes.note(&"here".into(), report(5, "closed"));
        let mut write = world.services.store.write().await.unwrap();
        let mut tx = write.operator(OperatorPath::Cluster);
        instance::register(&mut tx, &other_process("there", NOON, &report(7, "slow").text())).await.unwrap();
        // This process's own row is older than what it knows of itself.
        instance::register(&mut tx, &other_process("here", NOON, &report(99, "open").text())).await.unwrap();
        write.commit().await.unwrap();
        let reply = world.operator(1).run("admin", json!({ "queue": { "status": {} } })).await.unwrap();
        let fields: Vec<_> = body(&reply).embeds[0].fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(fields[0], "12 wait, 4 run; 16 may run at once, 4 of one server in one process");
        assert_eq!(fields[1], "2 events wait for a transaction, 6 messages to be sent");
        assert_eq!(fields[2], "2 for interactions, 0 for commands, 0 for events, 12 in the background");
        assert_eq!(fields[3], "`POST channels/{}/messages`: 12\n`GET gateway/bot`: 2");
        assert!(fields[4].starts_with("50 requests a second"), "{fields:?}");
        assert!(fields[5].contains("slowly") && fields[5].contains("600"), "{fields:?}");
        let lines: Vec<_> = fields[6].lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("here") && lines[1].contains("there"), "{lines:?}");
        let later = world.services.clock.now() + std::time::Duration::from_mins(1);
        world.clock.advance(later.since(NOON));
        let reply = world.operator(1).run("admin", json!({ "queue": { "status": {} } })).await.unwrap();
        assert!(body(&reply).embeds[0].fields[0].value.starts_with("5 wait"), "the other one is gone");
    }
}
