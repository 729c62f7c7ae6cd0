//! Discord's ids: 64 bits that begin with a time stamp (Discord docs: API Reference, Snowflakes).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An id of anything.
pub type Id = u64;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// The millisecond at which ids begin: 2015-01-01 UTC.
pub const EPOCH: Millis = 1_420_070_400_000;

/// Where the time stamps of guilds that are made in bulk begin: 2017-01-01 UTC.
const BULK_START: Millis = 1_483_228_800_000;

/// Makes ids that only rise.
#[derive(Debug)]
pub struct Snowflakes {
    last: Id,
    bulk: Id,
}

impl Default for Snowflakes {
    fn default() -> Self {
        // A worker number that ordinary ids do not carry keeps the two ranges apart.
        Self { last: 0, bulk: at(BULK_START) | (31 << 17) }
    }
}

impl Snowflakes {
    /// The next id; its time stamp is `now`, or a little later when many are made in one millisecond.
    pub fn next(&mut self, now: Millis) -> Id {
        self.last = at(now).max(self.last + 1);
        self.last
    }

    /// The next id of a guild made in bulk. Each has a millisecond of its own, since a guild's shard is
    /// computed from the time stamp and guilds of one millisecond would all land on one shard. The 4,000
    /// ids after it are free for its channels and roles.
    pub fn next_bulk(&mut self) -> Id {
        self.bulk += 1 << 22;
        self.bulk
    }
}

/// The first id of a millisecond.
pub fn at(millis: Millis) -> Id {
    u64::try_from(millis - EPOCH).unwrap_or(0).max(1) << 22
}

/// The millisecond an id was made in.
pub fn time_of(id: Id) -> Millis {
    Millis::try_from(id >> 22).unwrap_or(0) + EPOCH
}

/// Which of `count` shards a guild belongs to (Discord docs: Gateway, Sharding).
pub fn shard_of(guild_id: Id, count: u32) -> u32 {
    let shard = (guild_id >> 22) % u64::from(count.max(1));
    u32::try_from(shard).unwrap_or(0)
}

/// Reads an id from text; nothing for what is not one.
pub fn parse(text: &str) -> Option<Id> {
    if text.is_empty() || text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|id| *id > 0)
}

/// Reads an id that may be missing, from text or a number.
pub(crate) fn id_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Id>, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::Number(number) if number.as_u64().is_some() => Ok(number.as_u64()),
        serde_json::Value::String(text) => {
            parse(&text).map(Some).ok_or_else(|| D::Error::custom(format!("`{text}` is not an id")))
        }
        other => Err(D::Error::custom(format!("`{other}` is not an id"))),
    }
}

/// An id on the wire, which is a JSON string.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sid(pub Id);

impl Serialize for Sid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        let mut rest = self.0;
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        serializer.serialize_str(std::str::from_utf8(&digits[at..]).unwrap_or("0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_and_carry_their_time() {
        let mut ids = Snowflakes::default();
        let now = 1_790_000_000_000;
        let first = ids.next(now);
        let second = ids.next(now);
        assert!(second > first);
        assert_eq!(time_of(first), now);
        assert!(matches!(first.to_string().len(), 17..=19));
    }

    #[test]
    fn bulk_ids_spread_over_shards() {
        let mut ids = Snowflakes::default();
        let shards: std::collections::BTreeSet<u32> =
            (0..16).map(|_| shard_of(ids.next_bulk(), 16)).collect();
        assert_eq!(shards.len(), 16);
    }

    #[test]
    fn ids_travel_as_strings() {
        assert_eq!(serde_json::to_string(&Sid(80_351_110_224_678_912)).unwrap(), "\"80351110224678912\"");
        assert_eq!(serde_json::to_string(&Sid(0)).unwrap(), "\"0\"");
        assert_eq!(parse("80351110224678912"), Some(80_351_110_224_678_912));
        for bad in ["", "0", "-1", "1e3", "99999999999999999999", "12 "] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
