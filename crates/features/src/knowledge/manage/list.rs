//! `/knowledge list`: pages of entries, newest first. The page stands in the buttons, so that they work
//! after any restart.

use guildhall_core::{id::UserId, text};
use guildhall_framework::{
    Body, Ctx, Failure, OnComponent, Reply,
    component::{Input, custom_id},
};
use guildhall_store::params;
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::channel::message::component::{Button, ButtonStyle};

use crate::{
    knowledge::{
        entry::{Entry, category_of},
        schema,
    },
    view::{self, Card, button, cut, one_line, rows},
};

/// Entries on a page.
const PAGE: i64 = 10;

/// Characters of an entry's text in the list.
const PREVIEW: usize = 120;

/// List what this server knows
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "list")]
pub(in crate::knowledge) struct List {
    /// Only entries under this heading
    #[command(autocomplete = true, max_length = 50)]
    category: Option<String>,
    /// The page to start at
    #[command(min_value = 1, max_value = 100_000)]
    page: Option<i64>,
}

impl List {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let owner = ctx.caller()?;
        let category = self.category.as_deref().map(category_of).filter(|category| !category.is_empty());
        let page = self.page.unwrap_or(1).saturating_sub(1);
        Ok(Reply::Message { body: page_of(ctx, owner, page, category).await?, ephemeral: false })
    }
}

/// A button of a page: `knowledge:page:OWNER:BUTTON:PAGE:CATEGORY`.
pub(in crate::knowledge) struct Turn;

impl OnComponent for Turn {
    const NAME: &'static str = "knowledge:page";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        let [owner, _, page, category] = input.arguments.as_slice() else {
            return Err(text!("failure-unknown-component").into());
        };
        let caller = ctx.caller()?;
        if owner.parse() != Ok(caller) {
            let list = view::command(ctx, "knowledge list");
            return Err(text!("knowledge-list-not-yours", list = list).into());
        }
        let page = page.parse().map_err(|_| text!("failure-unknown-component"))?;
        let category = Some(unpack(category)).filter(|category| !category.is_empty());
        page_of(ctx, caller, page, category).await.map(Reply::Update)
    }
}

/// A page, counted from zero. One that lies beyond the last is the last.
async fn page_of(ctx: &mut Ctx, owner: UserId, page: i64, category: Option<String>) -> Result<Body, Failure> {
    let mut tx = ctx.snapshot().await?;
    let count: i64 = match &category {
        Some(category) => tx.fetch_one(&schema::COUNT_IN, params![category]).await?.get("entries")?,
        None => tx.fetch_one(&schema::COUNT, params![]).await?.get("entries")?,
    };
    let last = (count - 1).max(0) / PAGE;
    let page = page.clamp(0, last);
    let found = match &category {
        Some(category) => tx.fetch_all(&schema::LIST_IN, params![PAGE, page * PAGE, category]).await?,
        None => tx.fetch_all(&schema::LIST, params![PAGE, page * PAGE]).await?,
    };
    let entries = found.iter().map(Entry::read).collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() {
        let learn = view::command(ctx, "learn");
        return Ok(Body::text(ctx.t(&match category {
            Some(category) => text!("knowledge-list-none-in", category = category),
            None => text!("knowledge-nothing-yet", learn = learn),
        })));
    }
    let line = |entry: &Entry| {
        let preview = cut(&one_line(&entry.content), PREVIEW);
        format!("**{}**: {preview}\n{}", entry.title(ctx), entry.source())
    };
    let lines = entries.iter().map(line).collect::<Vec<_>>().join("\n");
    let place = text!("knowledge-page", page = page + 1, pages = last + 1, count = count);
    let text = format!("{lines}\n\n{}", ctx.t(&place));
    let mut body = Card::new(&ctx.t(&text!("knowledge-list"))).text(&text).body();
    body.components = rows(buttons(ctx, owner, page, last, category.as_deref()));
    Ok(body)
}

/// First, previous, next; those that lead nowhere cannot be pressed.
fn buttons(ctx: &Ctx, owner: UserId, page: i64, last: i64, category: Option<&str>) -> Vec<Button> {
    let turns = [
        ("first", text!("knowledge-first"), 0, page > 0),
        ("back", text!("knowledge-previous"), (page - 1).max(0), page > 0),
        ("next", text!("knowledge-next"), (page + 1).min(last), page < last),
    ];
    let category = pack(category.unwrap_or_default());
    let press = |(name, label, target, leads): (&str, _, i64, bool)| {
        let id = custom_id(Turn::NAME, &[&owner.to_string(), name, &target.to_string(), &category]);
        Button { disabled: !leads, ..button(ButtonStyle::Secondary, &ctx.t(&label), id) }
    };
    turns.into_iter().map(press).collect()
}

/// A category as an argument of a custom id, which cannot hold a colon.
fn pack(category: &str) -> String {
    category.replace(':', "∶")
}

fn unpack(argument: &str) -> String {
    category_of(argument)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{World, body, custom_ids, refused, words};

    async fn taught(world: &World, guild: u64, count: usize) {
        for number in 1..=count {
            let category = if number % 2 == 0 { "Even: ones" } else { "Odd ones" };
            let options = json!({ "content": format!("Fact {number} of {guild}"), "category": category });
            world.member(guild, 20).run("learn", options).await.unwrap();
        }
    }

    #[tokio::test]
    async fn pages_are_turned_by_buttons_of_whoever_called_them() {
        let world = World::new().await;
        taught(&world, 1, 23).await;
        let caller = world.member(1, 30);
        let first = caller.run("knowledge", json!({ "list": {} })).await.unwrap();
        assert!(words(&first).contains("Page 1 of 3, 23 entries"), "{first:?}");
        assert!(words(&first).contains("Fact 23 of 1") && !words(&first).contains("Fact 13 of 1"));
        let next = custom_ids(body(&first))[2].clone();
        assert_eq!(next, "knowledge:page:30:next:1:");
        let Ok(Reply::Update(second)) = caller.press(&next).await else { panic!("not an update") };
        let second = Reply::Update(second);
        assert!(words(&second).contains("Page 2 of 3") && words(&second).contains("Fact 13 of 1"));
        let last = caller.press("knowledge:page:30:next:99:").await.unwrap();
        assert!(words(&last).contains("Page 3 of 3") && words(&last).contains("Fact 1 of 1"));
        assert_eq!(refused(world.manager(1, 31).press(&next).await), "knowledge-list-not-yours");
        assert_eq!(refused(caller.press("knowledge:page:30:next:x:").await), "failure-unknown-component");
        assert_eq!(refused(caller.press("knowledge:page:30").await), "failure-unknown-component");
    }

    #[tokio::test]
    async fn a_category_is_kept_while_turning_pages() {
        let world = World::new().await;
        taught(&world, 1, 24).await;
        let caller = world.member(1, 30);
        let options = json!({ "list": { "category": "Even: ones", "page": 1 } });
        let first = caller.run("knowledge", options).await.unwrap();
        assert!(words(&first).contains("Page 1 of 2, 12 entries"), "{first:?}");
        let second = caller.press(&custom_ids(body(&first))[2]).await.unwrap();
        assert!(
            words(&second).contains("Page 2 of 2") && words(&second).contains("Fact 2 of 1"),
            "{second:?}"
        );
    }

    #[tokio::test]
    async fn other_guilds_are_never_listed() {
        let world = World::new().await;
        taught(&world, 1, 3).await;
        let listed = world.member(2, 30).run("knowledge", json!({ "list": {} })).await.unwrap();
        assert!(words(&listed).contains("has not taught me anything yet"));
        let options = json!({ "list": { "category": "Odd ones" } });
        let listed = world.member(2, 30).run("knowledge", options).await.unwrap();
        assert!(words(&listed).contains("Nothing is filed under"));
    }

    #[test]
    fn the_longest_category_fits_a_button_and_comes_back() {
        let category = "a:b".repeat(16);
        let owner = u64::try_from(i64::MAX).unwrap().to_string();
        let id = custom_id(Turn::NAME, &[&owner, "first", "999999", &pack(&category)]);
        let (name, arguments) = guildhall_framework::component::split(&id).unwrap();
        assert_eq!(name, Turn::NAME);
        assert_eq!(unpack(arguments[3]), category);
    }
}
