//! Imports of generated databases: the report is compared with what was planted, the archive with the report.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use guildhall_core::{
    clock::{ManualClock, SharedClock, Timestamp},
    id::{GuildId, UserId},
    scope::GuildScope,
};
use guildhall_import::{
    ImportError, Mode, Options, Reason, Report, SCHEMA, Source, Step, archive, dry_run,
    generate::{self, Planted, Recipe, Shape},
    run,
};
use guildhall_server_kit::Postgres;
use guildhall_store::{Store, StoreOptions, testing};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

const GUILD: u64 = 897_814_031_346_319_382;

fn guild(id: u64) -> GuildId {
    GuildId::new(id).unwrap()
}

fn clock() -> SharedClock {
    Arc::new(ManualClock::at(Timestamp(1_760_000_000_000)))
}

fn options(mode: Mode) -> Options {
    Options { guild: guild(GUILD), source_guild: None, mode, restart: false }
}

/// Where the destination keeps its data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Backend {
    File,
    FilePerGuild,
    Postgres,
}

const BACKENDS: [Backend; 3] = [Backend::File, Backend::FilePerGuild, Backend::Postgres];

/// A folder with a destination and sources.
struct Place {
    folder: TempDir,
    store: Store,
    _server: Option<Postgres>,
}

impl Place {
    async fn new() -> Self {
        Self::on(Backend::File).await
    }

    async fn on(backend: Backend) -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        let (options, server) = match backend {
            Backend::File => (StoreOptions::new(data.join("bot.db")), None),
            Backend::FilePerGuild => (StoreOptions::per_guild(data), None),
            Backend::Postgres => {
                let server = Postgres::start().await.unwrap();
                server.create_database("import").await.unwrap();
                (StoreOptions::postgres(server.url("import")), Some(server))
            }
        };
        let store = Store::open(options, &[SCHEMA], clock()).await.unwrap();
        Self { folder, store, _server: server }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn generate(&self, name: &str, rows: u64, seed: u64, shape: Shape) -> (Source, Planted) {
        let path = self.path(name);
        let recipe = Recipe { rows, seed, shape, guild: guild(GUILD) };
        let planted = generate::run(&path, &recipe).await.unwrap();
        (Source::open(&path).unwrap(), planted)
    }

    async fn import(&self, source: &Source, options: &Options) -> Result<Report, ImportError> {
        run(&self.store, source, options, &clock(), async || Ok(()), &|_| {}).await
    }

    /// The sum over everything that the archive of a guild holds.
    async fn kept(&self, of: u64) -> u64 {
        let mut read = self.store.read().await.unwrap();
        let sources = archive::sources(&mut read.guild(GuildScope(guild(of)))).await.unwrap();
        sources.into_iter().map(|(_, rows)| rows).sum()
    }

    async fn page(&self, of: u64, table: &str) -> Vec<archive::LegacyRow> {
        let mut read = self.store.read().await.unwrap();
        archive::page(&mut read.guild(GuildScope(guild(of))), table, "", 100_000).await.unwrap()
    }
}

/// Runs SQL on a file.
async fn sql(path: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn taken(report: &Report) -> u64 {
    report.total(|table| table.added + table.updated + table.unchanged)
}

const NONE: [String; 0] = [];

#[tokio::test]
async fn the_report_is_exactly_what_was_planted_in_both_shapes() {
    let shapes = [(Shape::Before, 1), (Shape::After, 2), (Shape::Before, 3), (Shape::After, 4)];
    for ((shape, seed), backend) in shapes.into_iter().zip(BACKENDS.into_iter().cycle()) {
        let place = Place::on(backend).await;
        let (source, planted) = place.generate("old.db", 9_000, seed, shape).await;
        let kinds = planted.reasons().len();
        assert!(kinds >= Reason::ALL.len() - 1, "{shape:?} {seed} has flaws of {kinds} kinds only");
        let before = fs::read(source.path()).unwrap();
        let report = place.import(&source, &options(Mode::CleanSlate)).await.unwrap();
        assert_eq!(planted.differences(&report), NONE, "{shape:?} {seed}");
        assert_eq!(place.kept(GUILD).await, taken(&report));
        assert_eq!(report.left_out.len(), 1, "{:?}", report.left_out);
        // Nothing about the source changed, and nothing lies beside it.
        assert_eq!(fs::read(source.path()).unwrap(), before);
        assert!(names(place.folder.path()).iter().all(|name| name == "data" || name == "old.db"));
    }
}

#[tokio::test]
async fn the_checks_that_every_owner_runs_pass_everywhere() {
    for backend in BACKENDS {
        let place = Place::on(backend).await;
        assert_eq!(
            testing::prepare_every_statement(&place.store, &[SCHEMA]).await.unwrap(),
            NONE,
            "{backend:?}"
        );
        let faults = testing::inventory_names_every_table_and_column(&place.store, &[SCHEMA]).await.unwrap();
        assert_eq!(faults, NONE, "{backend:?}");
    }
}

#[tokio::test]
async fn a_dry_run_reports_the_same_and_changes_nothing() {
    let place = Place::new().await;
    let (source, planted) = place.generate("old.db", 6_000, 5, Shape::After).await;
    let dry = dry_run(&source, &options(Mode::Gradual), &clock(), &|_| {}).await.unwrap();
    assert_eq!(planted.differences(&dry), NONE);
    assert_eq!(place.kept(GUILD).await, 0);
    assert_eq!(names(place.folder.path()), ["data", "old.db"]);
    let report = place.import(&source, &options(Mode::Gradual)).await.unwrap();
    let mut rows = [dry.rows, report.rows];
    for rows in &mut rows {
        rows.sort();
    }
    assert_eq!(rows[0], rows[1]);
    assert_eq!(dry.tables, report.tables);
}

/// Drops the import after so many batches, with whatever it was doing then.
async fn stopped_after(place: &Place, source: &Source, mode: Mode, batches: u64) -> bool {
    let (seen, enough) = (AtomicU64::new(0), tokio::sync::Notify::new());
    let tell = |step| {
        if matches!(step, Step::Read(_)) && seen.fetch_add(1, Ordering::Relaxed) + 1 == batches {
            enough.notify_one();
        }
    };
    let (options, clock) = (options(mode), clock());
    let import = run(&place.store, source, &options, &clock, async || Ok(()), &tell);
    tokio::select! {
        biased;
        () = enough.notified() => true,
        done = import => { done.unwrap(); false }
    }
}

#[tokio::test]
async fn stopped_ten_times_it_goes_on_and_loses_and_doubles_nothing() {
    for (mode, backend) in [
        (Mode::CleanSlate, Backend::File),
        (Mode::Gradual, Backend::FilePerGuild),
        (Mode::Gradual, Backend::Postgres),
    ] {
        let (place, whole) = (Place::on(backend).await, Place::new().await);
        let (source, planted) = place.generate("old.db", 20_000, 7, Shape::Before).await;
        if mode == Mode::Gradual {
            // Something is there already, so that every row is looked up.
            let (earlier, _) = place.generate("earlier.db", 2_000, 8, Shape::Before).await;
            place.import(&earlier, &options(Mode::Gradual)).await.unwrap();
        }
        let mut stops = 0;
        for nth in 0..10 {
            stops += u64::from(stopped_after(&place, &source, mode, 1 + nth % 2).await);
        }
        assert_eq!(stops, 10, "there was always something left to do");
        let mut at_start = (0, 0);
        let told = std::sync::Mutex::new(&mut at_start);
        let tell = |step| {
            if let Step::Counted { rows, read } = step {
                **told.lock().unwrap() = (rows, read);
            }
        };
        let report =
            run(&place.store, &source, &options(mode), &clock(), async || Ok(()), &tell).await.unwrap();
        assert!(report.resumed && at_start.1 > 0 && at_start.1 < at_start.0, "{at_start:?}");
        assert_eq!(planted.differences(&report), NONE);
        let unbroken = whole.import(&source, &options(mode)).await.unwrap();
        let sums = |report: &Report| -> Vec<String> {
            report.tables.iter().map(|table| table.checksum.clone()).collect()
        };
        assert_eq!(sums(&report), sums(&unbroken));
        if mode == Mode::CleanSlate {
            assert_eq!(place.kept(GUILD).await, whole.kept(GUILD).await);
        }
    }
}

#[tokio::test]
async fn gradually_only_what_is_new_or_different_is_written() {
    for backend in BACKENDS {
        gradually(&Place::on(backend).await).await;
    }
}

async fn gradually(place: &Place) {
    let path = place.path("old.db");
    let table = "CREATE TABLE users (id INTEGER PRIMARY KEY, discord_id INTEGER, username TEXT);";
    sql(
        &path,
        &format!("{table} INSERT INTO users VALUES (1, 11, 'ada'), (2, 12, 'grace'), (3, 13, 'linus');"),
    )
    .await;
    let figures = |report: &Report| {
        let table = &report.tables[0];
        (table.read, table.added, table.updated, table.unchanged)
    };
    let first = place.import(&Source::open(&path).unwrap(), &options(Mode::Gradual)).await.unwrap();
    assert_eq!(figures(&first), (3, 3, 0, 0));
    let again = place.import(&Source::open(&path).unwrap(), &options(Mode::Gradual)).await.unwrap();
    assert_eq!((figures(&again), again.import), ((3, 0, 0, 3), 2));
    sql(
        &path,
        "UPDATE users SET username = 'Ada' WHERE id = 1; DELETE FROM users WHERE id = 2;
         INSERT INTO users VALUES (9, 19, 'margaret');",
    )
    .await;
    let later = place.import(&Source::open(&path).unwrap(), &options(Mode::Gradual)).await.unwrap();
    assert_eq!(figures(&later), (3, 1, 1, 1));
    // What the source no longer has stays, and a clean slate takes it away.
    let users = |rows: Vec<archive::LegacyRow>| rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
    assert_eq!(users(place.page(GUILD, "users").await), ["11", "12", "13", "19"]);
    let clean = place.import(&Source::open(&path).unwrap(), &options(Mode::CleanSlate)).await.unwrap();
    assert_eq!(figures(&clean), (3, 3, 0, 0));
    let rows = place.page(GUILD, "users").await;
    assert_eq!(rows[0].payload, r#"{"id":1,"discord_id":"11","username":"Ada"}"#);
    assert_eq!(rows[0].user, UserId::new(11));
    assert_eq!(users(rows), ["11", "13", "19"]);
}

#[tokio::test]
async fn imports_of_two_guilds_do_not_mix() {
    for backend in BACKENDS {
        two_guilds(&Place::on(backend).await).await;
    }
}

async fn two_guilds(place: &Place) {
    let path = place.path("old.db");
    sql(
        &path,
        "CREATE TABLE users (discord_id, guild_id, username);
         INSERT INTO users VALUES (11, 1, 'ada'), ('11', '2', 'ADA'), (12, 2, 'grace'), (13, NULL, 'linus');",
    )
    .await;
    let source = Source::open(&path).unwrap();
    let of = |id, from: Option<u64>, mode| Options {
        guild: guild(id),
        source_guild: from.map(guild),
        mode,
        restart: false,
    };
    let one = place.import(&source, &of(1, None, Mode::Gradual)).await.unwrap();
    let two = place.import(&source, &of(2, None, Mode::Gradual)).await.unwrap();
    assert_eq!((taken(&one), taken(&two)), (1, 2));
    let reasons: Vec<_> =
        one.rows.iter().map(|note| (note.row, note.reason, note.detail.as_deref())).collect();
    let other = (Reason::OtherGuild, Some("2"));
    assert_eq!(
        reasons,
        [(2, other.0, other.1), (3, other.0, other.1), (4, Reason::NoGuild, Some("guild_id"))]
    );
    // The rows of another guild are taken only when that guild is named.
    let three = place.import(&source, &of(3, Some(2), Mode::CleanSlate)).await.unwrap();
    assert_eq!(taken(&three), 2);
    place.import(&source, &of(2, Some(1), Mode::CleanSlate)).await.unwrap();
    assert_eq!((place.kept(1).await, place.kept(2).await, place.kept(3).await), (1, 1, 2));
    let mut read = place.store.read().await.unwrap();
    let mut tx = read.guild(GuildScope(guild(3)));
    let ada = archive::page_of(&mut tx, "users", UserId::new(11).unwrap(), "", 10).await.unwrap();
    assert_eq!(ada.len(), 1);
    assert!(ada[0].payload.contains("ADA"), "{ada:?}");
}

#[tokio::test]
async fn what_is_no_sound_database_is_refused_with_a_word() {
    let place = Place::new().await;
    let refused = async |name: &str| -> ImportError {
        let path = place.path(name);
        match Source::open(&path) {
            Err(error) => error,
            Ok(source) => place.import(&source, &options(Mode::Gradual)).await.unwrap_err(),
        }
    };
    fs::write(place.path("notes.txt"), "These are my notes, and there is no database in them.").unwrap();
    fs::write(place.path("empty"), "").unwrap();
    for name in ["notes.txt", "empty"] {
        assert!(matches!(refused(name).await, ImportError::NotADatabase { .. }), "{name}");
    }
    assert!(matches!(refused("missing.db").await, ImportError::File { .. }));

    let (source, _) = place.generate("whole.db", 3_000, 9, Shape::Before).await;
    let mut bytes = fs::read(source.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    fs::write(place.path("damaged.db"), &bytes).unwrap();
    let error = refused("damaged.db").await;
    assert!(matches!(error, ImportError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("hint: "), "{error}");
    fs::write(place.path("cut.db"), &bytes[..middle]).unwrap();
    assert!(matches!(refused("cut.db").await, ImportError::Damaged { .. }));

    sql(&place.path("bare.db"), "PRAGMA user_version = 3; CREATE TABLE users (a); DROP TABLE users;").await;
    sql(&place.path("other.db"), "CREATE TABLE bookmark (a); INSERT INTO bookmark VALUES (1);").await;
    for name in ["bare.db", "other.db"] {
        assert!(matches!(refused(name).await, ImportError::Foreign { .. }), "{name}");
    }
    sql(&place.path("wide.db"), "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (a);").await;
    assert!(matches!(refused("wide.db").await, ImportError::Encoding { .. }));
    fs::copy(source.path(), place.path("live.db")).unwrap();
    fs::write(place.path("live.db-wal"), "a log").unwrap();
    assert!(matches!(refused("live.db").await, ImportError::Unsettled { .. }));
    assert_eq!(place.kept(GUILD).await, 0);
}

#[tokio::test]
async fn a_half_done_import_goes_on_with_the_same_file_and_options_only() {
    let place = Place::new().await;
    let (source, _) = place.generate("old.db", 20_000, 11, Shape::Before).await;
    let (other, planted) = place.generate("other.db", 3_000, 12, Shape::Before).await;
    assert!(stopped_after(&place, &source, Mode::Gradual, 3).await);
    let half = place.kept(GUILD).await;
    assert!(half > 0);
    let error = place.import(&other, &options(Mode::Gradual)).await.unwrap_err();
    assert!(matches!(error, ImportError::Changed { import: 1 }), "{error:?}");
    assert!(error.to_string().contains("--restart"), "{error}");
    let error = place.import(&source, &options(Mode::CleanSlate)).await.unwrap_err();
    assert!(matches!(error, ImportError::Differs { .. }), "{error:?}");
    assert_eq!(place.kept(GUILD).await, half);
    let anew = Options { restart: true, ..options(Mode::CleanSlate) };
    let report = place.import(&other, &anew).await.unwrap();
    assert_eq!(planted.differences(&report), NONE);
    assert_eq!((place.kept(GUILD).await, report.import), (taken(&report), 2));
}

#[tokio::test]
async fn the_backup_comes_first_and_once() {
    let place = Place::new().await;
    let (source, _) = place.generate("old.db", 20_000, 13, Shape::Before).await;
    let no = async || Err("the disk is full".to_owned());
    let error = run(&place.store, &source, &options(Mode::Gradual), &clock(), no, &|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    // Nothing was begun, so another file may follow.
    assert_eq!(place.kept(GUILD).await, 0);
    assert!(stopped_after(&place, &source, Mode::Gradual, 2).await);
    let never = async || panic!("an import that goes on has its backup");
    let report = run(&place.store, &source, &options(Mode::Gradual), &clock(), never, &|_| {}).await.unwrap();
    assert!(report.resumed);
}

#[tokio::test]
async fn a_stored_row_that_differs_from_what_was_read_is_found() {
    const SPOIL: guildhall_store::GuildStatement = guildhall_store::guild(
        "spoil",
        "UPDATE legacy_row SET payload = '{}' WHERE guild_id = $1 AND row_key = (SELECT MIN(row_key) FROM legacy_row WHERE guild_id = $1)",
    );
    let place = Place::new().await;
    let (source, _) = place.generate("old.db", 20_000, 14, Shape::Before).await;
    assert!(stopped_after(&place, &source, Mode::Gradual, 4).await);
    let mut write = place.store.write().await.unwrap();
    write.guild(GuildScope(guild(GUILD))).execute(&SPOIL, vec![]).await.unwrap();
    write.commit().await.unwrap();
    let error = place.import(&source, &options(Mode::Gradual)).await.unwrap_err();
    assert!(matches!(error, ImportError::Mismatch { .. }), "{error:?}");
}
