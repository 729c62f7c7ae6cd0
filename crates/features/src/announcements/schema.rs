//! The tables of the announcements, and every statement on them.

use guildhall_store::{
    Column, GuildStatement, Migration, OperatorStatement, Person, Retention, Schema, ScopeKind, Table, guild,
    operator,
};

/// How long it is known what was announced, and where.
const KEEP_DAYS: u32 = 90;

pub(super) const SCHEMA: Schema = Schema {
    owner: "announcements",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "what is announced to all servers, and how far that is",
        sql: "
            CREATE TABLE broadcast (
                id BIGINT NOT NULL,
                words TEXT NOT NULL,
                state TEXT NOT NULL,
                reached BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                changed_at BIGINT NOT NULL,
                PRIMARY KEY (id)
            );

            CREATE TABLE broadcast_delivery (
                guild_id BIGINT NOT NULL,
                broadcast_id BIGINT NOT NULL,
                state TEXT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (guild_id, broadcast_id)
            );
            CREATE INDEX broadcast_delivery_age ON broadcast_delivery (at);
        ",
    }],
    inventory: &[
        Table {
            name: "broadcast",
            scope: ScopeKind::Global,
            columns: &[
                Column::plain("id"),
                Column::plain("words"),
                Column::plain("state"),
                Column::plain("reached"),
                Column::plain("created_at"),
                Column::plain("changed_at"),
            ],
            key: &["id"],
            person: Person::Nobody,
            retention: Retention::Days { column: "changed_at", days: KEEP_DAYS },
            purpose: "holds what those who run the bot announce to all servers",
        },
        Table {
            name: "broadcast_delivery",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("broadcast_id"),
                Column::plain("state"),
                Column::plain("at"),
            ],
            key: &["guild_id", "broadcast_id"],
            person: Person::Nobody,
            retention: Retention::Days { column: "at", days: KEEP_DAYS },
            purpose: "remembers which announcements a server was given, so that none comes twice",
        },
    ],
    statements: &[
        ADD.any(),
        FIND.any(),
        LATEST.any(),
        MOVE.any(),
        REACH.any(),
        COUNTS.any(),
        BEGIN.any(),
        STATE.any(),
        END.any(),
    ],
};

pub(super) const ADD: OperatorStatement = operator(
    "broadcast_add",
    "INSERT INTO broadcast (id, words, state, reached, created_at, changed_at)
     VALUES ($1, $2, 'preview', 0, $3, $3)",
);

pub(super) const FIND: OperatorStatement = operator(
    "broadcast_find",
    "SELECT id, words, state, reached, created_at, changed_at FROM broadcast WHERE id = $1",
);

/// The one that is under way, else the one that was begun last.
pub(super) const LATEST: OperatorStatement = operator(
    "broadcast_latest",
    "SELECT id, words, state, reached, created_at, changed_at FROM broadcast
     WHERE state NOT IN ('preview', 'discarded')
     ORDER BY CASE WHEN state = 'running' THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT 1",
);

pub(super) const MOVE: OperatorStatement = operator(
    "broadcast_move",
    "UPDATE broadcast SET state = $3, changed_at = $4 WHERE id = $1 AND state = $2",
);

pub(super) const REACH: OperatorStatement =
    operator("broadcast_reach", "UPDATE broadcast SET reached = $2, changed_at = $3 WHERE id = $1");

pub(super) const COUNTS: OperatorStatement = operator(
    "broadcast_counts",
    "SELECT state, COUNT(*) AS guilds FROM broadcast_delivery WHERE broadcast_id = $1 GROUP BY state",
);

pub(super) const BEGIN: GuildStatement = guild(
    "broadcast_delivery_begin",
    "INSERT INTO broadcast_delivery (guild_id, broadcast_id, state, at) VALUES ($1, $2, 'waiting', $3)
     ON CONFLICT (guild_id, broadcast_id) DO NOTHING",
);

pub(super) const STATE: GuildStatement = guild(
    "broadcast_delivery_state",
    "SELECT state, at FROM broadcast_delivery WHERE guild_id = $1 AND broadcast_id = $2",
);

pub(super) const END: GuildStatement = guild(
    "broadcast_delivery_end",
    "UPDATE broadcast_delivery SET state = $3, at = $4
     WHERE guild_id = $1 AND broadcast_id = $2 AND state = 'waiting'",
);
