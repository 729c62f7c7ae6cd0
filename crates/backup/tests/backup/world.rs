//! A store with tables of every scope, and awkward things in them.

use std::{path::PathBuf, sync::Arc};

use guildhall_backup::{Created, Keys, Scope, Totals};
use guildhall_core::{
    clock::{ManualClock, SharedClock, Timestamp},
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use guildhall_server_kit::Postgres;
use guildhall_store::{
    Column, GuildStatement, MemberStatement, Migration, OperatorPath, OperatorStatement, Person, Retention,
    Schema, ScopeKind, Store, StoreOptions, Table, UserStatement, guild, member, operator, params, user,
};
use tempfile::TempDir;

const fn table(
    name: &'static str,
    scope: ScopeKind,
    key: &'static [&'static str],
    columns: &'static [Column],
) -> Table {
    let person = match scope {
        ScopeKind::Guild | ScopeKind::Global => Person::Guild,
        ScopeKind::Member | ScopeKind::User => Person::Owner,
    };
    Table { name, scope, key, columns, person, retention: Retention::WithOwner, purpose: "a test" }
}

/// `answer` stands before `question`, which it refers to, so that the order of the inventory is a wrong one.
const SCHEMA: Schema = Schema {
    owner: "world",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "a world",
        sql: "CREATE TABLE question (
                guild_id BIGINT NOT NULL, id BIGINT NOT NULL, words TEXT, weight DOUBLE PRECISION, big BIGINT,
                PRIMARY KEY (guild_id, id));
              CREATE TABLE answer (
                guild_id BIGINT NOT NULL, question BIGINT NOT NULL, name TEXT NOT NULL, words TEXT NOT NULL,
                PRIMARY KEY (guild_id, question, name),
                FOREIGN KEY (guild_id, question) REFERENCES question (guild_id, id));
              CREATE TABLE purse (
                guild_id BIGINT NOT NULL, user_id BIGINT NOT NULL, coins BIGINT NOT NULL,
                PRIMARY KEY (guild_id, user_id));
              CREATE TABLE diary (
                user_id BIGINT NOT NULL, day TEXT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (user_id, day));
              CREATE TABLE weather (place TEXT NOT NULL, degrees DOUBLE PRECISION, PRIMARY KEY (place));
              CREATE TABLE only_one (guild_id BIGINT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (guild_id));",
    }],
    inventory: &[
        table(
            "answer",
            ScopeKind::Guild,
            &["guild_id", "question", "name"],
            &[
                Column::plain("guild_id"),
                Column::plain("question"),
                Column::plain("name"),
                Column::content("words"),
            ],
        ),
        table(
            "question",
            ScopeKind::Guild,
            &["guild_id", "id"],
            &[
                Column::plain("guild_id"),
                Column::plain("id"),
                Column::content("words"),
                Column::plain("weight"),
                Column::plain("big"),
            ],
        ),
        table(
            "purse",
            ScopeKind::Member,
            &["guild_id", "user_id"],
            &[Column::plain("guild_id"), Column::id("user_id"), Column::plain("coins")],
        ),
        table(
            "diary",
            ScopeKind::User,
            &["user_id", "day"],
            &[Column::id("user_id"), Column::plain("day"), Column::content("words")],
        ),
        table("weather", ScopeKind::Global, &["place"], &[Column::plain("place"), Column::plain("degrees")]),
        table(
            "only_one",
            ScopeKind::Guild,
            &["guild_id"],
            &[Column::plain("guild_id"), Column::plain("words")],
        ),
    ],
    statements: &[],
};

/// The same in a later version, whose step looks at the rows that are there.
pub(crate) const NEWER: Schema = Schema {
    migrations: &[
        SCHEMA.migrations[0],
        Migration {
            version: 2,
            breaks: false,
            name: "moods",
            sql: "ALTER TABLE question ADD COLUMN mood TEXT; UPDATE question SET mood = 'calm' WHERE id = 0;",
        },
    ],
    inventory: &[
        SCHEMA.inventory[0],
        table(
            "question",
            ScopeKind::Guild,
            &["guild_id", "id"],
            &[
                Column::plain("guild_id"),
                Column::plain("id"),
                Column::content("words"),
                Column::plain("weight"),
                Column::plain("big"),
                Column::plain("mood"),
            ],
        ),
        SCHEMA.inventory[2],
        SCHEMA.inventory[3],
        SCHEMA.inventory[4],
        SCHEMA.inventory[5],
    ],
    ..SCHEMA
};

pub(crate) const MOOD: GuildStatement =
    guild("mood", "SELECT mood FROM question WHERE guild_id = $1 AND id = $2");

pub(crate) const SCHEMAS: [Schema; 2] = [SCHEMA, guildhall_backup::SCHEMA];

pub(crate) const ASK: GuildStatement =
    guild("ask", "INSERT INTO question (guild_id, id, words, weight, big) VALUES ($1, $2, $3, $4, $5)");
pub(crate) const SAY: GuildStatement =
    guild("say", "INSERT INTO answer (guild_id, question, name, words) VALUES ($1, $2, $3, $4)");
pub(crate) const PAY: MemberStatement = member(
    "pay",
    "INSERT INTO purse (guild_id, user_id, coins) VALUES ($1, $2, $3)
     ON CONFLICT (guild_id, user_id) DO UPDATE SET coins = purse.coins + excluded.coins",
);
const WRITE: UserStatement = user("write", "INSERT INTO diary (user_id, day, words) VALUES ($1, $2, $3)");
const SEE: OperatorStatement = operator("see", "INSERT INTO weather (place, degrees) VALUES ($1, $2)");
const ONE: GuildStatement = guild("one", "INSERT INTO only_one (guild_id, words) VALUES ($1, $2)");

pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// Where the data is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    File,
    PerGuild,
    Postgres,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::File, Self::PerGuild, Self::Postgres];
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: SharedClock,
    pub(crate) folder: TempDir,
    pub(crate) options: StoreOptions,
    _server: Option<Postgres>,
}

pub(crate) fn guild_id(id: u64) -> GuildId {
    GuildId::new(id).unwrap()
}

pub(crate) fn user_id(id: u64) -> UserId {
    UserId::new(id).unwrap()
}

impl World {
    /// Tables without rows.
    pub(crate) async fn empty(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: SharedClock = Arc::new(ManualClock::at(NOW));
        let (options, server) = match kind {
            Kind::File => (StoreOptions::new(folder.path().join("data.db")), None),
            Kind::PerGuild => (StoreOptions::per_guild(folder.path().join("data")), None),
            Kind::Postgres => {
                let server = Postgres::start().await.unwrap();
                let url = server.create_database("world").await.unwrap();
                (StoreOptions::postgres(url), Some(server))
            }
        };
        let store = Store::open(options.clone(), &SCHEMAS, Arc::clone(&clock)).await.unwrap();
        Self { store, clock, folder, options, _server: server }
    }

    /// The same data, opened beside, to read only.
    pub(crate) async fn beside(&self) -> Store {
        let options = StoreOptions { read_only: true, ..self.options.clone() };
        Store::open(options, &SCHEMAS, Arc::clone(&self.clock)).await.unwrap()
    }

    /// Three guilds, two users and what belongs to nobody.
    pub(crate) async fn full(kind: Kind) -> Self {
        let world = Self::empty(kind).await;
        for id in [1, 2, 9_007_199_254_740_993] {
            world.settle(id, 3).await;
        }
        let mut tx = world.store.write().await.unwrap();
        for id in [5, i64::MAX.unsigned_abs()] {
            let mut user = tx.user(UserScope(user_id(id)));
            user.execute(&WRITE, params!["", "an empty day"]).await.unwrap();
            user.execute(&WRITE, params!["2026-11-29", "\u{1F600} and \u{0301}"]).await.unwrap();
        }
        let mut all = tx.operator(OperatorPath::Diagnosis);
        for (place, degrees) in [("here", Some(2.0)), ("there", Some(-0.1)), ("nowhere", None)] {
            all.execute(&SEE, params![place, degrees]).await.unwrap();
        }
        tx.commit().await.unwrap();
        world
    }

    /// A guild with awkward rows.
    pub(crate) async fn settle(&self, id: u64, questions: i64) {
        let mut tx = self.store.write().await.unwrap();
        let mut guild = tx.guild(GuildScope(guild_id(id)));
        for (number, words) in (0..questions)
            .zip([None, Some(""), Some("it's \u{1F980} \"quoted\"\n\t\\ $1")].into_iter().cycle())
        {
            let weight = f64::MAX / (number as f64 + 1.0);
            guild.execute(&ASK, params![number, words, weight, i64::MIN + number]).await.unwrap();
            guild.execute(&SAY, params![number, "", "first"]).await.unwrap();
            guild.execute(&SAY, params![number, "\u{00e9}", "second"]).await.unwrap();
        }
        guild.execute(&ASK, params![i64::MAX, None::<String>, None::<f64>, i64::MAX]).await.unwrap();
        guild.execute(&ASK, params![i64::MIN, format!("{id}"), 1.0, None::<i64>]).await.unwrap();
        guild.execute(&ONE, params!["one row"]).await.unwrap();
        guild.member(user_id(5)).execute(&PAY, params![7]).await.unwrap();
        guild.member(user_id(6)).execute(&PAY, params![-7]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("backups").join(name)
    }

    pub(crate) async fn back_up(&self, name: &str, scope: Scope, keys: &Keys) -> Created {
        guildhall_backup::create(&self.store, scope, &self.file(name), keys, &self.clock, &|_| {})
            .await
            .unwrap()
    }

    pub(crate) async fn sums(&self, scope: Scope) -> Totals {
        guildhall_backup::checksums(&self.store, scope, &|_| {}).await.unwrap()
    }
}
