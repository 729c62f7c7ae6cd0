//! `/knowledge forget`: removes an entry, once the caller has confirmed it.

use guildhall_core::text;
use guildhall_framework::{
    Body, Ctx, Failure, OnComponent, Reply,
    component::{Input, custom_id},
};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::channel::message::component::ButtonStyle;

use crate::{
    knowledge::entry::Entry,
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
        let entry = Entry::named(ctx, id).await?;
        entry.may_change(ctx)?;
        entry.forget(&mut ctx.db().await?).await?;
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
