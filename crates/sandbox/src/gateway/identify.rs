//! Reading Identify and Resume (Discord docs: Gateway Events, Identify, Resume).

use serde_json::Value;

use crate::gateway::{close::Close, intents::Intents, presence};
use crate::snowflake::Millis;

/// What a client says to begin a session.
#[derive(Clone, Debug)]
pub(crate) struct Identify {
    pub(crate) token: String,
    pub(crate) intents: Intents,
    pub(crate) shard: Option<(u32, u32)>,
    pub(crate) large_threshold: u64,
    pub(crate) compress: bool,
    pub(crate) presence: Option<Value>,
}

/// What a client says to continue a session.
#[derive(Clone, Debug)]
pub(crate) struct Resume {
    pub(crate) token: String,
    pub(crate) session_id: String,
    pub(crate) seq: u64,
}

impl Identify {
    /// Reads the data of op 2; keys that are not known are passed over.
    pub(crate) fn read(data: &Value, now: Millis) -> Result<Self, Close> {
        let token = data["token"].as_str().ok_or(Close::DECODE_ERROR)?;
        if !data["properties"].is_object() {
            return Err(Close::DECODE_ERROR);
        }
        let intents = match &data["intents"] {
            Value::Number(bits) => bits.as_u64().ok_or(Close::INVALID_INTENTS)?,
            _ => return Err(Close::DECODE_ERROR),
        };
        let intents = Intents(intents);
        if !Intents::ALL.contains(intents) {
            return Err(Close::INVALID_INTENTS);
        }
        let large_threshold = match &data["large_threshold"] {
            Value::Null => 50,
            given => given.as_u64().filter(|given| (50..=250).contains(given)).ok_or(Close::DECODE_ERROR)?,
        };
        Ok(Self {
            token: token.to_owned(),
            intents,
            shard: shard(&data["shard"])?,
            large_threshold,
            compress: data["compress"].as_bool().unwrap_or(false),
            presence: match &data["presence"] {
                Value::Null => None,
                given => Some(presence::read(given, now)?),
            },
        })
    }

    /// Refuses privileged intents that are not switched on for the application.
    pub(crate) fn intents_allowed(&self, switched_on: Intents) -> Result<(), Close> {
        let missing = Intents(self.intents.0 & Intents::PRIVILEGED.0).without(switched_on);
        if missing.is_empty() { Ok(()) } else { Err(Close::DISALLOWED_INTENTS) }
    }
}

impl Resume {
    /// Reads the data of op 6.
    pub(crate) fn read(data: &Value) -> Result<Self, Close> {
        let text = |key: &str| data[key].as_str().map(str::to_owned).ok_or(Close::DECODE_ERROR);
        // A client that has heard nothing yet sends null.
        let seq = if data["seq"].is_null() { Some(0) } else { data["seq"].as_u64() };
        Ok(Self {
            token: text("token")?,
            session_id: text("session_id")?,
            seq: seq.ok_or(Close::DECODE_ERROR)?,
        })
    }
}

fn shard(value: &Value) -> Result<Option<(u32, u32)>, Close> {
    if value.is_null() {
        return Ok(None);
    }
    let number = |index: usize| value[index].as_u64().and_then(|number| u32::try_from(number).ok());
    match (value.as_array().map(Vec::len), number(0), number(1)) {
        (Some(2), Some(id), Some(count)) if id < count => Ok(Some((id, count))),
        _ => Err(Close::INVALID_SHARD),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(key: &str, value: Value) -> Result<Identify, Close> {
        let mut data = json!({ "token": "t", "intents": 513, "properties": {}, "capabilities": 1 });
        data[key] = value;
        Identify::read(&data, 7)
    }

    #[test]
    fn an_identify_is_read() {
        let read = with("shard", json!([1, 4])).unwrap();
        assert_eq!((read.shard, read.large_threshold, read.intents.0), (Some((1, 4)), 50, 513));
    }

    #[test]
    fn errors_have_their_close_codes() {
        let table = [
            ("token", json!(null), 4002),
            ("properties", json!(1), 4002),
            ("intents", json!("all"), 4002),
            ("intents", json!(1 << 17), 4013),
            ("intents", json!(-1), 4013),
            ("large_threshold", json!(49), 4002),
            ("shard", json!([4, 4]), 4010),
            ("shard", json!([0]), 4010),
            ("shard", json!("0/1"), 4010),
            ("presence", json!({ "status": "sleepy" }), 4002),
        ];
        for (key, value, code) in table {
            assert_eq!(with(key, value.clone()).unwrap_err().code, code, "{key} {value}");
        }
    }

    #[test]
    fn privileged_intents_must_be_switched_on() {
        let read = with("intents", json!(Intents::MESSAGE_CONTENT.0 | 1)).unwrap();
        assert_eq!(read.intents_allowed(Intents::NONE).unwrap_err().code, 4014);
        assert!(read.intents_allowed(Intents::MESSAGE_CONTENT).is_ok());
    }
}
