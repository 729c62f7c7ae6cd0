//! `/admin tasks`: how the background tasks of all processes fare.

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use guildhall_store::{
    OperatorPath,
    platform::{
        job::{State, look},
        task_health::{self, Tally},
    },
};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::{Card, relative};

/// See how the background tasks fare
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "tasks")]
pub(super) struct Tasks;

impl Tasks {
    pub(super) async fn run(ctx: &mut Ctx) -> Result<Reply, Failure> {
        let (counts, mut tasks) = {
            let mut read = ctx.services().store.read().await?;
            let mut tx = read.operator(OperatorPath::Diagnosis);
            (look::counts(&mut tx).await?, task_health::all(&mut tx).await?)
        };
        let here = ctx.services().tasks.health();
        for (name, health) in &here {
            // What this process has not added up yet is newer than nothing, and its figures are at hand.
            if health.tally.runs > 0 && !tasks.iter().any(|(known, _)| known == name) {
                tasks.push((name.clone(), health.tally.clone()));
            }
        }
        tasks.sort_by(|one, other| one.0.cmp(&other.0));
        let jobs =
            |state| counts.iter().filter(|count| count.state == state).map(|count| count.jobs).sum::<u64>();
        let lines: Vec<_> = tasks.iter().map(|(name, tally)| line(ctx, name, tally)).collect();
        let none = || ctx.t(&text!("admin-tasks-none"));
        let lines = if lines.is_empty() { none() } else { lines.join("\n") };
        let running: Vec<_> =
            here.iter().filter(|(_, health)| health.running > 0).map(|(name, _)| name.as_str()).collect();
        let depths = text!(
            "admin-tasks-jobs-value",
            waiting = jobs(State::Waiting),
            running = jobs(State::Running),
            dead = jobs(State::Dead),
            quarantined = jobs(State::Quarantined),
        );
        let card = Card::new(&ctx.t(&text!("admin-tasks-title")))
            .field(&ctx.t(&text!("admin-tasks-jobs")), &ctx.t(&depths))
            .field(&ctx.t(&text!("admin-tasks-running")), &running.join(", "))
            .text(&lines);
        Ok(Reply::embed(card.build()).ephemeral())
    }
}

/// One task, with its last failure where there was one.
fn line(ctx: &Ctx, name: &str, tally: &Tally) -> String {
    let millis = u64::try_from(tally.mean().as_millis()).unwrap_or(u64::MAX);
    let words = text!(
        "admin-tasks-line",
        task = name.to_owned(),
        runs = tally.runs,
        errors = tally.errors,
        millis = millis,
        last = relative(tally.last_at),
    );
    let mut line = ctx.t(&words);
    if let Some((at, reference)) = &tally.last_error {
        let words = text!("admin-tasks-error", reference = reference.clone(), at = relative(*at));
        line = format!("{line} {}", ctx.t(&words));
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use guildhall_core::{random::Seeded, reference::RefId, scope::GuildScope};
    use guildhall_framework::Access;
    use guildhall_store::platform::job::{self, NewJob};
    use serde_json::json;

    use super::*;
    use crate::testing::{NOON, World, body, guild, words};

    #[tokio::test]
    async fn tasks_are_shown_with_their_failures_and_jobs_with_their_states() {
        let world = World::new().await;
        let empty = words(&world.operator(1).run("admin", json!({ "tasks": {} })).await.unwrap());
        assert!(empty.contains("No task has run yet"), "{empty}");
        let reference = RefId::draw(&Seeded::new(1));
        let tasks = &world.services.tasks;
        for failure in [None, Some(reference)] {
            tasks.begin("sweep");
            tasks.end("sweep", Duration::from_millis(40), NOON, failure);
        }
        tasks.begin("long");
        let mut write = world.services.store.write().await.unwrap();
        let new = NewJob {
            kind: "greet".to_owned(),
            payload: "{}".to_owned(),
            priority: job::Priority::Normal,
            not_before: NOON,
            dedupe: None,
            user: None,
        };
        job::add(&mut write.guild(GuildScope(guild(2))), &new, NOON).await.unwrap();
        task_health::add(
            &mut write.operator(OperatorPath::Jobs),
            "elsewhere",
            &Tally { runs: 3, last_at: NOON, ..Tally::default() },
        )
        .await
        .unwrap();
        write.commit().await.unwrap();
        let reply = world.operator(1).run("admin", json!({ "tasks": {} })).await.unwrap();
        let embed = &body(&reply).embeds[0];
        let lines: Vec<_> = embed.description.as_deref().unwrap().lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("**elsewhere**: 3 runs"), "{lines:?}");
        assert!(lines[1].starts_with("**sweep**: 2 runs, 1 failed, 40 ms each"), "{lines:?}");
        assert!(lines[1].contains(reference.as_str()), "{lines:?}");
        assert_eq!(embed.fields[0].value, "1 waiting, 0 running, 0 given up, 0 quarantined");
        assert_eq!(embed.fields[1].value, "long");
        let german = words(&world.operator(1).german().run("admin", json!({ "tasks": {} })).await.unwrap());
        assert!(german.contains("1 wartet"), "{german}");
    }

    #[tokio::test]
    async fn the_command_is_for_operators_and_shown_to_nobody_else() {
        let world = World::new().await;
        let (_, command) = world.services.registry.command("admin").unwrap();
        assert!(command.access.operators && command.access.caller == Access::OPERATORS.caller);
        let manager = words(&world.manager(1, 20).run("help", json!({})).await.unwrap());
        assert!(!manager.contains("admin"), "{manager}");
        let operator = words(&world.operator(1).run("help", json!({})).await.unwrap());
        assert!(operator.contains("/admin tasks") && operator.contains("/admin restart tasks"), "{operator}");
        let explained = json!({ "command": "admin restart tasks" });
        assert!(words(&world.operator(1).run("help", explained).await.unwrap()).contains("all processes"));
    }
}
