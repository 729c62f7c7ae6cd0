//! `/global_stats`: the numbers of the whole bot, added up over its processes.

use std::collections::BTreeSet;

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Reply, Report, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::{Card, command, relative};

/// Show the numbers of the whole bot
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "global_stats")]
pub(super) struct GlobalStats;

impl SlashCommand for GlobalStats {
    const ACCESS: Access = Access::OPERATORS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let services = ctx.services();
        let processes = services.processes.alive(&services.store, &*services.clock).await?;
        let sum = |of: fn(&Report) -> u64| processes.iter().map(|(_, report)| of(report)).sum::<u64>();
        // While the number of shards changes, two sets run: the larger part of each process counts once.
        let shards = processes.iter().flat_map(|(_, report)| &report.shards);
        let shards: Vec<_> =
            shards.map(|shard| (shard.total, shard.number, shard.state == "active")).collect();
        let up = shards.iter().filter(|(.., up)| *up).map(|(total, number, _)| (total, number));
        let up: BTreeSet<_> = up.collect();
        let all: BTreeSet<_> = shards.iter().map(|(total, number, _)| (total, number)).collect();
        let value = |text| ctx.t(&text);
        let servers = value(text!(
            "global-servers-value",
            servers = sum(|report| report.guilds),
            members = sum(|report| report.members),
        ));
        let running = value(text!(
            "global-running-value",
            processes = processes.len(),
            up = up.len(),
            shards = all.len(),
        ));
        let done = value(text!(
            "global-done-value",
            commands = sum(|report| report.commands),
            events = sum(|report| report.events),
        ));
        let waiting = value(text!(
            "global-waiting-value",
            interactions = sum(|report| report.queues.interactions),
            events = sum(|report| report.queues.events),
            messages = sum(|report| report.queues.outbox),
            calls = sum(|report| report.rest.pending.iter().map(|(_, calls)| calls).sum()),
            queue = command(ctx, "admin queue status"),
        ));
        let mut card = Card::new(&value(text!("global-title")))
            .field(&value(text!("global-servers")), &servers)
            .field(&value(text!("global-running")), &running)
            .field(&value(text!("global-done")), &done)
            .field(&value(text!("global-waiting")), &waiting);
        if let Some(maintenance) = ctx.services().operating.maintenance() {
            let since = text!("global-maintenance-value", since = relative(maintenance.since));
            card = card.field(&value(text!("global-maintenance")), &value(since));
        }
        Ok(Reply::embed(card.build()).ephemeral())
    }
}

#[cfg(test)]
mod tests {
    use guildhall_framework::report::{Queues, ShardReport};
    use guildhall_store::{OperatorPath, platform::instance};
    use serde_json::json;

    use super::*;
    use crate::testing::{NOON, World, body, other_process};

    #[tokio::test]
    async fn the_numbers_of_all_processes_are_added_up() {
        let world = World::new().await;
        let shard = |number, total, state: &str| ShardReport {
            number,
            total,
            state: state.to_owned(),
            ..ShardReport::default()
        };
        let report = |shards| Report {
            guilds: 10,
            members: 1_000,
            commands: 20,
            events: 300,
            queues: Queues { interactions: 1, events: 2, outbox: 3, ..Queues::default() },
            shards,
            ..Report::default()
        };
        let here = report(vec![shard(0, 3, "active"), shard(1, 3, "connecting")]);
        world.services.processes.note(&"here".into(), here);
        let there = report(vec![shard(2, 3, "active")]);
        let mut write = world.services.store.write().await.unwrap();
        let mut tx = write.operator(OperatorPath::Cluster);
        instance::register(&mut tx, &other_process("there", NOON, &there.text())).await.unwrap();
        write.commit().await.unwrap();
        let shown = async || {
            let reply = world.operator(1).run("global_stats", json!({})).await.unwrap();
            let fields = &body(&reply).embeds[0].fields;
            fields.iter().map(|field| field.value.clone()).collect::<Vec<_>>()
        };
        let fields = shown().await;
        assert_eq!(fields[0], "20 servers with 2000 members");
        assert_eq!(fields[1], "2 processes, 2 of 3 shards are up");
        assert_eq!(fields[2], "40 commands, buttons and forms; 600 events");
        assert!(fields[3].starts_with("2 interactions, 4 events, 6 messages, 0 requests"), "{fields:?}");
        assert_eq!(fields.len(), 4);
        world.operator(1).run("maintenance_mode", json!({ "on": {} })).await.unwrap();
        assert_eq!(shown().await.len(), 5, "maintenance is shown");
    }
}
