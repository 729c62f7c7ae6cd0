//! An entry: what was taught, by whom, and when.

use guildhall_core::{
    clock::Timestamp,
    id::UserId,
    l10n::{DEFAULT, Text},
    text,
};
use guildhall_framework::{Ctx, Failure, permissions};
use guildhall_store::{GuildTx, Row, StoreError, params, platform};
use serde::{Deserialize, Serialize};
use twilight_model::guild::Permissions;

use super::{index, schema};
use crate::{
    calendar::{DAY, day},
    view::{self, cut, date, one_line, user},
};

/// The most characters that a text has.
pub(super) const CONTENT_MAX: u16 = 4_000;
/// The most characters that a category or a concept has.
pub(super) const LABEL_MAX: u16 = 50;
/// The most concepts that an entry has.
const CONCEPTS_MAX: usize = 10;
/// The most entries that a guild is taught in one day.
pub(super) const PER_DAY: i64 = 100;

/// The key of the counter that numbers a guild's entries.
const COUNTER: &str = "knowledge";

/// One entry of a guild.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) author: UserId,
    pub(super) content: String,
    pub(super) category: Option<String>,
    pub(super) concepts: Vec<String>,
    pub(super) created: Timestamp,
}

/// An entry that is not stored yet: checked, and within all bounds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Draft {
    pub(super) content: String,
    pub(super) category: Option<String>,
    pub(super) concepts: Vec<String>,
}

impl Draft {
    /// Checks what a member typed. `concepts` are separated by commas.
    pub(super) fn new(content: &str, category: Option<&str>, concepts: Option<&str>) -> Result<Self, Text> {
        let content = checked_content(content)?;
        let category = category.map(category_of).filter(|category| !category.is_empty());
        let mut kept: Vec<String> = Vec::new();
        for concept in concepts.unwrap_or_default().split(',').map(one_line) {
            let known = kept.iter().any(|other| other.to_lowercase() == concept.to_lowercase());
            if !concept.is_empty() && !known {
                kept.push(concept);
            }
        }
        let too_long = |label: &String| label.chars().count() > usize::from(LABEL_MAX);
        if category.as_ref().is_some_and(too_long) || kept.iter().any(too_long) {
            return Err(text!("knowledge-label-too-long", max = u32::from(LABEL_MAX)));
        }
        if kept.len() > CONCEPTS_MAX {
            return Err(text!("knowledge-too-many-concepts", max = CONCEPTS_MAX));
        }
        Ok(Self { content, category, concepts: kept })
    }

    /// Stores the entry and makes it findable.
    pub(super) async fn insert(
        self,
        tx: &mut GuildTx<'_>,
        author: UserId,
        language: &str,
        now: Timestamp,
    ) -> Result<Entry, Failure> {
        let id = platform::counter::next(tx, COUNTER).await?;
        let concepts = serde_json::to_string(&self.concepts).map_err(Failure::internal)?;
        let row =
            params![id, author, &self.content, self.category.clone(), concepts, digest(&self.content), now];
        tx.execute(&schema::INSERT, row).await?;
        let Self { content, category, concepts } = self;
        let entry = Entry { id, author, content, category, concepts, created: now };
        index::add(tx, &entry, language).await?;
        Ok(entry)
    }
}

impl Entry {
    /// Reads a row of the statements on entries.
    pub(super) fn read(row: &Row) -> Result<Self, Failure> {
        let concepts: String = row.get("concepts")?;
        Ok(Self {
            id: row.get("id")?,
            author: row.get("author_id")?,
            content: row.get("content")?,
            category: row.get("category")?,
            concepts: serde_json::from_str(&concepts).map_err(Failure::unreadable)?,
            created: row.get("created_at")?,
        })
    }

    /// The entry that a member named by its number; refused where there is none in this guild.
    pub(super) async fn named(ctx: &mut Ctx, typed: &str) -> Result<Self, Failure> {
        let id = typed.trim().trim_start_matches('#').parse::<i64>().ok().filter(|id| *id > 0);
        let found = match id {
            Some(id) => Self::find(&mut ctx.snapshot().await?, id).await?,
            None => None,
        };
        found.ok_or_else(|| {
            let list = view::command(ctx, "knowledge list");
            text!("knowledge-no-entry", entry = cut(&one_line(typed), 20), list = list).into()
        })
    }

    /// The entry with this number.
    pub(super) async fn find(tx: &mut GuildTx<'_>, id: i64) -> Result<Option<Self>, Failure> {
        tx.fetch_optional(&schema::GET, params![id]).await?.as_ref().map(Self::read).transpose()
    }

    /// The entry with this very text.
    pub(super) async fn with_content(tx: &mut GuildTx<'_>, content: &str) -> Result<Option<Self>, Failure> {
        let row = tx.fetch_optional(&schema::BY_DIGEST, params![digest(content)]).await?;
        row.as_ref().map(Self::read).transpose()
    }

    /// Gives the entry another text.
    pub(super) async fn rewrite(
        &mut self,
        tx: &mut GuildTx<'_>,
        content: String,
        language: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        index::remove(tx, self.id).await?;
        tx.execute(&schema::REWRITE, params![self.id, &content, digest(&content), now]).await?;
        self.content = content;
        index::add(tx, self, language).await
    }

    /// Removes the entry and all that was made from it.
    pub(super) async fn forget(&self, tx: &mut GuildTx<'_>) -> Result<(), StoreError> {
        index::remove(tx, self.id).await?;
        tx.execute(&schema::DELETE, params![self.id]).await.map(|_| ())
    }

    /// Lets only the author go on, and those who manage the server.
    pub(super) fn may_change(&self, ctx: &Ctx) -> Result<(), Failure> {
        let manager = permissions::missing(ctx.invocation().user_permissions, Permissions::MANAGE_GUILD);
        if ctx.caller()? == self.author || manager.is_empty() {
            return Ok(());
        }
        Err(text!("knowledge-not-yours", id = self.id.to_string(), author = user(self.author)).into())
    }

    /// Its number, and its category where it has one: `Entry 7 · Rules`.
    pub(super) fn title(&self, ctx: &Ctx) -> String {
        let number = ctx.t(&text!("knowledge-entry", id = self.id.to_string()));
        match &self.category {
            Some(category) => format!("{number} · {category}"),
            None => number,
        }
    }

    /// Who taught it, and when.
    pub(super) fn source(&self) -> String {
        format!("{}, {}", user(self.author), date(self.created))
    }
}

/// The text without blank ends, where it is neither empty nor too long.
pub(super) fn checked_content(typed: &str) -> Result<String, Text> {
    let content = typed.trim();
    if content.is_empty() {
        return Err(text!("knowledge-empty"));
    }
    if content.chars().count() > usize::from(CONTENT_MAX) {
        return Err(text!("knowledge-too-long", max = CONTENT_MAX.to_string()));
    }
    Ok(content.to_owned())
}

/// A category as it is stored. The ratio sign stands for the colon in custom ids, so it never stands for
/// itself.
pub(super) fn category_of(typed: &str) -> String {
    one_line(typed).replace('∶', ":")
}

/// When the guild may be taught again, where the day's limit is reached.
pub(super) async fn full_until(tx: &mut GuildTx<'_>, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let today = day(now);
    let learned: i64 = tx.fetch_one(&schema::LEARNED_SINCE, params![today]).await?.get("entries")?;
    Ok((learned >= PER_DAY).then(|| today + DAY))
}

/// The locale of what is taught in the guild: the guild's own, or the caller's where the guild says nothing.
/// Only servers that are communities choose a language; all others have American English.
pub(super) fn language(ctx: &Ctx) -> String {
    let guild = ctx.invocation().guild.and_then(|guild| ctx.services().directory.guild(guild));
    let chosen = guild.map(|facts| facts.locale).filter(|locale| locale != DEFAULT.code());
    chosen.unwrap_or_else(|| ctx.invocation().locale.code().to_owned())
}

/// Names a text in an index that holds texts of any length.
fn digest(content: &str) -> String {
    blake3::hash(content.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_tidied_and_bounded() {
        let draft =
            Draft::new("  Be kind. ", Some(" House \n rules "), Some("kind, Kind,, manners ")).unwrap();
        assert_eq!(draft.content, "Be kind.");
        assert_eq!(draft.category.as_deref(), Some("House rules"));
        assert_eq!(draft.concepts, ["kind", "manners"]);
        assert_eq!(Draft::new(" x", Some("  "), None).unwrap().category, None);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_reason() {
        let refused = |content: &str, category: Option<&str>, concepts: Option<&str>| {
            Draft::new(content, category, concepts).unwrap_err().key.into_owned()
        };
        let many = (0..11).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(refused(" \n ", None, None), "knowledge-empty");
        assert_eq!(refused(&"ä".repeat(4_001), None, None), "knowledge-too-long");
        assert_eq!(refused("x", Some(&"c".repeat(51)), None), "knowledge-label-too-long");
        assert_eq!(refused("x", None, Some(&"c".repeat(51))), "knowledge-label-too-long");
        assert_eq!(refused("x", None, Some(&many)), "knowledge-too-many-concepts");
        assert!(Draft::new(&"ä".repeat(4_000), Some(&"c".repeat(50)), None).is_ok());
    }
}
