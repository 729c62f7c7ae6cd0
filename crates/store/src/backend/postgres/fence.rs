//! The fence around a process that others have given up. Whoever writes shares a lock in its process's name and
//! finds its row; whoever evicts the process takes that lock alone, so that it comes after everything that was
//! being written, and takes the row away (PostgreSQL documentation, Advisory Locks).

use std::time::Duration;

use super::{
    numbers,
    walls::{Roles, literal, quoted},
};

/// How long a write transaction may stand still before the server ends it. A process that is stopped amid a
/// write would otherwise keep its locks.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// What the check comes to where the row is gone: one divided by no rows.
const REFUSED: &str = "22012";

/// This process was evicted.
#[derive(Debug, thiserror::Error)]
#[error("this process was evicted")]
pub(crate) struct Evicted;

/// What it means that the commands of [`check`] failed.
pub(super) fn judge(error: sqlx::Error) -> sqlx::Error {
    let refused = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    if refused.is_some_and(|code| code == REFUSED) {
        return sqlx::Error::AnyDriverError(Box::new(Evicted));
    }
    error
}

/// Sets the locks of processes apart from those of guilds, which are one number.
const SPACE: i32 = 7_001;

/// The commands that refuse a process without a row.
pub(super) fn check(instance: &str, roles: &Roles) -> String {
    format!(
        "SET LOCAL ROLE {role};SELECT pg_catalog.pg_advisory_xact_lock_shared({SPACE},{lock});
         SELECT 1/COUNT(*) FROM instance WHERE id={id};",
        role = quoted(&roles.operator),
        lock = lock(instance),
        id = literal(instance),
    )
}

/// The command that waits for a process's writers and keeps further ones out.
pub(super) fn bar(instance: &str) -> String {
    format!("SELECT pg_catalog.pg_advisory_xact_lock({SPACE},{})", lock(instance))
}

/// A process's own number. Two may share one: they only wait for each other then.
fn lock(instance: &str) -> i32 {
    let [first, _] = numbers(instance);
    first
}
