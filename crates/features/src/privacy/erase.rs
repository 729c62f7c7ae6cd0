//! `/privacy erase`: removes what is kept about the caller, once they have confirmed it.

use guildhall_core::{id::GuildId, text};
use guildhall_framework::{
    Body, Ctx, Failure, OnComponent, Reply,
    component::{Input, custom_id},
};
use guildhall_store::{Erased, Reason, Subject, erase, platform::privacy};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::channel::message::component::ButtonStyle;

use super::confirm;
use crate::view::{Card, button, rows};

/// The argument of the button that means all servers.
const EVERYWHERE: &str = "everywhere";

/// Remove what is kept about you
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "erase")]
pub(super) struct Erase {
    /// In all servers and beyond them, not in this server alone
    everywhere: Option<bool>,
}

impl Erase {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let here = ctx.invocation().guild.filter(|_| self.everywhere != Some(true));
        let subject = subject(ctx, here)?;
        let found = erase::preview(&ctx.services().store, subject, Reason::Asked).await?;
        let question = match subject {
            Subject::User(_) => text!("privacy-erase-ask-everywhere"),
            Subject::Member(..) | Subject::Guild(_) => text!("privacy-erase-ask"),
        };
        let [user, until] = confirm::bind(ctx)?;
        let place = here.map_or_else(|| EVERYWHERE.to_owned(), |guild| guild.to_string());
        let mut body = Card::new(&ctx.t(&text!("privacy-erase-title"))).text(&listed(ctx, &found)).body();
        body.content = ctx.t(&question);
        body.components = rows(vec![
            button(
                ButtonStyle::Danger,
                &ctx.t(&text!("privacy-erase-yes")),
                custom_id(Confirmed::NAME, &[&user, &until, &place]),
            ),
            button(ButtonStyle::Secondary, &ctx.t(&text!("privacy-erase-no")), custom_id(Kept::NAME, &[])),
        ]);
        Ok(Reply::Message { body, ephemeral: true })
    }
}

fn subject(ctx: &Ctx, here: Option<GuildId>) -> Result<Subject, Failure> {
    let user = ctx.caller()?;
    Ok(here.map_or(Subject::User(user), |guild| Subject::Member(guild, user)))
}

/// Each table with its rows, a line each.
pub(super) fn listed(ctx: &Ctx, rows: &Erased) -> String {
    let line = |(table, rows): (&str, u64)| ctx.t(&text!("privacy-rows", table = table, rows = rows));
    let lines: Vec<_> = rows.tables().map(line).collect();
    if lines.is_empty() { ctx.t(&text!("privacy-nothing")) } else { lines.join("\n") }
}

/// The button that confirms: `privacy:erase:USER:UNTIL:PLACE`.
pub(super) struct Confirmed;

impl OnComponent for Confirmed {
    const NAME: &'static str = "privacy:erase";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        confirm::check(ctx, &input.arguments)?;
        let place = input.arguments.get(2).map(String::as_str).unwrap_or_default();
        let here = if place == EVERYWHERE {
            None
        } else {
            // The button stands in the guild that it names.
            Some(ctx.guild()?).filter(|guild| guild.to_string() == place)
        };
        if here.is_none() && place != EVERYWHERE {
            return Err(text!("failure-unknown-component").into());
        }
        let subject = subject(ctx, here)?;
        let erased = ctx.erase(subject, Reason::Asked).await?;
        let (now, detail) = (ctx.now(), format!("{} rows, {place}", erased.total()));
        privacy::record(&mut ctx.user_db().await?, "erase", &detail, now).await?;
        let card = Card::new(&ctx.t(&text!("privacy-erased", rows = erased.total())));
        Ok(Reply::Update(card.text(&listed(ctx, &erased)).body()))
    }
}

/// The button that does not.
pub(super) struct Kept;

impl OnComponent for Kept {
    const NAME: &'static str = "privacy:keep";

    async fn run(ctx: &mut Ctx, _input: Input) -> Result<Reply, Failure> {
        Ok(Reply::Update(Body::text(ctx.t(&text!("privacy-kept")))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use guildhall_core::event::EventKind;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{World, body, custom_ids, refused, unzipped, words};

    async fn lived_in(world: &World, guild: u64, user: u64) {
        let on = json!({ "feature": "statistics", "enabled": true });
        world.manager(guild, 99).run("server_config", on).await.unwrap();
        let content =
            json!({ "content": format!("canary{user} likes tea"), "category": format!("canary{user}") });
        world.member(guild, user).run("learn", content).await.unwrap();
        message(world, guild, user, "a").await;
    }

    /// A message that was written a day ago, which reaches us now.
    async fn message(world: &World, guild: u64, user: u64, key: &str) {
        let payload: Value =
            json!({ "id": "1440700000000000000", "type": 0, "author": { "id": user.to_string() } });
        let key = format!("{key}-{guild}-{user}");
        world.event(guild, EventKind::MessageCreate, &key, payload).await.unwrap();
    }

    async fn confirm(world: &World, guild: Option<u64>, user: u64, options: Value) -> Reply {
        let caller = guild.map_or_else(|| world.direct(user), |guild| world.member(guild, user));
        let asked = caller.run("privacy", json!({ "erase": options })).await.unwrap();
        assert!(matches!(asked, Reply::Message { ephemeral: true, .. }));
        caller.press(&custom_ids(body(&asked))[0]).await.unwrap()
    }

    #[tokio::test]
    async fn here_means_here_and_everywhere_means_everywhere() {
        let world = World::new().await;
        for (guild, user) in [(1, 20), (2, 20), (1, 21)] {
            lived_in(&world, guild, user).await;
        }
        let done = confirm(&world, Some(1), 20, json!({})).await;
        assert!(words(&done).contains("knowledge_entry: 1"), "{}", words(&done));
        let left = world.dump().await;
        let with = |text: &str| left.iter().filter(|(_, row)| row.contains(text)).count();
        assert!(with("canary20") > 0 && with("canary21") > 0, "the other guild and the other member");
        assert!(!left.iter().any(|(_, row)| row.contains("canary20") && row.starts_with("[Int(1),")));

        confirm(&world, None, 20, json!({})).await;
        let left = world.dump().await;
        let with = |text: &str| -> std::collections::BTreeSet<&str> {
            left.iter().filter(|(_, row)| row.contains(text)).map(|(table, _)| *table).collect()
        };
        assert!(with("canary20").is_empty());
        // Their wish, and that it was done, by id alone.
        assert_eq!(with("Int(20)").into_iter().collect::<Vec<_>>(), ["privacy_audit", "tombstone"]);
        assert!(!with("canary21").is_empty());
        assert!(!world.bytes_hold("canary20") && world.bytes_hold("canary21"));
        let export = world.direct(20).run("privacy", json!({ "export": {} })).await.unwrap();
        let files = unzipped(&body(&export).files[0].bytes);
        assert!(files.values().all(|text| !text.contains("canary")));
        let asked =
            world.member(2, 30).run("ask_knowledge", json!({ "query": "canary20 tea" })).await.unwrap();
        assert!(!words(&asked).contains("likes tea"), "the index knows nothing either");
        // The other's can still be found, and the counts are right.
        let asked =
            world.member(1, 30).run("ask_knowledge", json!({ "query": "canary21 tea" })).await.unwrap();
        assert!(words(&asked).contains("likes tea"));
    }

    #[tokio::test]
    async fn what_reaches_us_late_does_not_bring_anything_back() {
        let world = World::new().await;
        lived_in(&world, 1, 20).await;
        confirm(&world, Some(1), 20, json!({})).await;
        message(&world, 1, 20, "late").await;
        message(&world, 1, 21, "late").await;
        let counted: Vec<_> =
            world.dump().await.into_iter().filter(|(table, _)| *table == "message_member_day").collect();
        assert_eq!(counted.len(), 1, "{counted:?}");
        assert!(counted[0].1.contains("Int(21)"));
    }

    #[tokio::test]
    async fn the_button_is_the_callers_and_not_for_long() {
        let world = World::new().await;
        lived_in(&world, 1, 20).await;
        let asked = world.member(1, 20).run("privacy", json!({ "erase": {} })).await.unwrap();
        let yes = custom_ids(body(&asked))[0].clone();
        assert_eq!(refused(world.member(1, 21).press(&yes).await), "privacy-not-yours");
        assert_eq!(refused(world.member(2, 20).press(&yes).await), "failure-unknown-component");
        world.member(1, 20).press("privacy:keep").await.unwrap();
        world.clock.advance(Duration::from_mins(16));
        assert_eq!(refused(world.member(1, 20).press(&yes).await), "privacy-too-late");
        assert!(world.dump().await.iter().any(|(_, row)| row.contains("canary20")));
    }
}
