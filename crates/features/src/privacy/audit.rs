//! `/privacy audit`: what was changed, exported and erased, for those whom it is about.

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use guildhall_store::platform::privacy::{self, Done};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::owner;
use crate::view::{Card, relative, user};

/// Entries that are shown.
const SHOWN: u32 = 20;

/// See what was changed, exported and erased at your wish
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "audit")]
pub(super) struct Audit;

impl Audit {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let own = privacy::audit(&mut ctx.user_snapshot().await?, SHOWN).await?;
        let mut card = Card::new(&ctx.t(&text!("privacy-audit-title"))).text(&listed(ctx, &own));
        // Whoever answers for the server sees its trail, too.
        if ctx.invocation().guild.is_some() && owner::check(ctx).is_ok() {
            let guild = privacy::audit_guild(&mut ctx.snapshot().await?, SHOWN).await?;
            card = card.field(&ctx.t(&text!("privacy-audit-server")), &listed(ctx, &guild));
        }
        Ok(Reply::embed(card.build()).ephemeral())
    }
}

fn listed(ctx: &Ctx, done: &[Done]) -> String {
    let line = |done: &Done| {
        let by = done.user.map(|id| format!(" ({})", user(id))).unwrap_or_default();
        format!("{} `{}`{by}: {}", relative(done.at), done.action, done.detail)
    };
    let lines: Vec<_> = done.iter().map(line).collect();
    if lines.is_empty() { ctx.t(&text!("privacy-audit-empty")) } else { lines.join("\n") }
}
