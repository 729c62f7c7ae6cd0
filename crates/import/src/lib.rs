//! Imports the database of an older bot that served one server: an SQLite file of about fifteen tables, in
//! the shape before or after it learned of several guilds.
//!
//! Every row is taken whole into an archive of its guild, from which features adopt what they understand
//! ([`archive`]), or it is in the report with the reason why not. Columns are found by their names, never
//! by their order. The source is only ever read. An import that is stopped at any moment goes on where it
//! was: how far it has come is committed together with the rows.
//!
//! [`run`] imports, [`dry_run`] only looks, [`generate`] makes such databases for tests.

pub mod archive;
mod check;
mod error;
pub mod generate;
mod import;
mod known;
mod layout;
mod reader;
mod reason;
mod records;
mod report;
mod schema;
mod source;
mod verify;
mod write;

pub use check::{KEY_BYTES, ROW_BYTES, VALUE_BYTES};
pub use error::ImportError;
pub use import::{Options, Step, dry_run, run};
pub use reason::Reason;
pub use records::{Mode, Note};
pub use report::{Report, TableReport};
pub use schema::SCHEMA;
pub use source::{LeftOut, Source};
