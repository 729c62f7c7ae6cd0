//! The runtime: what happens between the gateway and a feature, and between a feature and Discord.
//!
//! Knows no feature: it is handed a [`Registry`](guildhall_framework::Registry).

pub mod admission;
pub mod directory;
pub mod dispatcher;
pub mod effects;
pub mod interest;
pub mod options;
pub mod outbox;
pub mod store;
pub mod telemetry;
