//! The tables of the statistics, and every statement on them.

use guildhall_store::{
    Class, Column, GuildStatement, MemberStatement, Migration, Person, Retention, Schema, ScopeKind, Table,
    guild, member,
};

pub(super) const SCHEMA: Schema = Schema {
    owner: "statistics",
    migrations: &[
        Migration {
            version: 1,
            breaks: false,
            name: "messages per day, of guilds and of members",
            sql: "
            CREATE TABLE message_day (
                guild_id BIGINT NOT NULL,
                day BIGINT NOT NULL,
                messages BIGINT NOT NULL,
                PRIMARY KEY (guild_id, day)
            );

            CREATE TABLE message_member_day (
                guild_id BIGINT NOT NULL,
                user_id BIGINT NOT NULL,
                day BIGINT NOT NULL,
                messages BIGINT NOT NULL,
                PRIMARY KEY (guild_id, user_id, day)
            );
            CREATE INDEX message_member_day_recent ON message_member_day (guild_id, day);
            CREATE INDEX message_member_day_age ON message_member_day (day);
        ",
        },
        Migration {
            version: 2,
            breaks: false,
            name: "the counts of a person are found",
            sql: "CREATE INDEX message_member_day_person ON message_member_day (user_id, guild_id);",
        },
    ],
    inventory: &[
        Table {
            name: "message_day",
            scope: ScopeKind::Guild,
            columns: &[Column::plain("guild_id"), Column::plain("day"), Column::plain("messages")],
            key: &["guild_id", "day"],
            person: Person::Nobody,
            retention: Retention::WithOwner,
            purpose: "counts the messages in a server per day, where the server has turned statistics on",
        },
        Table {
            name: "message_member_day",
            scope: ScopeKind::Member,
            columns: &[
                Column::plain("guild_id"),
                Column::id("user_id"),
                Column::content("day"),
                Column::content("messages"),
            ],
            key: &["guild_id", "user_id", "day"],
            person: Person::Owner,
            retention: Retention::Class { class: Class::STATISTICS, column: "day" },
            purpose: "counts the messages of a member per day, where the server has turned statistics on",
        },
    ],
    statements: &[COUNT.any(), COUNT_MEMBER.any(), TOTALS.any(), TOP.any()],
};

pub(super) const COUNT: GuildStatement = guild(
    "message_day_count",
    "INSERT INTO message_day (guild_id, day, messages) VALUES ($1, $2, $3)
     ON CONFLICT (guild_id, day) DO UPDATE SET messages = message_day.messages + excluded.messages",
);

pub(super) const COUNT_MEMBER: MemberStatement = member(
    "message_member_day_count",
    "INSERT INTO message_member_day (guild_id, user_id, day, messages) VALUES ($1, $2, $3, $4)
     ON CONFLICT (guild_id, user_id, day)
     DO UPDATE SET messages = message_member_day.messages + excluded.messages",
);

pub(super) const TOTALS: GuildStatement = guild(
    "message_day_totals",
    "SELECT CAST(COALESCE(SUM(CASE WHEN day >= $2 THEN messages ELSE 0 END), 0) AS BIGINT) AS today,
            CAST(COALESCE(SUM(CASE WHEN day >= $3 THEN messages ELSE 0 END), 0) AS BIGINT) AS week,
            CAST(COALESCE(SUM(messages), 0) AS BIGINT) AS total
     FROM message_day WHERE guild_id = $1",
);

pub(super) const TOP: GuildStatement = guild(
    "message_member_day_top",
    "SELECT user_id, CAST(SUM(messages) AS BIGINT) AS messages FROM message_member_day
     WHERE guild_id = $1 AND day >= $2 GROUP BY user_id ORDER BY messages DESC, user_id LIMIT $3",
);
