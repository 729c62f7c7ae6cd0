//! `/privacy level` and `/privacy optout`: what the caller allows.

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use guildhall_store::platform::privacy::{self, Choice};
use twilight_interactions::command::{CommandModel, CommandOption, CreateCommand, CreateOption};

use crate::view::{Card, on_or_off};

/// A level by name.
#[derive(Clone, Copy, Debug, CommandOption, CreateOption, Eq, PartialEq)]
pub(super) enum Named {
    /// Nothing beyond what a command needs.
    #[option(name = "strict", value = "strict")]
    Strict,
    /// Counting and naming.
    #[option(name = "moderate", value = "moderate")]
    Moderate,
    /// Learning, too.
    #[option(name = "permissive", value = "permissive")]
    Permissive,
    /// Each by itself.
    #[option(name = "custom", value = "custom")]
    Custom,
}

/// See or change how much may be kept about you
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "level")]
#[expect(clippy::struct_field_names, reason = "the fields are the options, whose names members see")]
pub(super) struct Level {
    /// The level; leave it out to see what each means
    level: Option<Named>,
    /// With custom: whether your messages may be counted
    statistics: Option<bool>,
    /// With custom: whether what you write may be learned from
    learning: Option<bool>,
    /// With custom: whether others may see your name beside what is counted
    named: Option<bool>,
}

impl Level {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let before = privacy::choice(&mut ctx.user_snapshot().await?).await?.unwrap_or_default();
        let switched = self.statistics.or(self.learning).or(self.named).is_some();
        let choice = match self.level {
            None if !switched => return Ok(shown(ctx, before)),
            Some(Named::Strict) => Choice::STRICT,
            Some(Named::Moderate) => Choice::MODERATE,
            Some(Named::Permissive) => Choice::PERMISSIVE,
            Some(Named::Custom) if !switched => return Err(text!("privacy-custom-needs-switches").into()),
            None | Some(Named::Custom) => Choice {
                statistics: self.statistics.unwrap_or(before.statistics),
                learning: self.learning.unwrap_or(before.learning),
                named: self.named.unwrap_or(before.named),
            },
        };
        choose(ctx, choice, "level").await?;
        Ok(shown(ctx, choice))
    }
}

/// Stop or allow counting your messages and learning from them, in all servers
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "optout")]
pub(super) struct OptOut {
    /// Yes: nothing of yours is counted or learned from any more
    enabled: bool,
}

impl OptOut {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let before = privacy::choice(&mut ctx.user_snapshot().await?).await?.unwrap_or_default();
        let allowed = if self.enabled { Choice::STRICT } else { Choice::MODERATE };
        let choice = Choice { named: before.named, ..allowed };
        choose(ctx, choice, "optout").await?;
        let mut reply = shown(ctx, choice);
        if let Reply::Message { body, .. } = &mut reply {
            body.content = ctx.t(&if self.enabled { text!("privacy-out") } else { text!("privacy-in") });
        }
        Ok(reply)
    }
}

async fn choose(ctx: &mut Ctx, choice: Choice, action: &str) -> Result<(), Failure> {
    ctx.choose(choice).await?;
    let (now, yes) = (ctx.now(), |on| if on { "yes" } else { "no" });
    let detail = format!(
        "{}: statistics {}, learning {}, named {}",
        choice.level(),
        yes(choice.statistics),
        yes(choice.learning),
        yes(choice.named)
    );
    Ok(privacy::record(&mut ctx.user_db().await?, action, &detail, now).await?)
}

/// What holds, and what each level means.
fn shown(ctx: &Ctx, choice: Choice) -> Reply {
    let state = |on| ctx.t(&on_or_off(on));
    let words = text!(
        "privacy-level-now",
        level = choice.level(),
        statistics = state(choice.statistics),
        learning = state(choice.learning),
        named = state(choice.named),
    );
    let card = Card::new(&ctx.t(&text!("privacy-level-title")))
        .text(&ctx.t(&words))
        .field(&ctx.t(&text!("privacy-level-meaning-title")), &ctx.t(&text!("privacy-level-meaning")));
    Reply::embed(card.build()).ephemeral()
}

#[cfg(test)]
mod tests {
    use guildhall_core::event::EventKind;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{World, body, refused, user, words};

    async fn counted(world: &World, author: u64, key: &str) -> usize {
        let message =
            json!({ "id": "1573306918502400000", "type": 0, "author": { "id": author.to_string() } });
        world.event(1, EventKind::MessageCreate, key, message).await.unwrap();
        let dump = world.dump().await;
        let mine = format!("Int({author})");
        dump.iter().filter(|(table, row)| *table == "message_member_day" && row.contains(&mine)).count()
    }

    #[tokio::test]
    async fn who_opts_out_is_not_counted_anywhere_until_they_opt_in() {
        let world = World::new().await;
        let on = json!({ "feature": "statistics", "enabled": true });
        world.manager(1, 99).run("server_config", on).await.unwrap();
        // In a direct message: it holds in all servers.
        let out = |enabled: bool| json!({ "optout": { "enabled": enabled } });
        let said = world.direct(20).run("privacy", out(true)).await.unwrap();
        assert!(body(&said).content.contains("not counted"), "{}", body(&said).content);
        assert_eq!(counted(&world, 20, "a").await, 0);
        assert_eq!(counted(&world, 21, "b").await, 1);
        world.member(2, 20).run("privacy", out(false)).await.unwrap();
        assert_eq!(counted(&world, 20, "c").await, 1);
    }

    #[tokio::test]
    async fn a_level_is_chosen_shown_and_written_down() {
        let world = World::new().await;
        let member = world.member(1, 20);
        let run = async |options: Value| member.run("privacy", json!({ "level": options })).await;
        let shown = words(&run(json!({})).await.unwrap());
        assert!(shown.contains("moderate"), "what holds for those who chose nothing: {shown}");
        assert_eq!(refused(run(json!({ "level": "custom" })).await), "privacy-custom-needs-switches");
        for (options, level) in [
            (json!({ "level": "strict" }), "strict"),
            (json!({ "level": "permissive" }), "permissive"),
            (json!({ "level": "custom", "named": false }), "custom"),
            (json!({ "named": true }), "permissive"),
        ] {
            world.clock.advance(std::time::Duration::from_secs(1));
            let shown = words(&run(options).await.unwrap());
            assert!(shown.contains(&format!("**{level}**")), "{shown}");
            assert_eq!(world.services.consents.of(user(20)).level(), level);
        }
        assert_eq!(world.services.consents.of(user(21)), Choice::default(), "of nobody else");
        let trail = words(&member.run("privacy", json!({ "audit": {} })).await.unwrap());
        assert!(trail.contains("custom: statistics yes, learning yes, named no"), "{trail}");
        let other = words(&world.member(1, 21).run("privacy", json!({ "audit": {} })).await.unwrap());
        assert!(!other.contains("custom:"), "{other}");
        // After a restart it still holds.
        let again = guildhall_framework::Consents::default();
        again.load(&world.services.store, world.services.clock.now()).await.unwrap();
        assert_eq!(again.of(user(20)), Choice::PERMISSIVE);
    }

    #[tokio::test]
    async fn who_is_not_to_be_named_is_not_named() {
        let world = World::new().await;
        let on = json!({ "feature": "statistics", "enabled": true });
        world.manager(1, 99).run("server_config", on).await.unwrap();
        counted(&world, 20, "a").await;
        counted(&world, 21, "b").await;
        let level = json!({ "level": { "named": false } });
        world.member(1, 20).run("privacy", level).await.unwrap();
        let stats = words(&world.member(1, 21).run("server_stats", json!({})).await.unwrap());
        assert!(stats.contains("1. <@21>: 1") && !stats.contains("<@20>"), "{stats}");
    }

    #[tokio::test]
    async fn a_choice_is_stored_once_in_a_direct_message_too() {
        let world = World::new().await;
        let caller = world.direct(20).within("interaction:1");
        let out = json!({ "optout": { "enabled": true } });
        caller.run("privacy", out.clone()).await.unwrap();
        let again = caller.run("privacy", out).await;
        assert!(matches!(again, Err(Failure::DoneBefore)), "{again:?}");
    }
}
