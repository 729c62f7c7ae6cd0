//! Shows that no guild sees another's data.
//!
//! [`sweep`] puts a canary, a word or number found nowhere else, into everything that each guild keeps, uses
//! every command, component, event and job of the registered features, and searches everything that comes out
//! for canaries of others. [`mutants`] takes filters out of statements and policies out of the database and
//! sees that the checks notice. [`cost`] measures what the walls cost.
//!
//! All of it walks the registry and the inventory: a new feature is covered without a change here.

mod canary;
pub mod cost;
mod house;
mod listen;
pub mod mutants;
pub mod sweep;

use guildhall_framework::Registry;
use guildhall_store::{Schema, StoreError};

/// Why a proof could not be carried out. What a proof finds is in its report.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A statement of the proof's own failed.
    #[error("a statement of the proof failed")]
    Sql(#[from] sqlx::Error),
    /// A part of the proof ended early.
    #[error("a part of the proof ended early")]
    Ended(#[from] tokio::task::JoinError),
    /// The cache cannot be set up.
    #[error("the cache cannot be set up")]
    Cache(#[from] guildhall_cache::CacheError),
    /// Something that the proof is made of is missing.
    #[error("{0}")]
    Missing(String),
}

/// Every schema of the program but the store's own.
pub fn schemas(registry: &Registry) -> Vec<Schema> {
    [vec![guildhall_runtime::store::SCHEMA], registry.schemas()].concat()
}
