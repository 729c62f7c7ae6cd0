//! `/ping`: whether the bot is there. Touches no database, so it measures the way and nothing else.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Place, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

/// Check whether the bot is there, and how far away Discord is
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "ping")]
pub(super) struct Ping;

impl SlashCommand for Ping {
    const ACCESS: Access = Access { place: Place::Anywhere, ..Access::EVERYONE };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let latency = ctx.services().directory.latency(ctx.invocation().guild);
        let words = match latency {
            Some(latency) => text!("ping-latency", millis = latency.as_millis().to_string()),
            None => text!("ping-unmeasured"),
        };
        Ok(Reply::public(ctx.t(&words)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use guildhall_framework::Reply;
    use serde_json::json;

    use crate::testing::World;

    #[tokio::test]
    async fn it_answers_without_the_database() {
        let world = World::new().await;
        *world.directory.latency.lock() = Some(Duration::from_millis(42));
        world.services.store.close().await;
        let reply = world.member(1, 20).run("ping", json!({})).await.unwrap();
        assert_eq!(reply, Reply::public("I am here. Discord answers me in 42 ms."));
        *world.directory.latency.lock() = None;
        let reply = world.member(1, 20).german().run("ping", json!({})).await.unwrap();
        assert_eq!(reply, Reply::public("Ich bin da. Der Weg zu Discord ist noch nicht gemessen."));
    }
}
