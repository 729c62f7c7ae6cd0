//! `/cache clear`: what matches a pattern is made anew when it is asked for next. Those who manage a server clear what
//! belongs to it; only those who run the bot clear what belongs to all.

use guildhall_cache::{Pattern, Scope, Within};
use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use twilight_interactions::command::{CommandModel, CreateCommand};

/// Have what I keep at hand made anew
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "clear")]
pub(super) struct Clear {
    /// A pattern over categories and names.
    #[command(
        desc = "What, such as knowledge_answers or knowledge*; everything when left out",
        max_length = 100
    )]
    pattern: Option<String>,
    /// Of all servers; only for those who run the bot
    everywhere: Option<bool>,
}

impl Clear {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let everywhere = self.everywhere.unwrap_or(false);
        if everywhere && !ctx.services().operators.contains(ctx.caller()?) {
            return Err(text!("cache-clear-operators").into());
        }
        let within = if everywhere { Within::Everything } else { Within::Scope(Scope::Guild(ctx.guild()?)) };
        let pattern = self.pattern.map_or_else(Pattern::everything, |pattern| Pattern::new(&pattern));
        let cleared = ctx.services().cache.clear(within, &pattern).await;
        let shown = pattern.as_str().replace('`', "");
        let words = match cleared.shared {
            Some(shared) => {
                text!("cache-cleared-both", pattern = shown, process = cleared.process, shared = shared)
            }
            None => text!("cache-cleared", pattern = shown, process = cleared.process),
        };
        Ok(Reply::hidden(ctx.t(&words)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{World, refused, words};

    async fn asked(world: &World, guild: u64) -> u64 {
        let before = missed(world);
        world.member(guild, 30).run("ask_knowledge", json!({ "query": "raid" })).await.unwrap();
        missed(world) - before
    }

    fn missed(world: &World) -> u64 {
        let stats = world.services.cache.stats();
        stats.iter().find(|stats| stats.category == "knowledge_answers").unwrap().process_misses
    }

    #[tokio::test]
    async fn a_manager_clears_what_is_of_the_own_server_and_nothing_else() {
        let world = World::new().await;
        for guild in [1, 2] {
            assert_eq!((asked(&world, guild).await, asked(&world, guild).await), (1, 0));
        }
        let elsewhere = json!({ "clear": { "pattern": "statistics" } });
        world.manager(1, 20).run("cache", elsewhere).await.unwrap();
        assert_eq!(asked(&world, 1).await, 0, "another category");
        let cleared =
            world.manager(1, 20).run("cache", json!({ "clear": { "pattern": "knowledge*" } })).await;
        assert!(words(&cleared.unwrap()).contains("1 value"));
        assert_eq!((asked(&world, 1).await, asked(&world, 2).await), (1, 0));
        world.manager(1, 20).run("cache", json!({ "clear": {} })).await.unwrap();
        assert_eq!((asked(&world, 1).await, asked(&world, 2).await), (1, 0));
        let everywhere = json!({ "clear": { "everywhere": true } });
        assert_eq!(
            refused(world.manager(1, 20).run("cache", everywhere.clone()).await),
            "cache-clear-operators"
        );
        assert_eq!((asked(&world, 1).await, asked(&world, 2).await), (0, 0));
        world.operator(1).run("cache", everywhere).await.unwrap();
        assert_eq!((asked(&world, 1).await, asked(&world, 2).await), (1, 1));
    }
}
