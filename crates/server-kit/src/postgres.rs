//! A PostgreSQL server.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use crate::{
    KitError,
    guard::{self, Guard},
    place::{self, User, free_port},
};

mod template;

/// The variable that may name the folder with the server's programs.
pub const VARIABLE: &str = "GUILDHALL_TEST_POSTGRES";

/// The superuser's name.
pub const SUPERUSER: &str = "postgres";

/// A role that may make databases and roles, and is no superuser: what a provider gives its customers.
pub const OWNER: &str = "owner";

/// How long a server may take until it answers.
const BOUND: Duration = Duration::from_mins(1);

/// How often one looks whether it does.
const STEP: Duration = Duration::from_millis(5);

/// Somebody else may take the free port between finding and using it.
const TRIES: u32 = 8;

/// What a server is to be like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether a commit waits for the disk. For tests that cut the power; all others are faster without.
    pub fsync: bool,
    /// Further settings, such as `("max_connections", "300")`.
    pub settings: Vec<(&'static str, String)>,
}

/// A running server. Dropping it ends it and removes its data.
#[derive(Debug)]
pub struct Postgres {
    // Ended before its folder is removed.
    server: Option<Guard>,
    folder: TempDir,
    programs: PathBuf,
    user: Option<User>,
    options: Options,
    port: u16,
    password: String,
}

impl Postgres {
    /// Starts a server that does not wait for the disk.
    pub async fn start() -> Result<Self, KitError> {
        Self::start_with(Options::default()).await
    }

    /// Starts a server.
    pub async fn start_with(options: Options) -> Result<Self, KitError> {
        let user = place::user()?;
        let base = place::base(user)?;
        let programs = place::postgres()?;
        let template = template::ready(&programs, &base, user).await?;
        let folder = place::fresh(&base, user)?;
        template.copy(&folder.path().join("data"), user)?;
        let password = template.password()?;
        let mut server = Self { server: None, folder, programs, user, options, port: 0, password };
        server.run().await?;
        Ok(server)
    }

    /// The superuser's address of a database.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url_of(SUPERUSER, &self.password, database)
    }

    /// The owner's address of a database: see [`OWNER`].
    pub fn url(&self, database: &str) -> String {
        self.url_of(OWNER, &self.password, database)
    }

    /// Any role's address of a database.
    pub fn url_of(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The password of [`SUPERUSER`] and [`OWNER`].
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Makes an empty database that [`OWNER`] owns, and returns its address.
    pub async fn create_database(&self, name: &str) -> Result<String, KitError> {
        self.execute("postgres", &format!("CREATE DATABASE \"{name}\" OWNER {OWNER}")).await?;
        Ok(self.url(name))
    }

    /// Runs statements as the superuser.
    pub async fn execute(&self, database: &str, sql: &str) -> Result<(), KitError> {
        let mut connection = PgConnection::connect(&self.superuser_url(database)).await?;
        connection.execute(AssertSqlSafe(sql.to_owned())).await?;
        connection.close().await?;
        Ok(())
    }

    /// Kills every process of the server at once (SIGKILL), as a power cut would. [`Postgres::run`] starts
    /// it again on the same port.
    pub fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let id = server.id();
        let workers = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        server.signal(Signal::KILL);
        server.wait();
        for worker in workers.split_whitespace().filter_map(|id| id.parse().ok().and_then(Pid::from_raw)) {
            // Most have noticed by themselves that the server is gone.
            let _ = kill_process(worker, Signal::KILL);
        }
    }

    /// Starts the server where it does not run: after [`Postgres::kill`], with its data as they were left.
    pub async fn run(&mut self) -> Result<(), KitError> {
        if self.server.is_some() {
            return Ok(());
        }
        let deadline = tokio::time::Instant::now() + BOUND;
        let mut tries = TRIES;
        loop {
            match self.attempt(deadline).await {
                Err(KitError::Failed { .. }) if tries > 0 => {
                    tries -= 1;
                    tokio::time::sleep(STEP * 10).await;
                }
                other => return other,
            }
        }
    }

    async fn attempt(&mut self, deadline: tokio::time::Instant) -> Result<(), KitError> {
        let again = self.port != 0;
        let port = if again { self.port } else { free_port()? };
        let (data, log) = (self.folder.path().join("data"), self.log());
        fs::write(&log, "").map_err(KitError::io("write", &log))?;
        let program = self.programs.join("postgres");
        let mut command = guard::command(&program, self.user);
        command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for (name, value) in self.settings() {
            command.args(["-c", &format!("{name}={value}")]);
        }
        let mut server = Guard::start(command, &log, self.folder.path(), self.user)?;
        let failed = |fault: String| KitError::Failed {
            program: program.clone(),
            fault,
            output: fs::read_to_string(&log).unwrap_or_default(),
        };
        loop {
            if let Some(status) = server.ended() {
                return Err(failed(status));
            }
            if ready(&data, server.id()) {
                break;
            }
            if tokio::time::Instant::now() > deadline {
                return Err(failed("it was not ready in time".to_owned()));
            }
            tokio::time::sleep(STEP).await;
        }
        self.port = port;
        self.server = Some(server);
        Ok(())
    }

    /// What the server has said since it was started.
    pub fn output(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    pub(crate) const fn user(&self) -> Option<User> {
        self.user
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let durable = if self.options.fsync { "on" } else { "off" };
        let socket = self.folder.path().display().to_string();
        let mut settings = vec![
            ("listen_addresses", Ipv4Addr::LOCALHOST.to_string()),
            ("unix_socket_directories", socket),
            ("fsync", durable.to_owned()),
            ("full_page_writes", durable.to_owned()),
            ("shared_buffers", "32MB".to_owned()),
            ("timezone", "UTC".to_owned()),
        ];
        settings.extend(self.options.settings.iter().cloned());
        settings
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its workers let go of the folder before it is removed; a killed server would leave them behind.
        if let Some(mut server) = self.server.take() {
            server.signal(Signal::QUIT);
            server.wait();
        }
    }
}

/// The server's own word that it takes connections, in the file that it keeps in its data folder.
fn ready(data: &Path, id: u32) -> bool {
    let Ok(file) = fs::read_to_string(data.join("postmaster.pid")) else { return false };
    let mut lines = file.lines();
    lines.next().is_some_and(|first| first.trim() == id.to_string())
        && lines.nth(6).is_some_and(|status| status.trim() == "ready")
}

#[cfg(test)]
mod tests;
