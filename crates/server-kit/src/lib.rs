//! Starts the real servers that Guildhall works with, for tests and benchmarks: PostgreSQL, PgBouncer, NATS and
//! Redis, each in a temporary folder of its own, on a free port of 127.0.0.1, never as root, and gone when its
//! owner is gone, however that ends. A [`Proxy`] before one of them takes the network away.
//!
//! One server a test is cheap enough: `initdb` runs once a machine and is copied after that, and a copy
//! answers its first query after a fifth of a second; NATS and Redis need no more than that from nothing. So
//! there is no server that tests share, nothing to count, and nothing that could be left behind.

mod daemon;
mod guard;
pub mod nats;
pub mod pgbouncer;
mod place;
pub mod postgres;
pub mod proxy;
pub mod redis;

use std::path::PathBuf;

pub use self::{nats::Nats, pgbouncer::PgBouncer, postgres::Postgres, proxy::Proxy, redis::Redis};

/// Why a server could not be started or used.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// A program is not on this machine.
    #[error(
        "find the program `{program}`\nhint: `cargo xtask test` installs it; elsewhere install {package}, or name its folder in {variable}"
    )]
    Missing {
        /// The program.
        program: &'static str,
        /// What brings it.
        package: &'static str,
        /// The variable that may name it.
        variable: &'static str,
    },
    /// The server is too old.
    #[error("use PostgreSQL {found}: {needed} or newer is needed")]
    Outdated {
        /// What is installed.
        found: u32,
        /// What is needed.
        needed: u32,
    },
    /// This process is root, PostgreSQL refuses to run as root, and there is nobody else to run as.
    #[error("run PostgreSQL as somebody else than root: there is neither a user `postgres` nor `nobody`")]
    NoUser,
    /// No temporary folder can be entered by the user that the server runs as.
    #[error("find a temporary folder that the server's user may enter\nhint: set TMPDIR to one")]
    NoFolder,
    /// A folder in the shared temporary folder belongs to somebody else.
    #[error("use the folder `{0}`: it belongs to somebody else\nhint: remove it, or set TMPDIR")]
    Foreign(PathBuf),
    /// The system refused something.
    #[error("{what} `{path}`")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or program.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program failed, or was not ready in time.
    #[error("start `{program}`: {fault}; it said:\n{output}")]
    Failed {
        /// The program.
        program: PathBuf,
        /// What went wrong.
        fault: String,
        /// Its last words.
        output: String,
    },
    /// The server refused a statement.
    #[error("run a statement on the server")]
    Statement(#[from] sqlx::Error),
}

impl KitError {
    fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
