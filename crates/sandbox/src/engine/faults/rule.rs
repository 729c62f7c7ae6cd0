//! A rule: what goes wrong, for whom, how often and how long.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

use super::{model::FaultKind, select::Selector};

/// A rule: what goes wrong, for whom, how often and how long. In JSON all parts stand side by side:
/// `{"kind": "drop", "guild": "…", "event": "MESSAGE_CREATE", "share": 0.1, "for_ms": 60000}`.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// For whom.
    pub on: Selector,
    /// How many times; without end when none.
    pub count: Option<u64>,
    /// For how many milliseconds; without end when none.
    pub for_ms: Option<u64>,
    /// Where the random numbers of `share` and of some kinds begin, so that a run can be repeated.
    pub seed: u64,
}

impl From<FaultKind> for FaultRule {
    fn from(kind: FaultKind) -> Self {
        Self { kind, on: Selector::default(), count: None, for_ms: None, seed: 0 }
    }
}

impl FaultRule {
    /// Only for those whom the selector names.
    #[must_use]
    pub fn on(mut self, on: Selector) -> Self {
        self.on = on;
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Only so many milliseconds.
    #[must_use]
    pub fn for_ms(mut self, ms: u64) -> Self {
        self.for_ms = Some(ms);
        self
    }

    /// Refuses what cannot be played.
    pub(super) fn check(&self) -> Result<(), String> {
        self.on.check(self.kind)?;
        let code = |code: u16| {
            if tokio_websockets::CloseCode::try_from(code).is_ok_and(|code| !code.is_reserved()) {
                Ok(())
            } else {
                Err(format!("{code} is no close code"))
            }
        };
        match self.kind {
            FaultKind::AcceptThenClose { code: Some(given) } | FaultKind::Close { code: Some(given), .. } => {
                code(given)
            }
            FaultKind::Reorder { window, .. } if !(2..=100).contains(&window) => {
                Err("`window` is between 2 and 100".to_owned())
            }
            FaultKind::Duplicate { times, .. } if !(1..=10).contains(&times) => {
                Err("`times` is between 1 and 10".to_owned())
            }
            FaultKind::SplitFrames { pieces } if !(2..=100).contains(&pieces) => {
                Err("`pieces` is between 2 and 100".to_owned())
            }
            FaultKind::SlowSocket { bytes_per_second: 0 } | FaultKind::SlowBody { bytes_per_second: 0 } => {
                Err("`bytes_per_second` is at least 1".to_owned())
            }
            FaultKind::ServerError { status, .. } if !(500..600).contains(&status) => {
                Err("`status` is between 500 and 599".to_owned())
            }
            FaultKind::Route429 { .. } if self.on.route.is_none() => Err("`route` is missing".to_owned()),
            FaultKind::Partition { .. } | FaultKind::GuildOutage if self.count.is_some() => {
                Err("this fault lasts for a while (`for_ms`), it has no `count`".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl Serialize for FaultRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serde_json::to_value(self.kind).unwrap_or_default();
        let on = serde_json::to_value(&self.on).unwrap_or_default();
        if let (Value::Object(all), Value::Object(on)) = (&mut all, on) {
            all.extend(on.into_iter().filter(|(_, value)| !value.is_null()));
            all.extend(self.count.map(|count| ("count".to_owned(), count.into())));
            all.extend(self.for_ms.map(|ms| ("for_ms".to_owned(), ms.into())));
            if self.seed != 0 {
                all.insert("seed".to_owned(), self.seed.into());
            }
        }
        all.serialize(serializer)
    }
}

/// How a rule is described: all parts side by side.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct Shape {
    #[serde(flatten)]
    kind: FaultKind,
    #[serde(flatten)]
    on: Selector,
    /// How many times; without end when none.
    count: Option<u64>,
    /// For how many milliseconds; without end when none.
    for_ms: Option<u64>,
    /// Where the random numbers of `share` and of some kinds begin, so that a run can be repeated.
    seed: Option<u64>,
}

impl JsonSchema for FaultRule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FaultRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Shape::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for FaultRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Bounds {
            count: Option<u64>,
            for_ms: Option<u64>,
            #[serde(default)]
            seed: u64,
        }

        let mut given = Map::<String, Value>::deserialize(deserializer)?;
        let mut part = |keys: &[&str]| -> Value {
            let taken = keys.iter().filter_map(|key| Some(((*key).to_owned(), given.remove(*key)?)));
            Value::Object(taken.collect())
        };
        let bounds = part(&["count", "for_ms", "seed"]);
        let mut on: Selector = serde_json::from_value(part(&Selector::KEYS)).map_err(D::Error::custom)?;
        if on.session.as_deref() == Some("*") {
            on.session = None;
        }
        let Bounds { count, for_ms, seed } = serde_json::from_value(bounds).map_err(D::Error::custom)?;
        let keys: Vec<String> = given.keys().cloned().collect();
        let kind: FaultKind = serde_json::from_value(Value::Object(given)).map_err(D::Error::custom)?;
        // The enum passes unknown keys over; what it would write tells which it knows.
        let known = serde_json::to_value(kind).map_err(D::Error::custom)?;
        if let Some(unknown) = keys.iter().find(|key| known.get(key.as_str()).is_none()) {
            return Err(D::Error::custom(format!("this fault has no `{unknown}`")));
        }
        let rule = Self { kind, on, count, for_ms, seed };
        rule.check().map_err(D::Error::custom)?;
        Ok(rule)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::faults::{LimitScope, Occasion, ShardIs};

    fn read(value: Value) -> Result<FaultRule, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn rules_are_read_and_written() {
        let table = [
            json!({ "kind": "drop", "guild": "80", "event": "MESSAGE_CREATE", "share": 0.5, "for_ms": 9 }),
            json!({ "kind": "heartbeat_silence", "session": "abc", "count": 2 }),
            json!({ "kind": "invalidate", "resumable": true, "at": "resume", "shard": [1, 4], "count": 1 }),
            json!({ "kind": "route_429", "route": "/x", "scope": "sub_limit", "retry_after": 0.5, "count": 1 }),
        ];
        for value in table {
            assert_eq!(serde_json::to_value(read(value.clone()).unwrap()).unwrap(), value);
        }
        let rule = read(json!({ "kind": "route_429", "route": "/x", "method": "POST" })).unwrap();
        assert_eq!(rule.kind, FaultKind::Route429 { scope: LimitScope::User, retry_after: 1.0 });
        let rule = read(json!({ "kind": "stall", "ms": 5, "shard": 3, "session": "*" })).unwrap();
        assert_eq!(rule.kind, FaultKind::Stall { ms: 5, at: Occasion::Dispatch });
        assert_eq!((rule.on.shard, rule.on.session), (Some(ShardIs::Number(3)), None));
    }

    #[test]
    fn what_cannot_be_played_is_refused_with_a_reason() {
        let table = [
            (json!({ "kind": "nonsense" }), "unknown variant `nonsense`"),
            (json!({ "count": 1 }), "missing field `kind`"),
            (json!({ "kind": "drop", "ms": 5 }), "no `ms`"),
            (json!({ "kind": "reconnect_at_hello", "code": 4000 }), "no `code`"),
            (json!({ "kind": "accept_then_close", "guild": "1" }), "`guild` selects nothing"),
            (json!({ "kind": "drop", "route": "/x" }), "`route` selects nothing"),
            (json!({ "kind": "route_429" }), "`route` is missing"),
            (json!({ "kind": "drop", "share": 1.5 }), "between 0 and 1"),
            (json!({ "kind": "close", "code": 999 }), "no close code"),
            (json!({ "kind": "drop", "shard": [4, 4] }), "no shard 4 of 4"),
            (json!({ "kind": "drop", "guild": "x" }), "id"),
            (json!({ "kind": "partition", "count": 1 }), "no `count`"),
        ];
        for (value, reason) in table {
            let error = read(value.clone()).unwrap_err();
            assert!(error.contains(reason), "{value}: {error}");
        }
    }
}
