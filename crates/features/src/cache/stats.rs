//! `/cache stats`: how often what was looked for was at hand. The figures are those of all servers together, so they
//! are for those who run the bot.

use guildhall_cache::Stats as Figures;
use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::Card;

/// See how often what I look for is at hand
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "stats")]
pub(super) struct Stats;

impl Stats {
    pub(super) fn run(ctx: &Ctx) -> Result<Reply, Failure> {
        let services = ctx.services();
        if !services.operators.contains(ctx.caller()?) {
            return Err(text!("cache-stats-operators").into());
        }
        let tier = match (services.cache.is_shared(), services.cache.available()) {
            (true, true) => text!("cache-redis-there"),
            (true, false) => text!("cache-redis-away"),
            (false, _) => text!("cache-redis-none"),
        };
        let mut card = Card::new(&ctx.t(&text!("cache-stats-title"))).text(&ctx.t(&tier));
        for figures in services.cache.stats() {
            let words = text!(
                "cache-stats-line",
                percent = percent(&figures),
                process = figures.process_hits,
                shared = figures.shared_hits,
                missed = missed(&figures),
                errors = figures.errors,
                values = figures.values,
                kib = figures.bytes.div_ceil(1024),
            );
            card = card.field(figures.category, &ctx.t(&words));
        }
        Ok(Reply::embed(card.build()).ephemeral())
    }
}

/// What no tier had.
fn missed(figures: &Figures) -> u64 {
    figures.process_misses.saturating_sub(figures.shared_hits)
}

/// The share of what was looked for that was at hand, in percent.
fn percent(figures: &Figures) -> u64 {
    let hits = figures.process_hits + figures.shared_hits;
    hits.saturating_mul(100).checked_div(hits + missed(figures)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{World, body, refused};

    #[tokio::test]
    async fn hits_and_misses_are_shown_to_those_who_run_the_bot() {
        let world = World::new().await;
        world.member(1, 20).run("learn", json!({ "content": "The raid is on Friday." })).await.unwrap();
        for _ in 0..4 {
            world.member(1, 30).run("ask_knowledge", json!({ "query": "When is the raid?" })).await.unwrap();
        }
        let reply = world.operator(1).run("cache", json!({ "stats": {} })).await.unwrap();
        let embed = &body(&reply).embeds[0];
        assert!(embed.description.as_deref().unwrap().contains("this process alone"), "{embed:?}");
        let answers = embed.fields.iter().find(|field| field.name == "knowledge_answers").unwrap();
        assert!(
            answers.value.starts_with("75 % at hand: 3 in this process, 0 in Redis, 1 missed"),
            "{answers:?}"
        );
        assert_eq!(
            refused(world.manager(1, 20).run("cache", json!({ "stats": {} })).await),
            "cache-stats-operators"
        );
    }

    #[test]
    fn what_redis_had_was_no_miss() {
        let figures = Figures {
            category: "x",
            process_hits: 6,
            process_misses: 4,
            shared_hits: 3,
            shared_misses: 1,
            errors: 0,
            values: 0,
            bytes: 0,
        };
        assert_eq!((missed(&figures), percent(&figures)), (1, 90));
        assert_eq!(percent(&Figures { process_hits: 0, process_misses: 0, shared_hits: 0, ..figures }), 0);
    }
}
