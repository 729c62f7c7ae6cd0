//! How the gateway is to run.

use std::time::Duration;

use guildhall_core::secret::SecretString;
use twilight_model::gateway::{Intents, payload::outgoing::update_presence::UpdatePresencePayload};

use super::{error::GatewayError, info::GatewayInfo};

/// Which shards this process runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ShardPlan {
    /// All of this many.
    Count(u32),
    /// Some of `total`; other processes run the others.
    Set {
        /// The shards of this process.
        ids: Vec<u32>,
        /// The number of shards of the bot.
        total: u32,
    },
    /// All of as many as Discord recommends.
    Recommended,
}

impl ShardPlan {
    /// The shards to run, in order and each once, and the number of shards of the bot.
    pub fn resolve(&self, info: &GatewayInfo) -> Result<(Vec<u32>, u32), GatewayError> {
        let (mut ids, total) = match self {
            Self::Count(total) => ((0..*total).collect::<Vec<_>>(), *total),
            Self::Set { ids, total } => (ids.clone(), *total),
            Self::Recommended => ((0..info.shards.max(1)).collect(), info.shards.max(1)),
        };
        ids.sort_unstable();
        ids.dedup();
        match ids.last() {
            Some(last) if *last < total => Ok((ids, total)),
            last => Err(GatewayError::Plan { shard: last.copied().unwrap_or(0), total }),
        }
    }
}

/// How the gateway is to run.
#[derive(Clone, Debug)]
pub struct GatewayOptions {
    /// The bot's token, with or without `Bot ` before it.
    pub token: SecretString,
    /// The intents to identify with.
    pub intents: Intents,
    /// Which shards to run.
    pub shards: ShardPlan,
    /// The gateway's address where it is not the one that Discord names, such as the sandbox's
    /// `ws://127.0.0.1:7000`.
    pub gateway_url: Option<String>,
    /// The presence to identify with.
    pub presence: Option<UpdatePresencePayload>,
    /// Whether the transport is compressed, which saves most of the bandwidth and costs some CPU time.
    /// Where nothing is said, encrypted connections are and plain ones, being local, are not.
    pub compress: Option<bool>,
    /// How long a server may stay silent before HELLO, and between the handshake and READY or RESUMED.
    pub handshake_timeout: Duration,
    /// How long a session must live after READY or RESUMED before its end counts as no failure.
    pub healthy_after: Duration,
    /// How often a cursor that moved is saved.
    pub save_every: Duration,
    /// How many KiB of events may wait for the sink, for each shard; each event counts as one at least.
    pub queue: usize,
}

impl GatewayOptions {
    /// The usual settings for this bot.
    pub fn new(token: SecretString, intents: Intents) -> Self {
        Self {
            token,
            intents,
            shards: ShardPlan::Recommended,
            gateway_url: None,
            presence: None,
            compress: None,
            handshake_timeout: Duration::from_secs(30),
            healthy_after: Duration::from_secs(30),
            save_every: Duration::from_millis(200),
            queue: 2048,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(shards: u32) -> GatewayInfo {
        GatewayInfo {
            url: "ws://127.0.0.1:1".into(),
            shards,
            total: 1000,
            remaining: 1000,
            reset_after: Duration::ZERO,
            max_concurrency: 1,
        }
    }

    #[test]
    fn plans_name_each_shard_once_and_only_real_ones() {
        let ids = |plan: ShardPlan| plan.resolve(&info(3)).ok();
        assert_eq!(ids(ShardPlan::Count(2)), Some((vec![0, 1], 2)));
        assert_eq!(ids(ShardPlan::Recommended), Some((vec![0, 1, 2], 3)));
        assert_eq!(ids(ShardPlan::Set { ids: vec![5, 1, 5], total: 8 }), Some((vec![1, 5], 8)));
        assert_eq!(ids(ShardPlan::Set { ids: vec![8], total: 8 }), None);
        assert_eq!(ids(ShardPlan::Set { ids: vec![], total: 8 }), None);
        assert_eq!(ids(ShardPlan::Count(0)), None);
    }
}
