//! PostgreSQL: every transaction runs under a role that owns nothing, with the ids of its scope set for as
//! long as it lasts, so that row-level security decides what it sees (PostgreSQL documentation, Row Security
//! Policies). A write transaction takes a lock for its guild or user first: writers of one guild come one
//! after the other, as they do on SQLite, and those of different guilds side by side.

use std::{fmt::Write as _, str::FromStr as _, time::Duration};

use futures::TryStreamExt as _;
use guildhall_core::secret::{ExposeSecret as _, SecretString};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, PgPool,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions, Postgres},
};

use super::{Order, Scope};
use crate::{
    error::{Failure, StoreError},
    operator::OperatorPath,
    options::{self, StoreOptions},
    row::Row,
    telemetry::Kind,
    value::Value,
};

mod codec;
mod fence;
mod held;
pub(crate) mod walls;

pub(crate) use fence::Evicted;

use held::Held;

/// The oldest version whose row-level security and roles are known to do what is asked of them here.
pub(crate) const OLDEST: u32 = 150_000;

/// The connections to one database.
#[derive(Debug)]
pub(crate) struct Pool {
    connections: PgPool,
    /// How the owner of the tables logs in.
    pub(crate) owner: PgConnectOptions,
    /// How the program logs in.
    pub(crate) login: String,
    pub(crate) roles: walls::Roles,
    /// Whether statements are prepared once per connection.
    prepared: bool,
    statement_timeout: Duration,
}

/// An open transaction.
#[derive(Debug)]
pub(crate) struct Lease {
    held: Held,
    kind: Kind,
    roles: walls::Roles,
    prepared: bool,
    statement_timeout: Duration,
    /// What the connection is set to; `None` before the first statement and where an undo may have reset it.
    scope: Option<Scope>,
    /// The guilds and users whose writers wait for this transaction.
    locked: Vec<i64>,
    /// The commands that refuse the transaction of a process that was evicted.
    fence: String,
    /// Savepoint commands that go out with whatever comes next: a way to the server less for each.
    pending: String,
}

const SAVEPOINT: &str = "SAVEPOINT step;";
const RELEASE: &str = "RELEASE SAVEPOINT step;";

impl Pool {
    /// Connects and checks the server's version.
    pub(crate) async fn open(
        postgres: &options::Postgres,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        let prepared = options.cached_statements > 0;
        let login = connect_options(&postgres.url, options)?;
        let owner = connect_options(postgres.owner_url.as_ref().unwrap_or(&postgres.url), options)?;
        let place = place(&login);
        let failed = |source| StoreError::Open { place: place.clone(), source: Box::new(source) };
        let name = login.get_username().to_owned();
        let connections = PgPoolOptions::new()
            .max_connections(options.connections.max(2))
            .acquire_timeout(options.queue_timeout)
            .acquire_slow_threshold(Duration::from_secs(2))
            .idle_timeout(options.idle_timeout)
            .connect_lazy_with(login);
        let first = tokio::time::timeout(options.connect_timeout, connections.acquire()).await;
        first.map_err(|_| sqlx::Error::PoolTimedOut).and_then(|first| first).map_err(failed)?;
        let version: String = sqlx::query_scalar(
            "SELECT current_setting('server_version_num')::text || ' ' || current_setting('server_version')",
        )
        .persistent(false)
        .fetch_one(&connections)
        .await
        .map_err(failed)?;
        let (number, found) = version.split_once(' ').unwrap_or_default();
        if number.parse::<u32>().unwrap_or(0) < OLDEST {
            return Err(StoreError::Outdated { engine: "PostgreSQL", found: found.to_owned(), needed: "15" });
        }
        Ok(Self {
            connections,
            owner,
            login: name,
            roles: walls::Roles::called(&postgres.roles),
            prepared,
            statement_timeout: options.statement_timeout,
        })
    }

    /// Host and name of the database, for messages.
    pub(crate) fn place(&self) -> String {
        place(&self.owner)
    }

    /// A transaction, begun with its first statement, when its scope is known.
    /// Unless it is empty, `instance` is the process that writes.
    pub(crate) async fn begin(&self, kind: Kind, instance: &str) -> Result<Lease, sqlx::Error> {
        Ok(Lease {
            held: Held::new(self.connections.acquire().await?),
            kind,
            roles: self.roles.clone(),
            prepared: self.prepared,
            statement_timeout: self.statement_timeout,
            scope: None,
            locked: Vec::new(),
            fence: if instance.is_empty() { String::new() } else { fence::check(instance, &self.roles) },
            pending: String::new(),
        })
    }

    /// How many connections are open, and how many of them nobody uses.
    pub(crate) fn connections(&self) -> (u32, usize) {
        (self.connections.size(), self.connections.num_idle())
    }

    pub(crate) async fn close(&self) {
        self.connections.close().await;
    }
}

impl Lease {
    pub(crate) async fn execute(&mut self, order: Order, params: Vec<Value>) -> Result<u64, sqlx::Error> {
        self.enter(order.scope).await?;
        let arguments = self.bind(order, params).await?;
        let query = sqlx::query_with(order.sql, arguments).persistent(self.prepared);
        Ok(query.execute(self.held.connection()?).await?.rows_affected())
    }

    pub(crate) async fn fetch(&mut self, order: Order, params: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        self.enter(order.scope).await?;
        let arguments = self.bind(order, params).await?;
        let query = sqlx::query_with(order.sql, arguments).persistent(self.prepared);
        let mut decoder = codec::Decoder::default();
        let mut stream = query.fetch(self.held.connection()?);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            rows.push(decoder.decode(&row)?);
        }
        Ok(rows)
    }

    #[expect(clippy::unused_async, reason = "the same shape as the other leases")]
    pub(crate) async fn savepoint(&mut self) -> Result<(), sqlx::Error> {
        self.pending.push_str(SAVEPOINT);
        Ok(())
    }

    #[expect(clippy::unused_async, reason = "the same shape as the other leases")]
    pub(crate) async fn release(&mut self) -> Result<(), sqlx::Error> {
        if !self.take_back() {
            self.pending.push_str(RELEASE);
        }
        Ok(())
    }

    pub(crate) async fn undo(&mut self) -> Result<(), sqlx::Error> {
        if self.take_back() {
            return Ok(());
        }
        // What was set since the savepoint is undone with it, and so are locks that were taken.
        self.scope = None;
        self.locked.clear();
        let text = format!("{}ROLLBACK TO SAVEPOINT step;{RELEASE}", self.pending);
        self.pending.clear();
        self.held.run(&text).await
    }

    /// Whether the last savepoint was never set, because nothing came after it.
    fn take_back(&mut self) -> bool {
        let Some(before) = self.pending.strip_suffix(SAVEPOINT).map(str::len) else { return false };
        self.pending.truncate(before);
        true
    }

    /// Waits for what a process is writing, and keeps it from writing more until this transaction ends.
    pub(crate) async fn bar(&mut self, instance: &str) -> Result<(), sqlx::Error> {
        self.enter(Scope::Operator(OperatorPath::Cluster)).await?;
        self.held.run(&fence::bar(instance)).await
    }

    /// Takes a lock of this name until the end of the transaction, where nobody has it; never waits. Locks of
    /// names are of two numbers, those of guilds and users of one, so that they are not mistaken for each other.
    pub(crate) async fn alone(&mut self, scope: Scope, name: &str) -> Result<bool, sqlx::Error> {
        self.enter(scope).await?;
        let [first, second] = numbers(name);
        sqlx::query_scalar("SELECT pg_catalog.pg_try_advisory_xact_lock($1, $2)")
            .bind(first)
            .bind(second)
            .persistent(self.prepared)
            .fetch_one(self.held.connection()?)
            .await
    }

    /// Compiles a statement under the walls, and says which of its types are none of the store's.
    pub(crate) async fn prepare(&mut self, order: Order) -> Result<Vec<String>, sqlx::Error> {
        self.enter(order.scope).await?;
        codec::check(self.held.connection()?, order.sql).await
    }

    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.held.commit(&self.pending).await
    }

    async fn bind(&mut self, order: Order, params: Vec<Value>) -> Result<codec::PgArguments, sqlx::Error> {
        let shape =
            if self.prepared { Some(codec::shape(self.held.connection()?, order.sql).await?) } else { None };
        codec::bind(order.scope, params, shape.as_deref())
    }

    /// Sets role and ids, and begins where that has not happened: all in one message to the server.
    async fn enter(&mut self, scope: Scope) -> Result<(), sqlx::Error> {
        let locks = self.lock(scope);
        if self.scope == Some(scope) && locks.is_none() && self.pending.is_empty() {
            return Ok(());
        }
        let mut text = if self.held.is_open() { String::new() } else { self.begin_text() };
        text.push_str(&self.pending);
        self.roles.enter(scope, &mut text);
        if let Some(id) = locks {
            // The snapshot of a statement that follows is taken after the lock, so it sees what the last
            // holder wrote.
            let _ = write!(text, ";SELECT pg_catalog.pg_advisory_xact_lock({id})");
        }
        self.scope = None;
        self.pending.clear();
        let fenced = !self.held.is_open() && !self.fence.is_empty();
        self.held.run(&text).await.map_err(|error| if fenced { fence::judge(error) } else { error })?;
        self.scope = Some(scope);
        self.locked.extend(locks);
        Ok(())
    }

    fn begin_text(&self) -> String {
        let mode = match self.kind {
            Kind::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
            Kind::Write => "BEGIN ISOLATION LEVEL READ COMMITTED;",
        };
        let statement = self.statement_timeout.as_millis();
        // Whoever stands still amid a write must not hold up those who take over from them.
        let idle = if self.kind == Kind::Write { fence::LONGEST_PAUSE.as_millis() } else { 0 };
        let fence = &self.fence;
        format!(
            "{mode}SET LOCAL statement_timeout={statement};
             SET LOCAL idle_in_transaction_session_timeout={idle};{fence}"
        )
    }

    /// Whose writers have to wait for this transaction from now on.
    fn lock(&self, scope: Scope) -> Option<i64> {
        let id = match scope {
            Scope::Guild(id) | Scope::Member(id, _) | Scope::User(id) => id,
            Scope::Operator(_) => return None,
        };
        (self.kind == Kind::Write && !self.locked.contains(&id)).then_some(id)
    }
}

/// Two numbers for a name: locks have no other names.
fn numbers(name: &str) -> [i32; 2] {
    let hash = blake3::hash(name.as_bytes());
    let number = |at: usize| {
        let mut four = [0; 4];
        four.copy_from_slice(&hash.as_bytes()[at..at + 4]);
        i32::from_le_bytes(four)
    };
    [number(0), number(4)]
}

fn connect_options(url: &SecretString, options: &StoreOptions) -> Result<PgConnectOptions, StoreError> {
    let parsed = PgConnectOptions::from_str(url.expose_secret()).map_err(|_| StoreError::Address)?;
    let parsed = parsed
        .application_name("guildhall")
        .statement_cache_capacity(options.cached_statements)
        // Statements name guilds.
        .disable_statement_logging();
    // Poolers refuse settings at the start that they do not know.
    Ok(if options.cached_statements == 0 { parsed.extra_float_digits(None) } else { parsed })
}

fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("{}:{}/{database}", options.get_host(), options.get_port())
}

/// What sort of failure a code means (PostgreSQL documentation, Error Codes).
pub(crate) fn classify(code: &str) -> Failure {
    match code {
        "25006" => Failure::ReadOnly,
        "42501" => Failure::Walled,
        "57014" | "25P03" => Failure::Slow,
        // Deadlock, serialisation, lock, too many connections.
        "40001" | "40P01" | "55P03" | "53300" => Failure::Busy,
        "53100" | "53200" => Failure::Full,
        code if code.starts_with("08") || code.starts_with("57P") => Failure::Lost,
        _ => Failure::Other,
    }
}

/// One connection of the owner, with its transaction.
pub(crate) struct Owner(sqlx::PgConnection);

impl Owner {
    /// Logs in as whoever owns the tables.
    pub(crate) async fn connect(pool: &Pool) -> Result<Self, StoreError> {
        use sqlx::Connection as _;
        let connection = sqlx::PgConnection::connect_with(&pool.owner)
            .await
            .map_err(|source| StoreError::Open { place: pool.place(), source: Box::new(source) })?;
        Ok(Self(connection))
    }

    /// Runs several statements without values.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.0).await.map(drop)
    }

    /// The rows of one statement without values.
    pub(crate) async fn fetch(&mut self, sql: &str) -> Result<Vec<Row>, sqlx::Error> {
        let mut decoder = codec::Decoder::default();
        let rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut self.0).await?;
        rows.iter().map(|row| decoder.decode(row)).collect()
    }

    pub(crate) async fn close(self) {
        use sqlx::Connection as _;
        if let Err(error) = self.0.close().await {
            tracing::debug!(%error, "the owner's connection did not end in good order");
        }
    }
}

type Connection = PoolConnection<Postgres>;
