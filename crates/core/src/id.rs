//! Typed ids. Discord's ids are snowflakes: unsigned 64-bit integers that are sent as strings
//! (Discord docs: Reference, Snowflakes). They fit 63 bits, so a database holds them as BIGINT.

use std::{fmt, num::NonZeroU64, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// First millisecond of Discord's own calendar, 2015-01-01 (Discord docs: Reference, Snowflakes).
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

/// A text that is not a snowflake.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a Discord id")]
pub struct InvalidId(pub String);

fn parse(text: &str) -> Result<NonZeroU64, InvalidId> {
    text.parse::<u64>()
        .ok()
        .filter(|value| i64::try_from(*value).is_ok())
        .and_then(NonZeroU64::new)
        .ok_or_else(|| InvalidId(text.to_owned()))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(NonZeroU64);

        impl $name {
            /// The id with this number; `None` for zero and for numbers above 63 bits.
            pub fn new(value: u64) -> Option<Self> {
                i64::try_from(value).ok().and_then(|_| NonZeroU64::new(value)).map(Self)
            }

            /// The number itself.
            pub const fn get(self) -> u64 {
                self.0.get()
            }

            /// The number as a database column holds it.
            pub fn to_db(self) -> i64 {
                self.0.get().cast_signed()
            }

            /// The id in a database column; `None` for a number that no id has.
            pub fn from_db(value: i64) -> Option<Self> {
                u64::try_from(value).ok().and_then(Self::new)
            }

            /// When Discord made the id, in milliseconds since 1970.
            pub const fn created_at_ms(self) -> i64 {
                (self.0.get() >> 22).cast_signed() + DISCORD_EPOCH_MS
            }

            /// The least number, as a database column holds it, of an id that is made then or later; zero for
            /// times before there were any.
            pub const fn least_at(ms: i64) -> i64 {
                let since = ms.saturating_sub(DISCORD_EPOCH_MS);
                if since > 0 { since.saturating_mul(1 << 22) } else { 0 }
            }
        }

        impl From<NonZeroU64> for $name {
            fn from(value: NonZeroU64) -> Self {
                Self(value)
            }
        }

        impl From<$name> for NonZeroU64 {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// An application: the bot's registration with Discord.
    ApplicationId,
    /// A channel, thread or category.
    ChannelId,
    /// A registered application command.
    CommandId,
    /// A guild: what people call a server.
    GuildId,
    /// One use of a command, button, menu or form.
    InteractionId,
    /// A message.
    MessageId,
    /// A role. The role of everyone has the guild's own number.
    RoleId,
    /// A user or bot account.
    UserId,
}

impl GuildId {
    /// The shard that Discord sends this guild's events to, of `count` shards
    /// (Discord docs: Gateway, Sharding).
    pub fn shard(self, count: u32) -> u32 {
        u32::try_from((self.get() >> 22) % u64::from(count.max(1))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_text_only_when_they_are_snowflakes() {
        assert_eq!("175928847299117063".parse::<UserId>().map(UserId::get), Ok(175_928_847_299_117_063));
        for text in ["", "0", "-1", "1.5", "abc", "18446744073709551615", "9223372036854775808"] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId(text.to_owned())));
        }
    }

    #[test]
    fn a_snowflake_tells_when_it_was_made() {
        let id: MessageId = "175928847299117063".parse().unwrap();
        assert_eq!(id.created_at_ms(), 1_462_015_105_796);
        let least = MessageId::least_at(1_462_015_105_796);
        assert!(least <= id.to_db() && id.to_db() < MessageId::least_at(1_462_015_105_797));
        assert_eq!((MessageId::least_at(i64::MIN), MessageId::least_at(i64::MAX)), (0, i64::MAX));
    }

    #[test]
    fn the_database_form_returns_the_same_id() {
        let id = GuildId::new(41_771_983_423_143_937).unwrap();
        assert_eq!(GuildId::from_db(id.to_db()), Some(id));
        assert_eq!(GuildId::from_db(0), None);
        assert_eq!(GuildId::from_db(-5), None);
    }

    #[test]
    fn a_guild_belongs_to_one_shard() {
        let id = GuildId::new(41_771_983_423_143_937).unwrap();
        assert_eq!(id.shard(16), u32::try_from((41_771_983_423_143_937_u64 >> 22) % 16).unwrap());
        assert_eq!(id.shard(1), 0);
    }

    #[test]
    fn ids_travel_as_strings() {
        let id = UserId::new(80_351_110_224_678_912).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"80351110224678912\"");
        assert!(serde_json::from_str::<UserId>("80351110224678912").is_err());
    }
}
