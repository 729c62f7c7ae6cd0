//! A database with every kind of table that an inventory can declare.

use std::sync::Arc;

use guildhall_core::{
    clock::{ManualClock, SharedClock, Timestamp},
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use guildhall_store::{
    Class, Column, GuildStatement, MemberStatement, Migration, OperatorPath, Person, Retention, Schema,
    ScopeKind, Store, Table, UserStatement, Value, guild as guild_statement, member as member_statement,
    operator, params,
    platform::{
        job::{self, NewJob, Priority},
        outbox, privacy,
    },
    tombstone::Journal,
    user as user_statement,
};
use guildhall_testkit::database::{Database, Kind};
use tempfile::TempDir;

pub(crate) const NOW: Timestamp = Timestamp(1_795_176_000_000);

const RECOUNT: GuildStatement = guild_statement(
    "note_total_recount",
    "UPDATE note_total SET notes = (SELECT COUNT(*) FROM note AS n WHERE n.guild_id = $1) WHERE guild_id = $1",
);
const NOTE: GuildStatement = guild_statement(
    "note_add",
    "INSERT INTO note (guild_id, id, author_id, words, at) VALUES ($1, $2, $3, $4, $5)",
);
const WORD: GuildStatement =
    guild_statement("note_word_add", "INSERT INTO note_word (guild_id, word, note_id) VALUES ($1, $2, $3)");
const TOTAL: GuildStatement = guild_statement(
    "note_total_add",
    "INSERT INTO note_total (guild_id, notes) VALUES ($1, 1)
     ON CONFLICT (guild_id) DO UPDATE SET notes = note_total.notes + 1",
);
const SEEN: MemberStatement = member_statement(
    "seen_set",
    "INSERT INTO seen (guild_id, user_id, words) VALUES ($1, $2, $3)
     ON CONFLICT (guild_id, user_id) DO UPDATE SET words = excluded.words",
);
const PROFILE: UserStatement = user_statement(
    "profile_set",
    "INSERT INTO profile (user_id, words) VALUES ($1, $2)
     ON CONFLICT (user_id) DO UPDATE SET words = excluded.words",
);
pub(crate) const NOTES: GuildStatement =
    guild_statement("note_list", "SELECT id, author_id, words FROM note WHERE guild_id = $1 ORDER BY id");
pub(crate) const NOTES_TOTAL: GuildStatement =
    guild_statement("note_total_get", "SELECT notes FROM note_total WHERE guild_id = $1");

pub(crate) const SCHEMA: Schema = Schema {
    owner: "test",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "one table of each kind",
        sql: "
            CREATE TABLE note (
                guild_id BIGINT NOT NULL, id BIGINT NOT NULL, author_id BIGINT NOT NULL, words TEXT NOT NULL,
                at BIGINT NOT NULL, PRIMARY KEY (guild_id, id)
            );
            CREATE TABLE note_word (
                guild_id BIGINT NOT NULL, word TEXT NOT NULL, note_id BIGINT NOT NULL,
                PRIMARY KEY (guild_id, word, note_id),
                FOREIGN KEY (guild_id, note_id) REFERENCES note (guild_id, id) ON DELETE CASCADE
            );
            CREATE TABLE note_total (guild_id BIGINT NOT NULL, notes BIGINT NOT NULL, PRIMARY KEY (guild_id));
            CREATE TABLE seen (
                guild_id BIGINT NOT NULL, user_id BIGINT NOT NULL, words TEXT NOT NULL,
                PRIMARY KEY (guild_id, user_id)
            );
            CREATE TABLE profile (user_id BIGINT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (user_id));
        ",
    }],
    inventory: &[
        Table {
            name: "note",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("id"),
                Column::id("author_id"),
                Column::content("words"),
                Column::content("at"),
            ],
            key: &["guild_id", "id"],
            person: Person::Author("author_id"),
            retention: Retention::Class { class: Class::MESSAGES, column: "at" },
            purpose: "holds notes",
        },
        Table {
            name: "note_word",
            scope: ScopeKind::Guild,
            columns: &[Column::plain("guild_id"), Column::content("word"), Column::plain("note_id")],
            key: &["guild_id", "word", "note_id"],
            person: Person::DerivedFrom { table: "note", by: &[("note_id", "id")] },
            retention: Retention::WithOwner,
            purpose: "finds notes",
        },
        Table {
            name: "note_total",
            scope: ScopeKind::Guild,
            columns: &[Column::plain("guild_id"), Column::plain("notes")],
            key: &["guild_id"],
            person: Person::Aggregate { of: "note", recompute: RECOUNT },
            retention: Retention::WithOwner,
            purpose: "counts notes",
        },
        Table {
            name: "seen",
            scope: ScopeKind::Member,
            columns: &[Column::plain("guild_id"), Column::id("user_id"), Column::content("words")],
            key: &["guild_id", "user_id"],
            person: Person::Owner,
            retention: Retention::WithOwner,
            purpose: "knows members",
        },
        Table {
            name: "profile",
            scope: ScopeKind::User,
            columns: &[Column::id("user_id"), Column::content("words")],
            key: &["user_id"],
            person: Person::Owner,
            retention: Retention::WithOwner,
            purpose: "knows users",
        },
    ],
    statements: &[
        RECOUNT.any(),
        NOTE.any(),
        WORD.any(),
        TOTAL.any(),
        SEEN.any(),
        PROFILE.any(),
        NOTES.any(),
        NOTES_TOTAL.any(),
    ],
};

pub(crate) fn guild(number: u64) -> GuildId {
    GuildId::new(number).unwrap()
}

pub(crate) fn user(number: u64) -> UserId {
    UserId::new(number).unwrap()
}

/// What a user's every field holds.
pub(crate) fn canary(who: u64) -> String {
    format!("canary-of-{who}-end")
}

pub(crate) fn clock() -> SharedClock {
    Arc::new(ManualClock::at(NOW))
}

/// Dropped in this order: the store before its database.
pub(crate) struct Stage {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
}

impl Stage {
    pub(crate) async fn new(kind: Kind) -> Self {
        let database = Database::new(kind).await.unwrap();
        let store = database.open(&[SCHEMA], clock()).await.unwrap();
        let folder = TempDir::new().unwrap();
        let journal = Journal::at(folder.path().join("data.tombstones"));
        Self { store, journal, folder, database }
    }

    /// A note with words that find it, and its share of the count.
    pub(crate) async fn note(&self, place: u64, id: i64, who: u64, at: Timestamp) {
        let mut tx = self.store.write().await.unwrap();
        let mut tx_guild = tx.guild(GuildScope(guild(place)));
        let words = canary(who);
        tx_guild.execute(&NOTE, params![id, user(who), &words, at]).await.unwrap();
        for word in [words.clone(), format!("{words}-2")] {
            tx_guild.execute(&WORD, params![word, id]).await.unwrap();
        }
        tx_guild.execute(&TOTAL, params![]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Something of the user in every table that can hold it.
    pub(crate) async fn lived_in(&self, place: u64, who: u64) {
        let words = canary(who);
        for id in 0..3 {
            self.note(place, i64::try_from(who).unwrap() * 100 + id, who, NOW).await;
        }
        let mut tx = self.store.write().await.unwrap();
        let scope = GuildScope(guild(place));
        tx.guild(scope).member(user(who)).execute(&SEEN, params![&words]).await.unwrap();
        let outgoing = |payload: &str| outbox::Outgoing {
            kind: "message".to_owned(),
            payload: payload.to_owned(),
            not_before: NOW,
        };
        outbox::put_for(&mut tx.guild(scope), outgoing(&words), Some(user(who)), NOW).await.unwrap();
        let failed = outbox::put(&mut tx.guild(scope), outgoing(&words), NOW).await.unwrap();
        outbox::failed(&mut tx.guild(scope), failed.id.id, "50013").await.unwrap();
        let job = NewJob {
            kind: "remind".to_owned(),
            payload: words.clone(),
            priority: Priority::Normal,
            not_before: NOW,
            dedupe: None,
            user: Some(user(who)),
        };
        job::add(&mut tx.guild(scope), &job, NOW).await.unwrap();
        let mut own = tx.user(UserScope(user(who)));
        own.execute(&PROFILE, params![&words]).await.unwrap();
        privacy::choose(&mut own, privacy::Choice::STRICT, NOW).await.unwrap();
        privacy::record(&mut own, "level", "strict", NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Every row of every table as text.
    pub(crate) async fn dump(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        for table in self.store.schemas().iter().flat_map(|schema| schema.inventory) {
            let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
            let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
            let all = operator("dump", Box::leak(sql.into_boxed_str()));
            let mut read = self.store.read().await.unwrap();
            let found = read.operator(OperatorPath::Diagnosis).fetch_all(&all, params![]).await.unwrap();
            for row in found {
                let values: Vec<Value> = row.into_values();
                rows.push((table.name, format!("{values:?}")));
            }
        }
        rows
    }

    /// The tables in which these characters occur.
    pub(crate) async fn found(&self, text: &str) -> Vec<&'static str> {
        let dump = self.dump().await;
        dump.into_iter().filter(|(_, row)| row.contains(text)).map(|(table, _)| table).collect()
    }
}
