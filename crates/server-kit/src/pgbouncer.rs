//! A PgBouncer before a server, in transaction mode: each transaction may get another of the server's
//! connections, and a connection's settings meet the next client that gets it.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, TcpStream},
    path::Path,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    KitError, Postgres,
    guard::{self, Guard},
    place::{self, free_port},
    postgres::{OWNER, SUPERUSER},
};

/// The variable that may name the program.
pub const VARIABLE: &str = "GUILDHALL_TEST_PGBOUNCER";

/// How long it may take until it answers.
const BOUND: Duration = Duration::from_secs(30);

const STEP: Duration = Duration::from_millis(5);

/// Somebody else may take the free port between finding and using it.
const TRIES: u32 = 8;

/// What a pooler is to be like.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections to the server.
    pub connections: u32,
    /// Roles besides the two of the server, each with its password.
    pub roles: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 8, roles: Vec::new() }
    }
}

/// A running pooler. Dropping it ends it.
#[derive(Debug)]
pub struct PgBouncer {
    _process: Guard,
    folder: TempDir,
    port: u16,
}

impl PgBouncer {
    /// Starts a pooler before this server.
    pub async fn start(server: &Postgres, options: &Options) -> Result<Self, KitError> {
        let program = place::program("pgbouncer", "PgBouncer", VARIABLE)?;
        let mut tries = TRIES;
        loop {
            match Self::attempt(&program, server, options).await {
                Err(KitError::Failed { .. }) if tries > 0 => tries -= 1,
                other => return other,
            }
        }
    }

    async fn attempt(program: &Path, server: &Postgres, options: &Options) -> Result<Self, KitError> {
        let user = server.user();
        let folder = place::fresh(&place::base(user)?, user)?;
        let port = free_port()?;
        let file = |name: &str, content: String| {
            let path = folder.path().join(name);
            fs::write(&path, content).map_err(KitError::io("write", &path))?;
            place::give(&path, user).map(|()| path)
        };
        let users = file("users.txt", users(server, options))?;
        let config = file("pgbouncer.ini", ini(server, options, port, &users))?;
        let log = folder.path().join("log");
        let mut command = guard::command(program, user);
        command.arg(config);
        let mut process = Guard::start(command, &log, folder.path(), user)?;
        let failed = |fault: String| KitError::Failed {
            program: program.to_owned(),
            fault,
            output: fs::read_to_string(&log).unwrap_or_default(),
        };
        let deadline = tokio::time::Instant::now() + BOUND;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = process.ended() {
                return Err(failed(status));
            }
            if tokio::time::Instant::now() > deadline {
                return Err(failed("it was not ready in time".to_owned()));
            }
            tokio::time::sleep(STEP).await;
        }
        Ok(Self { _process: process, folder, port })
    }

    /// The address of a database through the pooler, for the server's owner.
    pub fn url(&self, server: &Postgres, database: &str) -> String {
        self.url_of(OWNER, server.password(), database)
    }

    /// Any role's address of a database through the pooler.
    pub fn url_of(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// What it has said.
    pub fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn users(server: &Postgres, options: &Options) -> String {
    let ours = [SUPERUSER, OWNER].map(|role| (role.to_owned(), server.password().to_owned()));
    ours.iter().chain(&options.roles).fold(String::new(), |mut text, (role, password)| {
        let _ = writeln!(text, "\"{role}\" \"{password}\"");
        text
    })
}

fn ini(server: &Postgres, options: &Options, port: u16, users: &Path) -> String {
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={server}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = scram-sha-256\n\
         auth_file = {users}\n\
         pool_mode = transaction\n\
         default_pool_size = {connections}\n\
         max_client_conn = 500\n\
         ignore_startup_parameters = extra_float_digits\n\
         log_connections = 0\n\
         log_disconnections = 0\n\
         log_stats = 0\n",
        server = server.port(),
        users = users.display(),
        connections = options.connections,
    )
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

    use super::*;

    #[tokio::test]
    async fn a_pooler_gives_each_transaction_any_connection() {
        let server = Postgres::start().await.unwrap();
        server.create_database("pooled").await.unwrap();
        let options = Options { connections: 1, ..Options::default() };
        let pooler = PgBouncer::start(&server, &options).await.unwrap();
        let connect = || async { PgConnection::connect(&pooler.url(&server, "pooled")).await.unwrap() };
        let (mut first, mut second) = (connect().await, connect().await);
        // One connection of the server serves both, and a session's setting goes from one to the other:
        // what a scope must never be kept in.
        first.execute(sqlx::raw_sql("SET my.scope = 'first'")).await.unwrap();
        let row = second.fetch_one(sqlx::raw_sql("SHOW my.scope")).await.unwrap();
        assert_eq!(row.get::<String, _>(0), "first", "{}", pooler.output());
    }
}
