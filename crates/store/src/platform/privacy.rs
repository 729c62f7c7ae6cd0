//! What users have chosen about their data, and what was done at their wish or at that of a guild's owner.

use guildhall_core::{clock::Timestamp, id::UserId};

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    row::Row,
    statement::{GuildStatement, OperatorStatement, ScopeKind, UserStatement, guild, operator, user},
    transaction::{GuildTx, OperatorTx, UserTx},
};

/// How long the audit trail shows what was done.
pub const KEEP_AUDIT_DAYS: u32 = 365;

pub(super) const CHOICE_TABLE: Table = Table {
    name: "user_privacy",
    scope: ScopeKind::User,
    columns: &[
        Column::id("user_id"),
        Column::content("statistics"),
        Column::content("learning"),
        Column::content("named"),
        Column::plain("updated_at"),
    ],
    key: &["user_id"],
    person: Person::Wish("user_id"),
    retention: Retention::WithOwner,
    purpose: "holds what a user has chosen about their data",
};

pub(super) const AUDIT_TABLE: Table = Table {
    name: "privacy_audit",
    scope: ScopeKind::User,
    columns: &[
        Column::id("user_id"),
        Column::plain("at"),
        Column::content("action"),
        Column::content("detail"),
    ],
    key: &["user_id", "at", "action"],
    person: Person::Wish("user_id"),
    retention: Retention::Days { column: "at", days: KEEP_AUDIT_DAYS },
    purpose: "shows a user what was changed, exported and erased at their wish",
};

pub(super) const GUILD_AUDIT_TABLE: Table = Table {
    name: "privacy_guild_audit",
    scope: ScopeKind::Guild,
    columns: &[
        Column::plain("guild_id"),
        Column::plain("at"),
        Column::content("action"),
        Column::id("user_id"),
        Column::content("detail"),
    ],
    key: &["guild_id", "at", "action"],
    person: Person::Wish("user_id"),
    retention: Retention::Days { column: "at", days: KEEP_AUDIT_DAYS },
    purpose: "shows a server's owner what was changed, exported and erased for the server",
};

pub(super) const CHOICE: UserStatement = user(
    "user_privacy_get",
    "SELECT user_id, statistics, learning, named FROM user_privacy WHERE user_id = $1",
);

pub(super) const CHOOSE: UserStatement = user(
    "user_privacy_set",
    "INSERT INTO user_privacy (user_id, statistics, learning, named, updated_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (user_id) DO UPDATE SET statistics = excluded.statistics, learning = excluded.learning,
         named = excluded.named, updated_at = excluded.updated_at",
);

pub(super) const CHOICES: OperatorStatement = operator(
    "user_privacy_everyone",
    "SELECT user_id, statistics, learning, named FROM user_privacy WHERE user_id > $1 ORDER BY user_id LIMIT $2",
);

pub(super) const CHANGED: OperatorStatement = operator(
    "user_privacy_changed",
    "SELECT user_id, statistics, learning, named FROM user_privacy WHERE updated_at >= $1 ORDER BY user_id",
);

pub(super) const RECORD: UserStatement = user(
    "privacy_audit_record",
    "INSERT INTO privacy_audit (user_id, at, action, detail) VALUES ($1, $2, $3, $4)
     ON CONFLICT (user_id, at, action) DO UPDATE SET detail = excluded.detail",
);

pub(super) const AUDIT: UserStatement = user(
    "privacy_audit_list",
    "SELECT at, action, detail FROM privacy_audit WHERE user_id = $1 ORDER BY at DESC, action LIMIT $2",
);

pub(super) const RECORD_GUILD: GuildStatement = guild(
    "privacy_guild_audit_record",
    "INSERT INTO privacy_guild_audit (guild_id, at, action, user_id, detail) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (guild_id, at, action) DO UPDATE SET detail = excluded.detail",
);

pub(super) const AUDIT_GUILD: GuildStatement = guild(
    "privacy_guild_audit_list",
    "SELECT at, action, user_id, detail FROM privacy_guild_audit
     WHERE guild_id = $1 ORDER BY at DESC, action LIMIT $2",
);

/// What a user allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Choice {
    /// Counting what they do, where a guild has turned statistics on.
    pub statistics: bool,
    /// Learning from what they write.
    pub learning: bool,
    /// Naming them in what others see of statistics.
    pub named: bool,
}

impl Choice {
    /// Nothing beyond what a command needs to do what it is asked.
    pub const STRICT: Self = Self { statistics: false, learning: false, named: false };
    /// Counting and naming. It holds for those who have chosen nothing.
    pub const MODERATE: Self = Self { statistics: true, learning: false, named: true };
    /// Everything that a guild has turned on.
    pub const PERMISSIVE: Self = Self { statistics: true, learning: true, named: true };

    /// The name of the level that these choices make.
    pub fn level(self) -> &'static str {
        match self {
            Self::STRICT => "strict",
            Self::MODERATE => "moderate",
            Self::PERMISSIVE => "permissive",
            _ => "custom",
        }
    }
}

impl Default for Choice {
    fn default() -> Self {
        Self::MODERATE
    }
}

/// Something that was done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// What: `level`, `optout`, `export`, `erase`, `guild-export`, `guild-erase`, `retention`.
    pub action: String,
    /// More about it, in names and numbers.
    pub detail: String,
    /// Who did it; `None` in a user's own list.
    pub user: Option<UserId>,
}

/// What the user has chosen; `None` where nothing.
pub async fn choice(tx: &mut UserTx<'_>) -> Result<Option<Choice>, StoreError> {
    tx.fetch_optional(&CHOICE, params![]).await?.as_ref().map(read).transpose()
}

/// Stores a user's choice.
pub async fn choose(tx: &mut UserTx<'_>, choice: Choice, now: Timestamp) -> Result<(), StoreError> {
    let values = params![choice.statistics, choice.learning, choice.named, now];
    tx.execute(&CHOOSE, values).await.map(|_| ())
}

/// The choices that were made since then, by the clocks of those who took them down.
pub async fn changed(tx: &mut OperatorTx<'_>, since: Timestamp) -> Result<Vec<(UserId, Choice)>, StoreError> {
    let rows = tx.fetch_all(&CHANGED, params![since]).await?;
    rows.iter().map(|row| Ok((row.get("user_id")?, read(row)?))).collect()
}

/// The choices of up to `limit` users whose ids come after `after`, for the start of the program.
pub async fn choices(
    tx: &mut OperatorTx<'_>,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<(UserId, Choice)>, StoreError> {
    let rows = tx.fetch_all(&CHOICES, params![after.map_or(0, UserId::to_db), limit]).await?;
    rows.iter().map(|row| Ok((row.get("user_id")?, read(row)?))).collect()
}

fn read(row: &Row) -> Result<Choice, StoreError> {
    Ok(Choice {
        statistics: row.get("statistics")?,
        learning: row.get("learning")?,
        named: row.get("named")?,
    })
}

/// Writes down what was done at the user's wish.
pub async fn record(
    tx: &mut UserTx<'_>,
    action: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&RECORD, params![now, action, detail]).await.map(|_| ())
}

/// The newest entries of the user's trail.
pub async fn audit(tx: &mut UserTx<'_>, limit: u32) -> Result<Vec<Done>, StoreError> {
    let rows = tx.fetch_all(&AUDIT, params![limit]).await?;
    rows.iter().map(|row| done(row, None)).collect()
}

/// Writes down what was done for the guild, by whom; `None` for an operator.
pub async fn record_guild(
    tx: &mut GuildTx<'_>,
    action: &str,
    by: Option<UserId>,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&RECORD_GUILD, params![now, action, by, detail]).await.map(|_| ())
}

/// The newest entries of the guild's trail.
pub async fn audit_guild(tx: &mut GuildTx<'_>, limit: u32) -> Result<Vec<Done>, StoreError> {
    let rows = tx.fetch_all(&AUDIT_GUILD, params![limit]).await?;
    rows.iter().map(|row| done(row, row.get("user_id")?)).collect()
}

fn done(row: &Row, user: Option<UserId>) -> Result<Done, StoreError> {
    Ok(Done { at: row.get("at")?, action: row.get("action")?, detail: row.get("detail")?, user })
}
