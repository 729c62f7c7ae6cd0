//! What can stop the gateway.

use super::session::StoreFailure;

/// Why the gateway, or one of its shards, cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Discord refuses this bot or this configuration; trying again cannot help.
    #[error("shard {shard} was closed by Discord with code {code}: {}", .reason.what())]
    Refused {
        /// The shard.
        shard: u32,
        /// The close code.
        code: u16,
        /// What it means.
        reason: Refusal,
    },
    /// Too few IDENTIFYs are left today.
    #[error(
        "{remaining} session starts are left and {needed} are asked for; the window renews in {renews_in_secs} s"
    )]
    BudgetLow {
        /// IDENTIFYs left in the window.
        remaining: u32,
        /// How many must be left before one is spent: two for each shard.
        needed: u32,
        /// Seconds until the window ends.
        renews_in_secs: u64,
    },
    /// New sessions are begun so often that something must be wrong.
    #[error("{used} session starts of today are spent; the next one is in order in {next_in_secs} s")]
    TooManySessions {
        /// IDENTIFYs in the window.
        used: u32,
        /// Seconds until another one may be spent.
        next_in_secs: u64,
    },
    /// The place where sessions are kept failed.
    #[error("read the stored sessions")]
    Sessions(#[source] StoreFailure),
    /// Asking Discord for the gateway's address failed.
    #[error("ask for the gateway's address and limits")]
    Info(#[source] StoreFailure),
    /// Encrypted connections cannot be made.
    #[error("prepare encrypted connections")]
    Tls(#[source] StoreFailure),
    /// The gateway's address is not one.
    #[error("`{0}` is not a gateway address")]
    Address(String),
    /// A defect of ours: the shard's task ended by a panic.
    #[error("shard {0} broke down")]
    BrokeDown(u32),
    /// The shard plan names no shard, or one that does not exist.
    #[error("the shard plan names shard {shard} of {total}")]
    Plan {
        /// The shard.
        shard: u32,
        /// The number of shards.
        total: u32,
    },
}

impl GatewayError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused { reason, .. } => Some(reason.hint()),
            Self::BudgetLow { .. } | Self::TooManySessions { .. } => {
                Some("find out why the bot starts so often, wait, or force the start")
            }
            Self::Address(_) => Some("an address looks like wss://gateway.discord.gg"),
            Self::Plan { .. } => Some("shards are counted from 0, and there is at least one"),
            Self::Sessions(_) | Self::Info(_) | Self::Tls(_) | Self::BrokeDown(_) => None,
        }
    }
}

/// The close codes after which connecting again is forbidden or pointless
/// (Discord docs: Opcodes and Status Codes, Gateway Close Event Codes).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// 4004.
    AuthenticationFailed,
    /// 4010.
    InvalidShard,
    /// 4011.
    ShardingRequired,
    /// 4012.
    InvalidVersion,
    /// 4013.
    InvalidIntents,
    /// 4014.
    DisallowedIntents,
}

impl Refusal {
    /// The refusal that a close code stands for, if it is one.
    pub const fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            4004 => Self::AuthenticationFailed,
            4010 => Self::InvalidShard,
            4011 => Self::ShardingRequired,
            4012 => Self::InvalidVersion,
            4013 => Self::InvalidIntents,
            4014 => Self::DisallowedIntents,
            _ => return None,
        })
    }

    const fn what(self) -> &'static str {
        match self {
            Self::AuthenticationFailed => "the token is not valid",
            Self::InvalidShard => "this shard does not exist",
            Self::ShardingRequired => "the bot is in too many guilds for so few shards",
            Self::InvalidVersion => "this version of the gateway is gone",
            Self::InvalidIntents => "the intents are malformed",
            Self::DisallowedIntents => "an intent is not enabled for this bot",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::AuthenticationFailed => {
                "copy the token again from the Bot page of the Discord developer portal; it may have been reset"
            }
            Self::InvalidShard => "large bots need a multiple of the number of shards that Discord assigns",
            Self::ShardingRequired => "use the recommended number of shards",
            Self::InvalidVersion => "install a newer release",
            Self::InvalidIntents => "report this; the intents are derived from the enabled features",
            Self::DisallowedIntents => {
                "enable the privileged intents on the Bot page of the Discord developer portal"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_documented_codes_are_refusals() {
        let fatal: Vec<u16> = (1000..5000).filter(|code| Refusal::from_code(*code).is_some()).collect();
        assert_eq!(fatal, [4004, 4010, 4011, 4012, 4013, 4014]);
    }
}
