//! The same behaviour on every backend: one SQLite file, a file for each guild, PostgreSQL.

use std::sync::Arc;

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use guildhall_server_kit::Postgres;
use guildhall_store::{
    Column, Gather, GuildStatement, MemberStatement, Migration, OperatorPath, OperatorStatement, Person,
    Place, Retention, Schema, ScopeKind, Store, StoreOptions, Table, UserStatement, Value, guild, member,
    operator, params, testing, user,
};
use sqlx::PgPool;
use tempfile::TempDir;

const SCHEMA: Schema = Schema {
    owner: "test",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "facts, notes and profiles",
        sql: "
            CREATE TABLE fact (
                guild_id BIGINT NOT NULL,
                id BIGINT NOT NULL,
                text TEXT,
                weight DOUBLE PRECISION,
                PRIMARY KEY (guild_id, id)
            );
            CREATE TABLE word (
                guild_id BIGINT NOT NULL,
                fact BIGINT NOT NULL,
                word TEXT NOT NULL,
                PRIMARY KEY (guild_id, fact, word),
                FOREIGN KEY (guild_id, fact) REFERENCES fact (guild_id, id) ON DELETE CASCADE
            );
            CREATE TABLE note (
                guild_id BIGINT NOT NULL,
                user_id BIGINT NOT NULL,
                text TEXT NOT NULL,
                PRIMARY KEY (guild_id, user_id)
            );
            CREATE TABLE profile (user_id BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (user_id));
        ",
    }],
    inventory: &[
        table(
            "fact",
            ScopeKind::Guild,
            &["guild_id", "id"],
            &[Column::plain("guild_id"), Column::plain("id"), Column::plain("text"), Column::plain("weight")],
        ),
        table(
            "word",
            ScopeKind::Guild,
            &["guild_id", "fact", "word"],
            &[Column::plain("guild_id"), Column::plain("fact"), Column::plain("word")],
        ),
        table(
            "note",
            ScopeKind::Member,
            &["guild_id", "user_id"],
            &[Column::plain("guild_id"), Column::id("user_id"), Column::content("text")],
        ),
        table("profile", ScopeKind::User, &["user_id"], &[Column::id("user_id"), Column::content("text")]),
    ],
    statements: &[
        ADD.any(),
        GET.any(),
        FORGET.any(),
        WORD.any(),
        WORDS.any(),
        NOTE.any(),
        NOTES.any(),
        PROFILE.any(),
        TOTAL.any(),
        LIGHTEST.any(),
        PAGE.any(),
        CLEAR.any(),
    ],
};

const fn table(
    name: &'static str,
    scope: ScopeKind,
    key: &'static [&'static str],
    columns: &'static [Column],
) -> Table {
    let person = match scope {
        ScopeKind::Member | ScopeKind::User => Person::Owner,
        ScopeKind::Guild | ScopeKind::Global => Person::Guild,
    };
    Table { name, scope, key, columns, person, retention: Retention::WithOwner, purpose: "tests" }
}

const ADD: GuildStatement =
    guild("add", "INSERT INTO fact (guild_id, id, text, weight) VALUES ($1, $2, $3, $4)");
const GET: GuildStatement = guild("get", "SELECT text, weight FROM fact WHERE guild_id = $1 AND id = $2");
const FORGET: GuildStatement = guild("forget", "DELETE FROM fact WHERE guild_id = $1 AND id = $2");
const WORD: GuildStatement = guild("word", "INSERT INTO word (guild_id, fact, word) VALUES ($1, $2, $3)");
const WORDS: GuildStatement = guild("words", "SELECT word FROM word WHERE guild_id = $1 ORDER BY word, fact");
const NOTE: MemberStatement = member(
    "note",
    "INSERT INTO note (guild_id, user_id, text) VALUES ($1, $2, $3)
     ON CONFLICT (guild_id, user_id) DO UPDATE SET text = excluded.text",
);
const NOTES: GuildStatement = guild("notes", "SELECT COUNT(*) AS n FROM note WHERE guild_id = $1");
const PROFILE: UserStatement = user("profile", "INSERT INTO profile (user_id, text) VALUES ($1, $2)");
const TOTAL: OperatorStatement = operator("total", "SELECT COUNT(*) AS n FROM fact").gathered(Gather::Sum);
const LIGHTEST: OperatorStatement =
    operator("lightest", "SELECT MIN(weight) AS weight FROM fact").gathered(Gather::Least);
const PAGE: OperatorStatement =
    operator("page", "SELECT guild_id, id FROM fact WHERE guild_id > $1 ORDER BY guild_id, id LIMIT $2")
        .gathered(Gather::Pages);
const CLEAR: OperatorStatement = operator("clear", "DELETE FROM fact WHERE id >= $1");

/// A database that lives as long as this does.
struct House {
    store: Store,
    _folder: TempDir,
    _server: Option<Postgres>,
}

async fn houses() -> Vec<(&'static str, House)> {
    let mut houses = Vec::new();
    for name in ["one file", "a file for each guild", "postgres"] {
        let folder = TempDir::new().unwrap();
        let (options, server) = match name {
            "one file" => (StoreOptions::new(folder.path().join("data.db")), None),
            "postgres" => {
                let server = Postgres::start().await.unwrap();
                server.create_database("house").await.unwrap();
                (StoreOptions::postgres(server.url("house")), Some(server))
            }
            _ => (StoreOptions::per_guild(folder.path().join("data")), None),
        };
        let clock = Arc::new(ManualClock::at(Timestamp(7)));
        let store = Store::open(options, &[SCHEMA], clock).await.unwrap();
        houses.push((name, House { store, _folder: folder, _server: server }));
    }
    houses
}

fn scope(number: u64) -> GuildScope {
    GuildScope(GuildId::new(number).unwrap())
}

fn person(number: u64) -> UserId {
    UserId::new(number).unwrap()
}

#[tokio::test]
async fn the_checks_that_every_owner_runs_pass_everywhere() {
    for (name, house) in houses().await {
        let faults = testing::prepare_every_statement(&house.store, &[SCHEMA]).await.unwrap();
        assert_eq!(faults, Vec::<String>::new(), "{name}");
        let faults = testing::inventory_names_every_table_and_column(&house.store, &[SCHEMA]).await.unwrap();
        assert_eq!(faults, Vec::<String>::new(), "{name}");
        let health = house.store.check().await.unwrap();
        assert!(health.is_good() || name == "postgres", "{name}: {health:?}");
        let word = house.store.tables().iter().find(|table| table.table.name == "word").unwrap();
        assert_eq!(word.key, ["guild_id", "fact", "word"], "{name}");
        assert_eq!(word.references[0].table, "fact", "{name}");
        assert_eq!(word.references[0].parents, ["guild_id", "id"], "{name}");
        house.store.close().await;
    }
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for (name, House { store, _folder, _server }) in houses().await {
        let values = [
            (Value::Null, Value::Null),
            (Value::from("emoji \u{1f986} and a zero \0 sign"), Value::Real(0.1)),
            (Value::from(""), Value::Real(-1e300)),
        ];
        let mut tx = store.write().await.unwrap();
        for (id, (text, weight)) in (1_i64..).zip(values.clone()) {
            tx.guild(scope(1)).execute(&ADD, vec![id.into(), text, weight]).await.unwrap();
        }
        // A whole number where a fraction is meant.
        tx.guild(scope(1)).execute(&ADD, params![9_i64, "nine", 9_i64]).await.unwrap();
        tx.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        for (id, (text, weight)) in (1_i64..).zip(values) {
            let row = read.guild(scope(1)).fetch_one(&GET, params![id]).await.unwrap();
            assert_eq!(row.into_values(), [text, weight], "{name}");
        }
        let nine = read.guild(scope(1)).fetch_one(&GET, params![9_i64]).await.unwrap();
        assert!((nine.get::<f64>("weight").unwrap() - 9.0).abs() < f64::EPSILON, "{name}");
        drop(read);
        store.close().await;
    }
}

#[tokio::test]
async fn guilds_do_not_see_each_other_and_words_are_sorted_byte_by_byte() {
    for (name, House { store, _folder, _server }) in houses().await {
        let mut tx = store.write().await.unwrap();
        for guild in [1, 2] {
            tx.guild(scope(guild)).execute(&ADD, params![1_i64, "fact", 1.5_f64]).await.unwrap();
            for word in ["b", "B", "\u{e4}", "a"] {
                tx.guild(scope(guild)).execute(&WORD, params![1_i64, word]).await.unwrap();
            }
        }
        tx.guild(scope(1)).member(person(5)).execute(&NOTE, params!["mine"]).await.unwrap();
        tx.user(UserScope(person(5))).execute(&PROFILE, params!["me"]).await.unwrap();
        // Gone with its fact, in its own guild alone.
        tx.guild(scope(2)).execute(&FORGET, params![1_i64]).await.unwrap();
        tx.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let words = read.guild(scope(1)).fetch_all(&WORDS, params![]).await.unwrap();
        let words: Vec<String> = words.iter().map(|row| row.get("word").unwrap()).collect();
        assert_eq!(words, ["B", "a", "b", "\u{e4}"], "{name}");
        assert!(read.guild(scope(2)).fetch_all(&WORDS, params![]).await.unwrap().is_empty(), "{name}");
        for (guild, notes) in [(1, 1_i64), (2, 0), (3, 0)] {
            let row = read.guild(scope(guild)).fetch_one(&NOTES, params![]).await.unwrap();
            assert_eq!(row.get::<i64>("n").unwrap(), notes, "{name}");
        }
        drop(read);
        store.close().await;
    }
}

#[tokio::test]
async fn savepoints_work_across_scopes() {
    for (name, House { store, _folder, _server }) in houses().await {
        let mut tx = store.write().await.unwrap();
        tx.savepoint().await.unwrap();
        tx.guild(scope(1)).execute(&ADD, params![1_i64, "kept", None::<f64>]).await.unwrap();
        tx.release().await.unwrap();
        tx.savepoint().await.unwrap();
        tx.guild(scope(2)).execute(&ADD, params![1_i64, "undone", None::<f64>]).await.unwrap();
        tx.savepoint().await.unwrap();
        tx.guild(scope(1)).execute(&ADD, params![2_i64, "undone", None::<f64>]).await.unwrap();
        tx.release().await.unwrap();
        let twice = tx.guild(scope(1)).execute(&ADD, params![1_i64, "twice", None::<f64>]).await;
        assert!(twice.unwrap_err().is_conflict(), "{name}");
        tx.rollback_to_savepoint().await.unwrap();
        tx.guild(scope(2)).execute(&ADD, params![2_i64, "kept", None::<f64>]).await.unwrap();
        tx.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        for (guild, id, there) in [(1, 1_i64, true), (1, 2, false), (2, 1, false), (2, 2, true)] {
            let row = read.guild(scope(guild)).fetch_optional(&GET, params![id]).await.unwrap();
            assert_eq!(row.is_some(), there, "{name}: {id} in {guild}");
        }
        drop(read);
        store.close().await;
    }
}

#[tokio::test]
async fn operators_see_all_guilds_as_one() {
    for (name, House { store, _folder, _server }) in houses().await {
        let mut tx = store.write().await.unwrap();
        for guild in 1..=5 {
            for id in 1..=3_i64 {
                let weight = guild as f64 + id as f64;
                tx.guild(scope(guild)).execute(&ADD, params![id, "fact", weight]).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let mut tx = read.operator(OperatorPath::Diagnosis);
        assert_eq!(tx.fetch_one(&TOTAL, params![]).await.unwrap().get::<i64>("n").unwrap(), 15, "{name}");
        let lightest: f64 = tx.fetch_one(&LIGHTEST, params![]).await.unwrap().get("weight").unwrap();
        assert!((lightest - 2.0).abs() < f64::EPSILON, "{name}");
        let page = tx.fetch_all(&PAGE, params![2_i64, 4_u32]).await.unwrap();
        let page: Vec<(i64, i64)> =
            page.iter().map(|row| (row.get("guild_id").unwrap(), row.get("id").unwrap())).collect();
        assert_eq!(page, [(3, 1), (3, 2), (3, 3), (4, 1)], "{name}");
        drop(read);
        let mut tx = store.write().await.unwrap();
        let gone = tx.operator(OperatorPath::Retention).execute(&CLEAR, params![2_i64]).await.unwrap();
        assert_eq!(gone, 10, "{name}");
        tx.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let left = read.operator(OperatorPath::Diagnosis).fetch_one(&TOTAL, params![]).await.unwrap();
        assert_eq!(left.get::<i64>("n").unwrap(), 5, "{name}");
        drop(read);
        store.close().await;
    }
}

/// How a careful administrator sets it up: the program's login owns nothing and may do nothing by itself.
#[tokio::test]
async fn the_programs_login_may_be_one_that_owns_nothing() {
    let server = Postgres::start().await.unwrap();
    server.create_database("house").await.unwrap();
    server.execute("house", "CREATE ROLE bot LOGIN NOINHERIT PASSWORD 'secret'").await.unwrap();
    let mut options = StoreOptions::postgres(server.url_of("bot", "secret", "house"));
    let Place::Postgres(postgres) = &mut options.place else { panic!("another place") };
    postgres.owner_url = Some(server.url("house").into());
    let clock = || Arc::new(ManualClock::at(Timestamp(7)));
    let store = Store::open(options.clone(), &[SCHEMA], clock()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.guild(scope(1)).execute(&ADD, params![1_i64, "mine", None::<f64>]).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = store.read().await.unwrap();
    assert!(read.guild(scope(1)).fetch_optional(&GET, params![1_i64]).await.unwrap().is_some());
    drop(read);
    store.close().await;
    let bare = PgPool::connect(&server.url_of("bot", "secret", "house")).await.unwrap();
    let refused = sqlx::query("SELECT * FROM fact").fetch_all(&bare).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    // As the role that the walls bind, with no guild set, there is nothing to see.
    let mut alone = bare.begin().await.unwrap();
    sqlx::query("SET LOCAL ROLE guildhall_app").execute(&mut *alone).await.unwrap();
    assert_eq!(sqlx::query("SELECT * FROM fact").fetch_all(&mut *alone).await.unwrap().len(), 0);
    drop(alone);
    bare.close().await;
    // Nobody who owns the tables: said with what to do.
    let Place::Postgres(postgres) = &mut options.place else { panic!("another place") };
    postgres.owner_url = None;
    postgres.roles = "other".to_owned();
    let error = Store::open(options, &[SCHEMA], clock()).await.unwrap_err();
    assert!(error.to_string().contains("hint: "), "{error}");
}
