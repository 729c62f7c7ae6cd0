//! The tables of the old bot as they were declared, and what their columns are filled with.

use super::{Recipe, Shape, quoted};

/// What a column is filled with. A good row has a number among the good rows of its table, from 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fill {
    /// The row's own number, from 1.
    Number,
    /// The number among the good rows.
    Serial,
    /// The id of one of the good rows of `users`, in turn; with [`Fill::Round`] beside it all pairs differ.
    Person,
    /// The id of somebody who need not be known.
    Stranger,
    /// A challenge of this table, in turn.
    Challenge(&'static str),
    /// A code of `invites`, in turn.
    Code,
    /// How often all of the table with this name were gone through.
    Round(&'static str),
    /// The guild.
    Guild,
    /// Some other id of Discord's.
    Place,
    /// A short text, often awkward.
    Word,
    /// When the row was last changed.
    Changed,
    /// A fraction, at times missing.
    Score,
    /// A small number, at times missing.
    Small,
    /// Bytes.
    Bytes,
}

/// One table.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: &'static str,
    /// Name, declared type and content.
    pub(super) columns: &'static [(&'static str, &'static str, Fill)],
    /// Rows of a thousand; the table with none takes what is left.
    share: u64,
    /// Whether there is at most one row for each person.
    one_each: bool,
    /// The columns that name a row, without the guild.
    pub(super) key: &'static [&'static str],
    /// Whether SQLite itself refuses a second row of the same key.
    pub(super) unique: bool,
    /// The column whose value names a row of another table, and that table.
    pub(super) refers: Option<(&'static str, &'static str)>,
}

impl Spec {
    pub(super) fn create(&self) -> String {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|(name, kind, _)| format!("{} {kind}", quoted(name)).trim_end().to_owned())
            .collect();
        format!("CREATE TABLE {} ({});", quoted(self.name), columns.join(", "))
    }
}

const fn spec(
    name: &'static str,
    share: u64,
    key: &'static [&'static str],
    columns: &'static [(&'static str, &'static str, Fill)],
) -> Spec {
    Spec { name, columns, share, one_each: false, key, unique: false, refers: None }
}

/// The same for a table whose rows are about users.
const fn of_people(
    name: &'static str,
    share: u64,
    key: &'static [&'static str],
    columns: &'static [(&'static str, &'static str, Fill)],
) -> Spec {
    Spec { refers: Some(("discord_id", "users")), ..spec(name, share, key, columns) }
}

/// What stands beside the tables: a view, and a table whose rows have no numbers.
pub(super) const BESIDE: &str = "
    CREATE VIEW people AS SELECT discord_id FROM users;
    CREATE TABLE tag (name TEXT, uses INTEGER, PRIMARY KEY (name)) WITHOUT ROWID;
";

const USERS_BEFORE: Spec = spec(
    "users",
    50,
    &["discord_id"],
    &[
        ("id", "INTEGER PRIMARY KEY", Fill::Number),
        ("discord_id", "INTEGER", Fill::Person),
        ("username", "TEXT", Fill::Word),
        ("anilist_username", "TEXT", Fill::Word),
        ("anilist_id", "INTEGER", Fill::Small),
        ("created_at", "DATETIME", Fill::Changed),
        ("updated_at", "DATETIME", Fill::Changed),
    ],
);

const USERS_AFTER: Spec = spec(
    "Users",
    50,
    &["discord_id"],
    &[
        ("updated_at", "DATETIME", Fill::Changed),
        ("anilist_id", "INTEGER", Fill::Small),
        ("guild_id", "", Fill::Guild),
        ("username", "TEXT", Fill::Word),
        ("favourite \"emoji\"", "TEXT", Fill::Word),
        ("DISCORD_ID", "", Fill::Person),
        ("id", "INTEGER PRIMARY KEY", Fill::Number),
    ],
);

const STATS_BEFORE: Spec = Spec {
    one_each: true,
    ..of_people(
        "user_stats",
        40,
        &["discord_id"],
        &[
            ("discord_id", "TEXT", Fill::Person),
            ("total_manga", "INTEGER", Fill::Small),
            ("mean_score", "REAL", Fill::Score),
        ],
    )
};

const STATS_AFTER: Spec = Spec {
    one_each: true,
    ..of_people(
        "user_stats",
        40,
        &["discord_id"],
        &[
            ("guild_id", "TEXT", Fill::Guild),
            ("chapters", "INTEGER", Fill::Small),
            ("mean_score", "REAL", Fill::Score),
            ("discord_id", "TEXT", Fill::Person),
        ],
    )
};

const ACHIEVEMENTS: Spec = of_people(
    "achievements",
    120,
    &["discord_id", "achievement"],
    &[
        ("discord_id", "", Fill::Person),
        ("achievement", "TEXT", Fill::Round("users")),
        ("timestamp", "DATETIME", Fill::Changed),
    ],
);

const PROGRESS: Spec = of_people(
    "user_manga_progress",
    0,
    &["discord_id", "manga_id"],
    &[
        ("discord_id", "INTEGER", Fill::Person),
        ("manga_id", "INTEGER", Fill::Round("users")),
        ("title", "TEXT", Fill::Word),
        ("current_chapter", "INTEGER", Fill::Small),
        ("rating", "REAL", Fill::Score),
        ("status", "TEXT", Fill::Word),
        ("points", "INTEGER", Fill::Small),
        ("repeat", "INTEGER", Fill::Small),
        ("started_at", "DATETIME", Fill::Changed),
        ("updated_at", "DATETIME", Fill::Changed),
    ],
);

const USER_PROGRESS: Spec = of_people(
    "user_progress",
    100,
    &["discord_id", "manga_id"],
    &[
        ("manga_id", "", Fill::Round("users")),
        ("discord_id", "", Fill::Person),
        ("chapters", "INTEGER", Fill::Small),
        ("updated_at", "INTEGER", Fill::Changed),
    ],
);

const MANGA: Spec = spec(
    "manga_challenges",
    10,
    &["manga_id"],
    &[
        ("manga_id", "INTEGER", Fill::Serial),
        ("title", "TEXT", Fill::Word),
        ("total_chapters", "INTEGER", Fill::Small),
    ],
);

const GLOBAL: Spec = spec(
    "global_challenges",
    5,
    &["challenge_id"],
    &[("challenge_id", "INTEGER", Fill::Challenge("global_challenges")), ("title", "TEXT", Fill::Word)],
);

const GLOBAL_MANGA: Spec = Spec {
    refers: Some(("challenge_id", "global_challenges")),
    ..spec(
        "challenge_manga",
        20,
        &["challenge_id", "manga_id"],
        &[
            ("challenge_id", "", Fill::Challenge("global_challenges")),
            ("manga_id", "INTEGER", Fill::Round("global_challenges")),
            ("title", "TEXT", Fill::Word),
            ("total_chapters", "INTEGER", Fill::Small),
            ("medium_type", "TEXT", Fill::Word),
        ],
    )
};

const RULES: Spec =
    spec("challenge_rules", 1, &["id"], &[("id", "", Fill::Serial), ("rule", "TEXT", Fill::Word)]);

const VOTES: Spec = spec(
    "manga_recommendations_votes",
    60,
    &["manga_id", "voter_id"],
    &[
        ("manga_id", "INTEGER", Fill::Serial),
        ("voter_id", "", Fill::Stranger),
        ("vote", "INTEGER", Fill::Small),
    ],
);

const STEAM: Spec = Spec {
    one_each: true,
    ..of_people(
        "steam_users",
        20,
        &["discord_id"],
        &[
            ("discord_id", "", Fill::Person),
            ("steam_id", "TEXT", Fill::Small),
            ("vanity_name", "TEXT", Fill::Word),
        ],
    )
};

const INVITES: Spec = Spec {
    unique: true,
    ..spec(
        "invites",
        10,
        &["invite_code"],
        &[
            ("invite_code", "TEXT PRIMARY KEY", Fill::Code),
            ("guild_id", "INTEGER", Fill::Guild),
            ("inviter", "", Fill::Stranger),
            ("uses", "INTEGER", Fill::Small),
            ("channel_id", "", Fill::Place),
        ],
    )
};

const INVITE_USES: Spec = Spec {
    unique: true,
    refers: Some(("invite_code", "invites")),
    ..spec(
        "invite_uses",
        60,
        &[],
        &[
            ("id", "INTEGER PRIMARY KEY", Fill::Number),
            ("guild_id", "", Fill::Guild),
            ("invite_code", "TEXT", Fill::Code),
            ("inviter", "", Fill::Stranger),
            ("joiner", "", Fill::Stranger),
            ("joined_at", "DATETIME", Fill::Changed),
        ],
    )
};

const RECRUITS: Spec = spec(
    "recruitment_stats",
    10,
    &["user_id"],
    &[
        ("total_recruits", "INTEGER", Fill::Small),
        ("user_id", "", Fill::Stranger),
        ("guild_id", "", Fill::Guild),
    ],
);

const LEAVES: Spec = spec(
    "user_leaves",
    10,
    &[],
    &[
        ("guild_id", "", Fill::Guild),
        ("user_id", "", Fill::Stranger),
        ("was_invited_by", "", Fill::Stranger),
        ("days_in_server", "INTEGER", Fill::Small),
    ],
);

const CHALLENGES: Spec = spec(
    "guild_challenges",
    5,
    &["challenge_id"],
    &[
        ("title", "TEXT", Fill::Word),
        ("guild_id", "", Fill::Guild),
        ("challenge_id", "INTEGER", Fill::Challenge("guild_challenges")),
        ("difficulty", "INTEGER", Fill::Small),
    ],
);

const CHALLENGE_MANGA: Spec = Spec {
    refers: Some(("challenge_id", "guild_challenges")),
    ..spec(
        "guild_challenge_manga",
        20,
        &["challenge_id", "manga_id"],
        &[
            ("manga_id", "", Fill::Round("guild_challenges")),
            ("challenge_id", "", Fill::Challenge("guild_challenges")),
            ("guild_id", "", Fill::Guild),
            ("title", "TEXT", Fill::Word),
        ],
    )
};

const CHALLENGE_ROLES: Spec = Spec {
    refers: Some(("challenge_id", "guild_challenges")),
    ..spec(
        "guild_challenge_roles",
        5,
        &["challenge_id", "threshold", "role_id"],
        &[
            ("guild_id", "", Fill::Guild),
            ("challenge_id", "", Fill::Challenge("guild_challenges")),
            ("threshold", "INTEGER", Fill::Round("guild_challenges")),
            ("role_id", "", Fill::Stranger),
        ],
    )
};

const MODERATORS: Spec =
    spec("bot_moderators", 2, &["user_id"], &[("user_id", "", Fill::Stranger), ("note", "TEXT", Fill::Word)]);

/// A table that nobody knows, without a key of its own.
const EXTRA: Spec = spec(
    "Cached \"pages\"",
    5,
    &[],
    &[("page", "TEXT", Fill::Word), ("body", "BLOB", Fill::Bytes), ("user_id", "", Fill::Stranger)],
);

const BEFORE: &[Spec] = &[
    USERS_BEFORE,
    GLOBAL,
    INVITES,
    STATS_BEFORE,
    ACHIEVEMENTS,
    PROGRESS,
    USER_PROGRESS,
    MANGA,
    GLOBAL_MANGA,
    RULES,
    VOTES,
    STEAM,
    INVITE_USES,
    RECRUITS,
    LEAVES,
    EXTRA,
];

const AFTER: &[Spec] = &[
    USERS_AFTER,
    CHALLENGES,
    INVITES,
    STATS_AFTER,
    ACHIEVEMENTS,
    PROGRESS,
    USER_PROGRESS,
    CHALLENGE_MANGA,
    CHALLENGE_ROLES,
    VOTES,
    STEAM,
    INVITE_USES,
    RECRUITS,
    LEAVES,
    MODERATORS,
    EXTRA,
];

/// The tables with their numbers of rows, those that others refer to first.
pub(super) fn shares(recipe: &Recipe) -> Vec<(&'static Spec, u64)> {
    let specs = match recipe.shape {
        Shape::Before => BEFORE,
        Shape::After => AFTER,
    };
    let of = |spec: &Spec| (recipe.rows * spec.share / 1_000).max(u64::from(spec.share > 0));
    let people = specs.iter().find(|spec| spec.name.eq_ignore_ascii_case("users")).map_or(0, of);
    // Not every row of `users` is a good one.
    let rows = |spec: &Spec| if spec.one_each { of(spec).min(people * 3 / 4) } else { of(spec) };
    let rest = recipe.rows.saturating_sub(specs.iter().map(rows).sum());
    specs.iter().map(|spec| (spec, if spec.share == 0 { rest } else { rows(spec) })).collect()
}
