//! The tables of the servers, and every statement on them.

use guildhall_store::{
    Column, Gather, GuildStatement, Migration, OperatorStatement, Person, Retention, Schema, ScopeKind,
    Table, guild, operator,
};

/// The table with a row for each guild.
pub(super) const SERVER: &str = "server";

pub(super) const SCHEMA: Schema = Schema {
    owner: "servers",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "servers and how often commands ran in them",
        sql: "
            CREATE TABLE server (
                guild_id BIGINT NOT NULL,
                name TEXT NOT NULL,
                registered_at BIGINT NOT NULL,
                welcomed_at BIGINT,
                left_at BIGINT,
                purge_at BIGINT,
                PRIMARY KEY (guild_id)
            );
            CREATE INDEX server_purge ON server (purge_at);

            CREATE TABLE server_day (
                guild_id BIGINT NOT NULL,
                day BIGINT NOT NULL,
                commands BIGINT NOT NULL,
                PRIMARY KEY (guild_id, day)
            );
        ",
    }],
    inventory: &[
        Table {
            name: SERVER,
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("name"),
                Column::plain("registered_at"),
                Column::plain("welcomed_at"),
                Column::plain("left_at"),
                Column::plain("purge_at"),
            ],
            key: &["guild_id"],
            person: Person::Nobody,
            retention: Retention::WithOwner,
            purpose: "lists the servers that the bot is in, and when the data of those it has left goes",
        },
        Table {
            name: "server_day",
            scope: ScopeKind::Guild,
            columns: &[Column::plain("guild_id"), Column::plain("day"), Column::plain("commands")],
            key: &["guild_id", "day"],
            person: Person::Nobody,
            retention: Retention::WithOwner,
            purpose: "counts per day how many commands ran in a server, not who ran them",
        },
    ],
    statements: &[
        FIND.any(),
        REGISTER.any(),
        LEAVE.any(),
        DUE.any(),
        NAMES.any(),
        IS_DUE.any(),
        ADD_COMMANDS.any(),
        COMMANDS.any(),
    ],
};

pub(super) const FIND: GuildStatement =
    guild("server_find", "SELECT name, registered_at, welcomed_at, left_at FROM server WHERE guild_id = $1");

/// Registers the guild, or brings its row up to date: its name, and that the bot is there.
pub(super) const REGISTER: GuildStatement = guild(
    "server_register",
    "INSERT INTO server (guild_id, name, registered_at, welcomed_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (guild_id) DO UPDATE SET name = excluded.name, left_at = NULL, purge_at = NULL,
         welcomed_at = COALESCE(server.welcomed_at, excluded.welcomed_at)",
);

pub(super) const LEAVE: GuildStatement = guild(
    "server_leave",
    "UPDATE server SET left_at = $2, purge_at = $3 WHERE guild_id = $1 AND left_at IS NULL",
);

pub(super) const DUE: OperatorStatement =
    operator("server_due", "SELECT guild_id FROM server WHERE purge_at <= $1 ORDER BY purge_at LIMIT $2");

/// A page of the names of all servers that the bot is in.
pub(super) const NAMES: OperatorStatement = operator(
    "server_names",
    "SELECT guild_id, name FROM server WHERE guild_id > $1 AND left_at IS NULL ORDER BY guild_id LIMIT $2",
)
.gathered(Gather::Pages);

pub(super) const IS_DUE: GuildStatement =
    guild("server_is_due", "SELECT guild_id FROM server WHERE guild_id = $1 AND purge_at <= $2");

pub(super) const ADD_COMMANDS: GuildStatement = guild(
    "server_add_commands",
    "INSERT INTO server_day (guild_id, day, commands) VALUES ($1, $2, $3)
     ON CONFLICT (guild_id, day) DO UPDATE SET commands = server_day.commands + excluded.commands",
);

pub(super) const COMMANDS: GuildStatement = guild(
    "server_commands",
    "SELECT CAST(COALESCE(SUM(CASE WHEN day = $2 THEN commands ELSE 0 END), 0) AS BIGINT) AS today,
            CAST(COALESCE(SUM(commands), 0) AS BIGINT) AS total
     FROM server_day WHERE guild_id = $1",
);
