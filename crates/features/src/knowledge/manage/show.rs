//! `/knowledge show`: one entry as it was taught.

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::{knowledge::entry::Entry, view::Card};

/// Show an entry in full
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "show")]
pub(in crate::knowledge) struct Show {
    /// The entry's number, or a word in it
    #[command(autocomplete = true, max_length = 100)]
    id: String,
}

impl Show {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let entry = Entry::named(ctx, &self.id).await?;
        let card = Card::new(&entry.title(ctx))
            .text(&entry.content)
            .field(&ctx.t(&text!("knowledge-concepts")), &entry.concepts.join(", "))
            .field(&ctx.t(&text!("knowledge-source")), &entry.source());
        Ok(Reply::embed(card.build()))
    }
}
