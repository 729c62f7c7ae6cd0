//! What a kind of cached values is like.

use std::time::Duration;

/// A kind of cached values, declared once as a constant by whoever caches them.
#[derive(Debug, Eq, PartialEq)]
pub struct Category {
    /// Its name, as operators write it in patterns: lowercase letters, digits and `_`.
    pub name: &'static str,
    /// How long a value lives.
    pub ttl: Duration,
    /// Bytes of keys and values that each process keeps; beyond, what is used least goes.
    pub weight: u64,
    /// Whether values are shared through Redis. What is cheap to make again, or large, need not be.
    pub shared: bool,
}
