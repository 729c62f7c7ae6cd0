//! The runtime: what happens between the gateway and a feature, and between a feature and Discord.
//!
//! Knows no feature: it is handed a [`Registry`](guildhall_framework::Registry).

pub mod admission;
pub mod cluster;
pub mod directory;
pub mod dispatcher;
pub mod effects;
pub mod interactions;
pub mod interest;
pub mod jobs;
pub mod lifecycle;
pub mod options;
pub mod outbox;
pub mod outside;
pub mod reconcile;
pub mod registration;
pub mod shared_rate;
pub mod sink;
pub mod store;
pub mod telemetry;
pub mod transport;

pub use lifecycle::{End, GatewayParts, Parts, Runtime, Snapshot, StartError};
pub use options::RuntimeOptions;
pub use shared_rate::RedisRate;
pub use transport::Transport;
