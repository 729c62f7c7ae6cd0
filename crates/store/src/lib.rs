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
//! # What does not compile
//!
//! A scope runs statements of its own kind:
//! ```
//! # use guildhall_store::{MemberStatement, ReadTx, StoreError, member, params};
//! # use guildhall_core::{id::UserId, scope::GuildScope};
//! const NOTES: MemberStatement = member("notes", "SELECT text FROM note WHERE guild_id = $1 AND user_id = $2");
//! async fn own(tx: &mut ReadTx, guild: GuildScope, user: UserId) -> Result<(), StoreError> {
//!     tx.guild(guild).member(user).fetch_all(&NOTES, params![]).await.map(|_| ())
//! }
//! ```
//! A guild's scope runs none of a member's:
//! ```compile_fail,E0308
//! # use guildhall_store::{MemberStatement, ReadTx, StoreError, member, params};
//! # use guildhall_core::{id::UserId, scope::GuildScope};
//! # const NOTES: MemberStatement = member("notes", "SELECT text FROM note WHERE guild_id = $1 AND user_id = $2");
//! async fn all(tx: &mut ReadTx, guild: GuildScope) -> Result<(), StoreError> {
//!     tx.guild(guild).fetch_all(&NOTES, params![]).await.map(|_| ())
//! }
//! ```
//! A member's statement that forgets the member is none:
//! ```compile_fail,E0080
//! # use guildhall_store::{MemberStatement, member};
//! const NOTES: MemberStatement = member("notes", "SELECT text FROM note WHERE guild_id = $1");
//! # let _ = NOTES;
//! ```
//! A transaction gives no rows before it is told whose:
//! ```compile_fail,E0599
//! # use guildhall_store::{MemberStatement, ReadTx, StoreError, member, params};
//! # const NOTES: MemberStatement = member("notes", "SELECT text FROM note WHERE guild_id = $1 AND user_id = $2");
//! async fn any(tx: &mut ReadTx) -> Result<(), StoreError> {
//!     tx.fetch_all(&NOTES, params![]).await.map(|_| ())
//! }
//! ```
//! The store gives no rows at all without a transaction:
//! ```compile_fail,E0599
//! # use guildhall_store::{MemberStatement, Store, StoreError, member, params};
//! # const NOTES: MemberStatement = member("notes", "SELECT text FROM note WHERE guild_id = $1 AND user_id = $2");
//! async fn any(store: &Store) -> Result<(), StoreError> {
//!     store.fetch_all(&NOTES, params![]).await.map(|_| ())
//! }
//! ```
//! And a scope cannot be made but by a transaction:
//! ```compile_fail,E0624
//! # use guildhall_store::GuildTx;
//! # use guildhall_core::scope::GuildScope;
//! fn made(guild: GuildScope) -> GuildTx<'static> {
//!     GuildTx::new(loop {}, guild)
//! }
//! ```
//!
//! Knows nothing of Discord.

mod backend;
mod catalogue;
mod derived;
pub mod erase;
mod error;
pub mod export;
mod health;
pub mod host;
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
