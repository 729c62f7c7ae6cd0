//! The databases that Guildhall runs on, one for a test that wants one. A test of what is kept runs on each:
//! see [`on_each_database`](crate::on_each_database).

use std::{path::PathBuf, str::FromStr};

use guildhall_core::clock::SharedClock;
use guildhall_server_kit::{KitError, Postgres, postgres};
use guildhall_store::{Schema, Store, StoreError, StoreOptions};
use tempfile::TempDir;

/// The name of the database on a test's server.
const NAME: &str = "guildhall";

/// A way to keep data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// One SQLite file.
    Sqlite,
    /// An SQLite file for each guild.
    PerGuild,
    /// PostgreSQL, reached by a role that is no superuser.
    Postgres,
}

impl Kind {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::PerGuild, Self::Postgres];

    /// What it is called in messages and on command lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::PerGuild => "per_guild",
            Self::Postgres => "postgres",
        }
    }

    /// The options for what [`Database::address`] told another process.
    pub fn options(self, address: &str) -> StoreOptions {
        match self {
            Self::Sqlite => StoreOptions::new(address),
            Self::PerGuild => StoreOptions::per_guild(address),
            Self::Postgres => StoreOptions::postgres(address.to_owned()),
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("there is no kind of database called `{name}`"))
    }
}

/// An empty database. Dropping it removes it, so drop the stores on it first.
#[derive(Debug)]
pub struct Database {
    kind: Kind,
    server: Option<Postgres>,
    folder: TempDir,
}

impl Database {
    /// A new one.
    pub async fn new(kind: Kind) -> Result<Self, KitError> {
        Self::with(kind, postgres::Options::default()).await
    }

    /// A new one, with these options where it is a server.
    pub async fn with(kind: Kind, options: postgres::Options) -> Result<Self, KitError> {
        let folder = tempfile::tempdir().map_err(|source| KitError::Io {
            what: "make a folder in",
            path: std::env::temp_dir(),
            source,
        })?;
        let server = match kind {
            Kind::Postgres => {
                let server = Postgres::start_with(options).await?;
                server.create_database(NAME).await?;
                Some(server)
            }
            Kind::Sqlite | Kind::PerGuild => None,
        };
        Ok(Self { kind, server, folder })
    }

    /// Which kind it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How to open it.
    pub fn options(&self) -> StoreOptions {
        self.kind.options(&self.address())
    }

    /// Opens it.
    pub async fn open(&self, schemas: &[Schema], clock: SharedClock) -> Result<Store, StoreError> {
        Store::open(self.options(), schemas, clock).await
    }

    /// Where it is, for another process: a path or an address.
    pub fn address(&self) -> String {
        match &self.server {
            Some(server) => server.url(NAME),
            None => self.path().display().to_string(),
        }
    }

    /// Its file or folder, which is not there before it is opened, in a folder that is not there either.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(if self.kind == Kind::PerGuild { "deep/data" } else { "deep/data.db" })
    }

    /// The server, where it is one.
    pub const fn server(&self) -> Option<&Postgres> {
        self.server.as_ref()
    }

    /// The server, to kill it and to start it again.
    pub const fn server_mut(&mut self) -> Option<&mut Postgres> {
        self.server.as_mut()
    }
}

/// Makes tests of functions that take a [`Kind`]: each on each kind of database, in modules of its name.
///
/// ```
/// use guildhall_testkit::{database::{Database, Kind}, on_each_database};
///
/// async fn an_empty_database_opens(kind: Kind) {
///     let database = Database::new(kind).await.unwrap();
///     assert_eq!(database.kind(), kind);
/// }
///
/// on_each_database!(an_empty_database_opens);
/// ```
#[macro_export]
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        $crate::on_each_database!(@ on_sqlite, Sqlite, $($test),+);
        $crate::on_each_database!(@ on_a_file_for_each_guild, PerGuild, $($test),+);
        $crate::on_each_database!(@ on_postgresql, Postgres, $($test),+);
    };
    (@ $module:ident, $kind:ident, $($test:ident),+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($crate::database::Kind::$kind).await;
                }
            )+
        }
    };
}
