//! Backups of a store, and their way back.
//!
//! One logical format for every database: a backup of one can be restored into another. It is a stream of
//! parts, each with a checksum that also covers the part before it; packed with zstd, encrypted with age.
//! What is written comes from one snapshot, so the bot goes on meanwhile; what is read is checked from end to
//! end before anything is changed. Memory does not grow with the data.
//!
//! Knows nothing of Discord.

mod before;
mod catalogue;
mod codec;
mod create;
mod digest;
pub mod erasures;
mod error;
mod file;
mod fill;
pub mod folder;
mod frame;
mod keys;
mod load;
mod manifest;
mod reading;
mod restore;
mod schedule;
mod state;
pub mod swap;
mod telemetry;
mod verify;
mod walk;

pub use before::before_migration;
pub use create::{Created, checksums, create};
pub use digest::{Digest, Owner, Sum, Totals};
pub use error::BackupError;
pub use fill::{Filled, fill, ledger};
pub use keys::{KeyOptions, Keys, keygen};
pub use manifest::{ColumnShape, FORMAT, Header, LedgerEntry, Scope, TableScope, TableShape, Trailer};
pub use restore::{Restored, Target, holds_data, restore};
pub use schedule::{LOOK, Plan, Schedule};
pub use state::{SCHEMA, refuse_half_restored};
pub use verify::{Verified, peek, verify};
pub use walk::{Progress, Watch};
