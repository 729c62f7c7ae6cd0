//! `/knowledge forget`: removes an entry, once the caller has confirmed it.

use guildhall_core::text;
use guildhall_framework::{
    Body, Ctx, Failure, OnComponent, Reply,
    component::{Input, custom_id},
};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::channel::message::component::ButtonStyle;

use crate::{
    knowledge::{changed, entry::Entry},
    view::{Card, button, rows},
};

/// Remove an entry for good
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "forget")]
pub(in crate::knowledge) struct Forget {
    /// The entry's number, or a word in it
    #[command(autocomplete = true, max_length = 100)]
    id: String,
}

impl Forget {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let entry = Entry::named(ctx, &self.id).await?;
        entry.may_change(ctx)?;
        let mut body = Card::new(&entry.title(ctx)).text(&entry.content).body();
        body.content = ctx.t(&text!("knowledge-forget-ask"));
        let yes = custom_id(Confirmed::NAME, &[&entry.id.to_string()]);
        body.components = rows(vec![
            button(ButtonStyle::Danger, &ctx.t(&text!("knowledge-forget-yes")), yes),
            button(ButtonStyle::Secondary, &ctx.t(&text!("knowledge-forget-no")), custom_id(Kept::NAME, &[])),
        ]);
        Ok(Reply::Message { body, ephemeral: true })
    }
}

/// The button that confirms: `knowledge:forget:ID`.
pub(in crate::knowledge) struct Confirmed;

impl OnComponent for Confirmed {
    const NAME: &'static str = "knowledge:forget";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        let id = input.arguments.first().map(String::as_str).unwrap_or_default();
        // Reads in the transaction that writes, so that nobody else removes the entry in between.
        ctx.db().await?;
        let entry = Entry::named(ctx, id).await?;
        entry.may_change(ctx)?;
        entry.forget(&mut ctx.db().await?).await?;
        changed(ctx)?;
        let words = text!("knowledge-forgotten", id = entry.id.to_string());
        Ok(Reply::Update(Body::text(ctx.t(&words))))
    }
}

/// The button that does not.
pub(in crate::knowledge) struct Kept;

impl OnComponent for Kept {
    const NAME: &'static str = "knowledge:keep";

    async fn run(ctx: &mut Ctx, _input: Input) -> Result<Reply, Failure> {
        Ok(Reply::Update(Body::text(ctx.t(&text!("knowledge-kept")))))
    }
}

#[cfg(test)]
mod tests {
    use guildhall_store::params;
    use serde_json::json;

    use super::*;
    use crate::{
        knowledge::index,
        testing::{World, body, custom_ids, refused, words},
    };

    #[tokio::test]
    async fn an_entry_is_removed_with_its_words_once_confirmed() {
        let world = World::new().await;
        let author = world.member(1, 20);
        for content in ["The raid is on Friday.", "The raid is fun."] {
            author.run("learn", json!({ "content": content })).await.unwrap();
        }
        let asked = author.run("knowledge", json!({ "forget": { "id": "1" } })).await.unwrap();
        assert!(matches!(asked, Reply::Message { ephemeral: true, .. }));
        assert_eq!(custom_ids(body(&asked)), ["knowledge:forget:1", "knowledge:keep"]);
        author.press("knowledge:keep").await.unwrap();
        assert_eq!(world.rows(1, &index::POSTINGS, params!["friday"]).await.len(), 1);
        let done = author.press("knowledge:forget:1").await.unwrap();
        assert!(words(&done).contains("Entry 1 is removed"));
        assert!(world.rows(1, &index::POSTINGS, params!["friday"]).await.is_empty());
        let corpus = world.rows(1, &index::CORPUS, params![]).await;
        assert_eq!(corpus[0].get::<i64>("entries").unwrap(), 1);
        assert_eq!(corpus[0].get::<i64>("length").unwrap(), 2);
        assert_eq!(refused(author.press("knowledge:forget:1").await), "knowledge-no-entry");
        // The number of a removed entry is never given again.
        let next = author.run("learn", json!({ "content": "The raid is on Friday." })).await.unwrap();
        assert!(words(&next).contains("Learned as entry 3"));
    }

    #[tokio::test]
    async fn two_who_confirm_at_once_remove_it_once() {
        let world = World::new().await;
        let author = world.member(1, 20);
        for content in ["The raid is on Friday.", "Pets are welcome."] {
            author.run("learn", json!({ "content": content })).await.unwrap();
        }
        let manager = world.manager(1, 21);
        let (one, two) =
            tokio::join!(author.press("knowledge:forget:1"), manager.press("knowledge:forget:1"));
        assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
        let corpus = world.rows(1, &index::CORPUS, params![]).await;
        assert_eq!(corpus[0].get::<i64>("entries").unwrap(), 1);
        assert_eq!(corpus[0].get::<i64>("length").unwrap(), 2);
    }

    #[tokio::test]
    async fn only_the_author_and_managers_may() {
        let world = World::new().await;
        world.member(1, 20).run("learn", json!({ "content": "The raid is on Friday." })).await.unwrap();
        let other = world.member(1, 21);
        let asked = other.run("knowledge", json!({ "forget": { "id": "1" } })).await;
        assert_eq!(refused(asked), "knowledge-not-yours");
        assert_eq!(refused(other.press("knowledge:forget:1").await), "knowledge-not-yours");
        assert_eq!(refused(world.manager(2, 20).press("knowledge:forget:1").await), "knowledge-no-entry");
        world.manager(1, 22).press("knowledge:forget:1").await.unwrap();
    }
}
