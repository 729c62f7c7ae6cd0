//! Scoped transactions over one database, with migrations and an inventory of what is kept.
//!
//! Rows are reached only through a scope ([`GuildTx`], [`MemberTx`], [`UserTx`], [`OperatorTx`]), and a
//! scope runs only its own kind of [`Statement`]. The store binds the ids of the scope itself, so no
//! caller can name a foreign guild.
//!
//! The SQL is portable text; everything that knows a particular database lives in `backend`. Portable means:
//! parameters are `$1`, `$2`, …; ids, counts and milliseconds are `BIGINT`, yes and no is a `BIGINT` of 0 or
//! 1, fractions are `DOUBLE PRECISION`, JSON and words are `TEXT`; upserts use `ON CONFLICT (…) DO`, results
//! of writes `RETURNING`; numbers come from [`platform::counter`], not from the database; the key of a
//! guild's table begins with `guild_id`; every `UNION` arm, sub-query and joined table ties its own
//! `guild_id`, by `= $1` or by the one beside it. [`testing`] checks what can be checked.
//!
//! Knows nothing of Discord.

mod backend;
mod catalogue;
mod derived;
pub mod erase;
mod error;
pub mod export;
mod health;
mod inventory;
mod layout;
mod lock;
mod migrate;
mod operator;
mod options;
pub mod platform;
pub mod policy;
pub mod purge;
pub mod retention;
mod row;
mod schema;
pub mod sizes;
mod statement;
mod store;
mod subject;
mod telemetry;
pub mod testing;
pub mod tombstone;
mod transaction;
mod value;

pub use catalogue::{ColumnInfo, ColumnKind, Reference, TableInfo};
pub use erase::Erased;
pub use error::{Failure, StoreError};
pub use health::{AppliedMigration, Health};
pub use inventory::{Class, Column, Person, Personal, Retention, Table};
pub use layout::Layout;
pub use migrate::{Pending, Plan};
pub use operator::OperatorPath;
pub use options::{Place, Postgres, StoreOptions};
pub use row::Row;
pub use schema::{Migration, Schema};
pub use statement::{
    AnyStatement, Gather, GuildStatement, MemberStatement, OperatorStatement, ScopeKind, Statement,
    UserStatement, guild, marker, member, operator, user,
};
pub use store::Store;
pub use subject::{Reason, Subject};
pub use transaction::{GuildTx, MemberTx, OperatorTx, ReadTx, UserTx, WriteTx};
pub use value::{FromValue, Params, Value};
