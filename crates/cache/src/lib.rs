//! A cache in two tiers: in this process, and in Redis or Valkey for all processes.
//!
//! - A [`Category`] declares how long its values live and how many bytes of them a process keeps.
//! - A key always names the [`Scope`] that its value belongs to. The scope is part of the key as a type, so no guild
//!   can name another guild's value.
//! - [`Cache::get_or_load`] asks this process, then Redis, then the loader, once for all who ask at the same time.
//! - [`Cache::invalidate`] is what a writer calls after its commit. It reaches every process; a value that was being
//!   loaded meanwhile is kept nowhere.
//! - Redis may go away and come back, with or without its data, at any time. Then reads go on from this process and
//!   the loaders, and cost nearly nothing more. What was invalidated meanwhile is invalidated in Redis before it is
//!   used again, and each process forgets what it may have missed.
//!
//! A value may be older than the last invalidation only where that cannot reach: in a process that is cut off from
//! Redis while the writer is another one, and for no longer than the category's time to live.
//!
//! [`Budget`] is a rate limit that all processes share, on the same Redis.

pub mod budget;
mod cache;
mod category;
mod key;
mod link;
mod local;
mod message;
mod pattern;
mod pending;
mod telemetry;

pub use self::{
    budget::{Budget, Rate, Take},
    cache::{Cache, Cleared, Within},
    category::Category,
    key::Scope,
    link::Options,
    local::Stats,
    pattern::Pattern,
};

/// A cache that cannot be set up as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// A category's name is not one.
    #[error("set up the cache: the category `{0}` is not made of lowercase letters, digits and `_`")]
    Name(&'static str),
    /// Two categories have one name.
    #[error("set up the cache: there are two categories `{0}`")]
    Twice(&'static str),
    /// What keys are to begin with would not keep them apart from others.
    #[error("set up the cache: the prefix `{0}` is not made of letters, digits, `-` and `_`")]
    Prefix(String),
    /// The address of Redis is malformed. It may hold a password, so it is not shown.
    #[error("set up the cache: the address of Redis is malformed")]
    Address,
}
