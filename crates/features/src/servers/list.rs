//! `/server_list`: the servers that the bot is in, for those who run it. The page and the search stand in the
//! buttons, so that they work after any restart.

use guildhall_core::{id::GuildId, text};
use guildhall_framework::{
    Access, Body, Ctx, Failure, OnComponent, Reply, SlashCommand,
    component::{Input, custom_id},
};
use guildhall_store::{OperatorPath, params};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::channel::message::component::{Button, ButtonStyle};

use super::schema;
use crate::view::{Card, button, cut, one_line, rows};

/// Servers on a page.
const PAGE: usize = 15;
/// Names that are read at once.
const READ: u32 = 2_000;
/// Characters of a search.
const SEARCH: usize = 50;

/// List the servers that the bot is in
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "server_list")]
pub(super) struct ServerList {
    /// A part of the name, or the id
    #[command(max_length = 50)]
    search: Option<String>,
    /// The page to start at
    #[command(min_value = 1, max_value = 100_000)]
    page: Option<i64>,
}

impl SlashCommand for ServerList {
    const ACCESS: Access = Access::OPERATORS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let page = usize::try_from(self.page.unwrap_or(1).saturating_sub(1)).unwrap_or_default();
        let search = cut(&one_line(&self.search.unwrap_or_default()), SEARCH);
        Ok(Reply::Message { body: page_of(ctx, page, &search).await?, ephemeral: true })
    }
}

/// A button of a page: `servers:list:BUTTON:PAGE:SEARCH`.
pub(super) struct Turn;

impl OnComponent for Turn {
    const NAME: &'static str = "servers:list";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        let operators = &ctx.services().operators;
        if !ctx.invocation().user.is_some_and(|user| operators.contains(user)) {
            return Err(text!("failure-operators-only").into());
        }
        let [_, page, search] = input.arguments.as_slice() else {
            return Err(text!("failure-unknown-component").into());
        };
        let page = page.parse().map_err(|_| text!("failure-unknown-component"))?;
        page_of(ctx, page, &search.replace('∶', ":")).await.map(Reply::Update)
    }
}

/// A page, counted from zero, in the order of the names. One that lies beyond the last is the last.
async fn page_of(ctx: &Ctx, page: usize, search: &str) -> Result<Body, Failure> {
    let found = found(ctx, search).await?;
    if found.is_empty() {
        let words = match search {
            "" => text!("server-list-none"),
            search => text!("server-list-not-found", search = search),
        };
        return Ok(Body::text(ctx.t(&words)));
    }
    let last = (found.len() - 1) / PAGE;
    let page = page.min(last);
    let mut lines = Vec::new();
    for (guild, name) in found.iter().skip(page * PAGE).take(PAGE) {
        lines.push(line(ctx, *guild, name).await?);
    }
    let place = text!("server-list-page", page = page + 1, pages = last + 1, count = found.len());
    let text = format!("{}\n\n{}", lines.join("\n"), ctx.t(&place));
    let mut body = Card::new(&ctx.t(&text!("server-list-title"))).text(&text).body();
    body.components = rows(buttons(ctx, page, last, search));
    Ok(body)
}

/// The servers that fit, by name. Names are compared here, because databases differ in what they take for the same
/// letter.
async fn found(ctx: &Ctx, search: &str) -> Result<Vec<(GuildId, String)>, Failure> {
    let wanted = search.to_lowercase();
    let (mut after, mut found) = (0_i64, Vec::new());
    loop {
        let mut read = ctx.services().store.read().await?;
        let mut tx = read.operator(OperatorPath::Diagnosis);
        let rows = tx.fetch_all(&schema::NAMES, params![after, READ]).await?;
        let Some(end) = rows.last() else { break };
        after = end.get("guild_id")?;
        for row in &rows {
            let (guild, name): (GuildId, String) = (row.get("guild_id")?, row.get("name")?);
            if name.to_lowercase().contains(&wanted) || guild.to_string() == wanted {
                found.push((guild, name));
            }
        }
    }
    found.sort_by_cached_key(|(guild, name)| (name.to_lowercase(), *guild));
    Ok(found)
}

/// A server with its size and shard, whichever process serves it.
async fn line(ctx: &Ctx, guild: GuildId, name: &str) -> Result<String, Failure> {
    let services = ctx.services();
    let name = cut(&one_line(&name.replace(['*', '`', '_'], "")), 60);
    let facts = services.directory.recall(&services.store, guild).await?;
    let shard = services.directory.shards().map(|total| guild.shard(total));
    let size = facts.map_or_else(
        || text!("server-list-unknown"),
        |facts| text!("server-list-size", members = facts.members, channels = facts.channels),
    );
    let mut line = format!("**{name}** (`{guild}`): {}", ctx.t(&size));
    if let Some(shard) = shard {
        line = format!("{line}, {}", ctx.t(&text!("server-list-shard", shard = shard)));
    }
    Ok(line)
}

/// First, previous, next; those that lead nowhere cannot be pressed.
fn buttons(ctx: &Ctx, page: usize, last: usize, search: &str) -> Vec<Button> {
    let turns = [
        ("first", text!("server-list-first"), 0, page > 0),
        ("back", text!("server-list-previous"), page.saturating_sub(1), page > 0),
        ("next", text!("server-list-next"), (page + 1).min(last), page < last),
    ];
    // A custom id cannot hold a colon as an argument.
    let search = search.replace(':', "∶");
    let press = |(name, label, target, leads): (&str, _, usize, bool)| {
        let id = custom_id(Turn::NAME, &[name, &target.to_string(), &search]);
        Button { disabled: !leads, ..button(ButtonStyle::Secondary, &ctx.t(&label), id) }
    };
    turns.into_iter().map(press).collect()
}

#[cfg(test)]
mod tests {
    use guildhall_core::event::EventKind;
    use serde_json::json;

    use super::*;
    use crate::testing::{World, body, custom_ids, guild, refused, user, words};

    async fn joined(world: &World, number: u64, name: &str) {
        let payload = json!({ "name": name, "joined_at": "2026-11-20T11:59:00+00:00" });
        world.event(number, EventKind::GuildCreate, &format!("join {number}"), payload).await.unwrap();
        let facts = guildhall_framework::directory::GuildFacts {
            id: guild(number),
            name: name.to_owned(),
            owner: user(1),
            members: number * 10,
            channels: 3,
            roles: 2,
            locale: "en-US".to_owned(),
        };
        world.directory.guilds.lock().insert(guild(number), facts);
    }

    #[tokio::test]
    async fn servers_are_found_by_name_and_shown_in_pages() {
        let world = World::new().await;
        let operator = world.operator(1);
        let none = operator.run("server_list", json!({})).await.unwrap();
        assert!(words(&none).contains("in no server"), "{none:?}");
        for number in 1..=20 {
            joined(&world, number, &format!("House {number:02}")).await;
        }
        joined(&world, 21, "Ärger: **laut**").await;
        let shown = operator.run("server_list", json!({})).await.unwrap();
        let text = body(&shown).embeds[0].description.clone().unwrap();
        assert_eq!(text.lines().filter(|line| line.starts_with("**House")).count(), PAGE);
        assert!(text.contains("**House 07** (`7`): 70 members, 3 channels, shard 0"), "{text}");
        assert!(text.ends_with("Page 1 of 2, 21 servers"), "{text}");
        let next = operator.press(&custom_ids(body(&shown))[2]).await.unwrap();
        assert!(words(&next).contains("Page 2 of 2"), "{next:?}");
        let loud = operator.run("server_list", json!({ "search": "äRGER:" })).await.unwrap();
        assert!(words(&loud).contains("**Ärger: laut**"), "{loud:?}");
        let again = operator.press(&custom_ids(body(&loud))[0]).await.unwrap();
        assert!(words(&again).contains("laut"), "the search stands in the button: {again:?}");
        let by_id = operator.run("server_list", json!({ "search": "20" })).await.unwrap();
        assert!(words(&by_id).contains("House 20"), "{by_id:?}");
        let nothing = operator.run("server_list", json!({ "search": "castle" })).await.unwrap();
        assert!(words(&nothing).contains("castle"), "{nothing:?}");
        world.event(20, EventKind::GuildDelete, "leave", json!({ "id": "20" })).await.unwrap();
        let left = operator.run("server_list", json!({ "search": "House 20" })).await.unwrap();
        assert!(words(&left).contains("No server"), "{left:?}");
    }

    #[tokio::test]
    async fn nobody_else_turns_its_pages() {
        let world = World::new().await;
        joined(&world, 1, "House").await;
        let forged = world.manager(1, 20).press("servers:list:next:0:").await;
        assert_eq!(refused(forged), "failure-operators-only");
        assert_eq!(refused(world.operator(1).press("servers:list:x").await), "failure-unknown-component");
    }
}
