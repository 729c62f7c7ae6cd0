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
    knowledge::entry::{CONTENT_MAX, Entry, checked_content, language},
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
