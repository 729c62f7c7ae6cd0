//! `/knowledge edit`: opens a form with an entry's text, and stores what comes back.

use guildhall_core::text;
use guildhall_framework::{
    Ctx, Failure, OnComponent, Reply,
    component::{Input, custom_id},
    reply::Modal,
};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::{
    application::interaction::modal::{ModalInteractionComponent, ModalInteractionData},
    channel::message::{
        Component,
        component::{Label, TextInput, TextInputStyle},
    },
};

use crate::{
    knowledge::{
        changed,
        entry::{CONTENT_MAX, Entry, checked_content, language},
    },
    view::{Card, cut},
};

/// The input in the form.
const CONTENT: &str = "content";

/// Correct an entry
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "edit")]
pub(in crate::knowledge) struct Edit {
    /// The entry's number, or a word in it
    #[command(autocomplete = true, max_length = 100)]
    id: String,
}

impl Edit {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let entry = Entry::named(ctx, &self.id).await?;
        entry.may_change(ctx)?;
        let label = Label {
            component: Box::new(Component::TextInput(input(entry.content.clone()))),
            description: None,
            id: None,
            label: cut(&ctx.t(&text!("knowledge-edit-label")), 45),
        };
        let title = text!("knowledge-edit-title", id = entry.id.to_string());
        Ok(Reply::Modal(Modal {
            custom_id: custom_id(Rewrite::NAME, &[&entry.id.to_string()]),
            title: cut(&ctx.t(&title), 45),
            components: vec![Component::Label(label)],
        }))
    }
}

#[expect(deprecated, reason = "the type still has the field for a label of its own, which stays empty")]
fn input(value: String) -> TextInput {
    TextInput {
        custom_id: CONTENT.to_owned(),
        id: None,
        label: None,
        max_length: Some(CONTENT_MAX),
        min_length: Some(1),
        placeholder: None,
        required: Some(true),
        style: TextInputStyle::Paragraph,
        value: Some(value),
    }
}

/// The form, filled in: `knowledge:rewrite:ID`.
pub(in crate::knowledge) struct Rewrite;

impl OnComponent for Rewrite {
    const NAME: &'static str = "knowledge:rewrite";

    async fn run(ctx: &mut Ctx, given: Input) -> Result<Reply, Failure> {
        let id = given.arguments.first().map(String::as_str).unwrap_or_default();
        // Reads in the transaction that writes, so that nobody else changes the entry in between.
        ctx.db().await?;
        let mut entry = Entry::named(ctx, id).await?;
        entry.may_change(ctx)?;
        let content = checked_content(&given.modal.as_ref().and_then(typed).unwrap_or_default())?;
        let (language, now) = (language(ctx), ctx.now());
        if content != entry.content {
            let mut tx = ctx.db().await?;
            if let Some(other) = Entry::with_content(&mut tx, &content).await? {
                return Err(text!("knowledge-edit-known", id = other.id.to_string()).into());
            }
            entry.rewrite(&mut tx, content, &language, now).await?;
            changed(ctx)?;
        }
        let title = ctx.t(&text!("knowledge-edited", id = entry.id.to_string()));
        Ok(Reply::embed(Card::new(&title).text(&entry.content).build()))
    }
}

/// What stands in the form's input.
fn typed(modal: &ModalInteractionData) -> Option<String> {
    modal.components.iter().find_map(|component| match component {
        ModalInteractionComponent::Label(label) => match &*label.component {
            ModalInteractionComponent::TextInput(input) if input.custom_id == CONTENT => {
                Some(input.value.clone())
            }
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{World, refused, words};

    fn form(content: &str) -> Value {
        json!({ "type": 4, "id": 2, "custom_id": CONTENT, "value": content })
    }

    async fn world() -> World {
        let world = World::new().await;
        world.member(1, 20).run("learn", json!({ "content": "The raid is on Friday." })).await.unwrap();
        world.member(1, 20).run("learn", json!({ "content": "Pets are welcome." })).await.unwrap();
        world
    }

    #[tokio::test]
    async fn the_author_corrects_an_entry_and_it_is_found_by_its_new_words() {
        let world = world().await;
        let author = world.member(1, 20);
        let form_shown = author.run("knowledge", json!({ "edit": { "id": "1" } })).await.unwrap();
        let Reply::Modal(modal) = form_shown else { panic!("not a form") };
        assert!(serde_json::to_string(&modal.components).unwrap().contains("The raid is on Friday."));
        let saved = author.submit(&modal.custom_id, form(" The dungeon is on Monday. ")).await.unwrap();
        assert!(words(&saved).contains("The dungeon is on Monday."));
        let asked = |query: &str| {
            let options = json!({ "query": query });
            let caller = world.member(1, 30);
            async move { words(&caller.run("ask_knowledge", options).await.unwrap()) }
        };
        assert!(asked("dungeon").await.contains("[1] Entry 1"));
        assert!(asked("raid").await.contains("not in this server's knowledge"));
    }

    #[tokio::test]
    async fn only_the_author_and_managers_may() {
        let world = world().await;
        let edit = json!({ "edit": { "id": "1" } });
        assert_eq!(refused(world.member(1, 21).run("knowledge", edit.clone()).await), "knowledge-not-yours");
        let forged = world.member(1, 21).submit("knowledge:rewrite:1", form("mine now")).await;
        assert_eq!(refused(forged), "knowledge-not-yours");
        let foreign = world.manager(2, 20).submit("knowledge:rewrite:1", form("mine now")).await;
        assert_eq!(refused(foreign), "knowledge-no-entry");
        assert!(matches!(world.manager(1, 22).run("knowledge", edit).await, Ok(Reply::Modal(_))));
        world.manager(1, 22).submit("knowledge:rewrite:1", form("Corrected.")).await.unwrap();
    }

    #[tokio::test]
    async fn a_text_that_is_empty_too_long_or_known_is_refused() {
        let world = world().await;
        let author = world.member(1, 20);
        for (text, reason) in [
            (" ".to_owned(), "knowledge-empty"),
            ("x".repeat(4_001), "knowledge-too-long"),
            ("Pets are welcome.".to_owned(), "knowledge-edit-known"),
        ] {
            assert_eq!(refused(author.submit("knowledge:rewrite:1", form(&text)).await), reason);
        }
        let unchanged = author.submit("knowledge:rewrite:1", form("The raid is on Friday.")).await.unwrap();
        assert!(words(&unchanged).contains("The raid is on Friday."));
    }
}
