//! What is known of the old bot's tables: which columns name a row, and which rows refer to which. Tables
//! and columns that are not named here are taken, too, by what they declare of themselves.

/// A table of the old bot.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its name.
    pub(crate) name: &'static str,
    /// Sets of columns that name a row within its guild; the first of which all are there is used.
    pub(crate) keys: &'static [&'static [&'static str]],
    /// Columns whose value names a row of another table.
    pub(crate) refers: &'static [Refers],
}

/// A column whose value is the key of another table.
#[derive(Debug)]
pub(crate) struct Refers {
    /// The column.
    pub(crate) column: &'static str,
    /// The table it refers to.
    pub(crate) table: &'static str,
    /// The column that must be that table's key.
    pub(crate) key: &'static str,
}

const PERSON: &[Refers] = &[Refers { column: "discord_id", table: "users", key: "discord_id" }];
const GLOBAL_CHALLENGE: Refers =
    Refers { column: "challenge_id", table: "global_challenges", key: "challenge_id" };
const GUILD_CHALLENGE: Refers =
    Refers { column: "challenge_id", table: "guild_challenges", key: "challenge_id" };

/// Every table of the old bot, before and after it learned of several guilds.
pub(crate) const TABLES: &[Known] = &[
    known("users", &[&["discord_id"]], &[]),
    known("user_stats", &[&["discord_id"]], PERSON),
    known("cached_stats", &[&["discord_id"]], PERSON),
    known("achievements", &[&["discord_id", "achievement"]], PERSON),
    known("user_manga_progress", &[&["discord_id", "manga_id"]], PERSON),
    known("manga_challenges", &[&["manga_id"]], &[]),
    known("global_challenges", &[&["challenge_id"]], &[]),
    known("challenge_manga", &[&["challenge_id", "manga_id"]], &[GLOBAL_CHALLENGE]),
    known(
        "user_progress",
        &[&["discord_id", "challenge_id", "manga_id"], &["discord_id", "manga_id"]],
        PERSON,
    ),
    known("challenge_rules", &[&["id"]], &[]),
    known("manga_recommendations_votes", &[&["manga_id", "voter_id"]], &[]),
    known("steam_users", &[&["discord_id"]], PERSON),
    known("invites", &[&["invite_code"]], &[]),
    known(
        "invite_uses",
        &[&["id"]],
        &[Refers { column: "invite_code", table: "invites", key: "invite_code" }],
    ),
    known("recruitment_stats", &[&["user_id"]], &[]),
    known("user_leaves", &[&["id"]], &[]),
    known("invite_tracker_settings", &[&["guild_id"]], &[]),
    known("guild_challenges", &[&["challenge_id"]], &[]),
    known("guild_challenge_manga", &[&["challenge_id", "manga_id"]], &[GUILD_CHALLENGE]),
    known("guild_challenge_roles", &[&["challenge_id", "threshold", "role_id"]], &[GUILD_CHALLENGE]),
    known("guild_manga_channels", &[&["guild_id"]], &[]),
    known("guild_bot_update_channels", &[&["guild_id"]], &[]),
    known("guild_mod_roles", &[&["role_id"]], &[]),
    known("bot_moderators", &[&["user_id"], &["discord_id"]], &[]),
    known("free_games_channels", &[&["channel_id"]], &[]),
    known("news_accounts", &[&["id"]], &[]),
    known("news_filters", &[&["id"]], &[]),
    known("news_metadata", &[&["key"]], &[]),
    known("welcome_dm", &[&["guild_id"]], &[]),
];

const fn known(
    name: &'static str,
    keys: &'static [&'static [&'static str]],
    refers: &'static [Refers],
) -> Known {
    Known { name, keys, refers }
}

/// What is known of a table.
pub(crate) fn table(source: &str) -> Option<&'static Known> {
    TABLES.iter().find(|known| known.name == source)
}

/// The column that says which guild a row belongs to.
pub(crate) const GUILD: &str = "guild_id";

/// Columns with an id of Discord's, wherever they stand.
const IDS: &[&str] = &[
    GUILD,
    "discord_id",
    "user_id",
    "member_id",
    "voter_id",
    "joiner_id",
    "inviter_id",
    "author_id",
    "moderator_id",
    "owner_id",
    "channel_id",
    "announcement_channel_id",
    "role_id",
    "message_id",
    "thread_id",
];

/// Columns with an id or, in some versions of the old bot, a name.
const IDS_OR_NAMES: &[&str] = &["joiner", "inviter", "was_invited_by", "invited_by", "added_by"];

/// Columns that name a person, from the one that a row is most about to the others.
pub(crate) const PEOPLE: &[&str] = &[
    "discord_id",
    "user_id",
    "member_id",
    "voter_id",
    "joiner_id",
    "joiner",
    "inviter_id",
    "inviter",
    "was_invited_by",
    "invited_by",
    "author_id",
    "moderator_id",
    "owner_id",
    "added_by",
];

/// Columns that say when a row was last changed, the best first.
pub(crate) const CHANGED: &[&str] =
    &["updated_at", "last_updated", "modified_at", "created_at", "timestamp", "joined_at", "started_at"];

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// An id of Discord's and nothing else.
    Id,
    /// An id of Discord's, or a name.
    IdOrName,
    /// Anything.
    Plain,
}

impl Kind {
    /// What a column of this name holds.
    pub(crate) fn of(column: &str) -> Self {
        if IDS.contains(&column) {
            Self::Id
        } else if IDS_OR_NAMES.contains(&column) {
            Self::IdOrName
        } else {
            Self::Plain
        }
    }
}
