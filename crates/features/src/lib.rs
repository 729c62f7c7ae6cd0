//! The features of the bot, one folder each. A folder opens with its declaration: what the feature is
//! called, its commands, components, events, jobs, tables and texts. Everything else is derived from that.
//!
//! Features know neither the gateway nor each other.

use guildhall_cache::Category;
use guildhall_framework::{Feature, caching::STAMPS};

mod admin;
mod announcements;
mod cache;
mod calendar;
mod help;
mod knowledge;
pub mod markov;
mod privacy;
mod servers;
mod statistics;
#[cfg(test)]
mod testing;
mod text_commands;
mod view;

/// Every feature, in the order in which `/help` shows them. A new feature is one more line.
pub fn all() -> Vec<Feature> {
    vec![
        knowledge::feature(),
        markov::feature(),
        markov::talk(),
        statistics::feature(),
        servers::feature(),
        privacy::feature(),
        announcements::feature(),
        help::feature(),
        text_commands::feature(),
        admin::feature(),
        cache::feature(),
    ]
}

/// Every kind of values that the features cache.
pub fn caches() -> Vec<&'static Category> {
    let mut all: Vec<&'static Category> = vec![&STAMPS];
    all.extend(knowledge::CACHES);
    all
}

#[cfg(test)]
mod tests;
