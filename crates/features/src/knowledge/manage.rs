//! `/knowledge`: looks through what the guild was taught, corrects it and removes it.

use guildhall_framework::{Access, Choice, Ctx, Failure, Reply, SlashCommand};
use guildhall_store::{GuildTx, params};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{SUGGESTIONS, entry::Entry, index, schema};
use crate::view::{cut, one_line};

pub(super) mod edit;
pub(super) mod forget;
pub(super) mod list;
pub(super) mod show;

/// Look through what this server knows, correct it or remove it
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "knowledge", desc = "Look through what this server knows, correct it or remove it")]
pub(super) enum Knowledge {
    /// Pages of entries.
    #[command(name = "list")]
    List(list::List),
    /// One entry.
    #[command(name = "show")]
    Show(show::Show),
    /// Another text for an entry.
    #[command(name = "edit")]
    Edit(edit::Edit),
    /// An entry less.
    #[command(name = "forget")]
    Forget(forget::Forget),
}

impl SlashCommand for Knowledge {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::List(list) => list.run(ctx).await,
            Self::Show(show) => show.run(ctx).await,
            Self::Edit(edit) => edit.run(ctx).await,
            Self::Forget(forget) => forget.run(ctx).await,
        }
    }

    async fn complete(ctx: &mut Ctx, option: &str, typed: &str) -> Result<Vec<Choice>, Failure> {
        match option {
            "id" => complete_id(ctx, typed).await,
            "category" => complete_category(ctx, typed).await,
            _ => Ok(Vec::new()),
        }
    }
}

/// Choices that Discord shows at most (Discord docs: Interactions, Autocomplete).
const CHOICES: usize = 25;

/// Entries by their number or by a word in them; the newest where nothing is typed.
async fn complete_id(ctx: &mut Ctx, typed: &str) -> Result<Vec<Choice>, Failure> {
    let typed = one_line(typed);
    let name = format!("entry.{}", blake3::hash(typed.as_bytes()).to_hex());
    let look = async |tx: &mut GuildTx<'_>| entries(tx, &typed).await;
    let found: Vec<(i64, String)> = ctx.cached(&SUGGESTIONS, &name, look).await?;
    Ok(found.into_iter().map(|(id, name)| Choice { name, value: id.to_string() }).collect())
}

/// The entries that may be meant, each with what is shown of it.
async fn entries(tx: &mut GuildTx<'_>, typed: &str) -> Result<Vec<(i64, String)>, Failure> {
    let number = typed.trim_start_matches('#').parse::<i64>().ok();
    let found = if typed.is_empty() {
        let rows = tx.fetch_all(&schema::LIST, params![CHOICES, 0_i64]).await?;
        rows.iter().map(Entry::read).collect::<Result<Vec<_>, _>>()?
    } else {
        let mut found = Vec::new();
        let named = number.into_iter().chain(index::with_word(tx, typed, CHOICES).await?);
        for id in named {
            found.extend(Entry::find(tx, id).await?);
        }
        found
    };
    let shown = |entry: Entry| (entry.id, cut(&format!("{}: {}", entry.id, one_line(&entry.content)), 100));
    Ok(found.into_iter().map(shown).take(CHOICES).collect())
}

/// The guild's categories that hold what is typed.
pub(super) async fn complete_category(ctx: &mut Ctx, typed: &str) -> Result<Vec<Choice>, Failure> {
    let typed = one_line(typed).to_lowercase();
    let look = async |tx: &mut GuildTx<'_>| {
        let rows = tx.fetch_all(&schema::CATEGORIES, params![]).await?;
        Ok(rows.iter().map(|row| row.get("category")).collect::<Result<Vec<String>, _>>()?)
    };
    let mut choices = Vec::new();
    for category in ctx.cached(&SUGGESTIONS, "categories", look).await? {
        if category.to_lowercase().contains(&typed) && choices.len() < CHOICES {
            choices.push(Choice { name: category.clone(), value: category });
        }
    }
    Ok(choices)
}
