//! Frames are read as a full parse would read them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

/// Any JSON, with keys and strings that look like what is searched for.
fn any_json() -> impl Strategy<Value = Value> {
    let tricky = prop_oneof![
        any::<String>(),
        Just(r#""guild_id":"5""#.to_owned()),
        Just(r#","guild_id":"6"}"#.to_owned()),
        Just("guild_id".to_owned()),
        Just(r"back\slash\".to_owned()),
        Just("{[\"}]".to_owned()),
        Just("日本語 \u{1f600} \u{0}".to_owned()),
    ];
    let key = prop_oneof![3 => any::<String>(), 1 => Just("guild_id".to_owned()), 1 => Just("id".to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(|n| Value::from(n.to_string())),
        tricky.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    any_json().prop_map(|value| match value {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    })
}

/// What a full parse says.
fn expected_id(value: Option<&Value>) -> Option<u64> {
    let number = match value? {
        Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse::<u64>().ok()?
        }
        Value::Number(number) => number.as_u64()?,
        _ => return None,
    };
    (number > 0 && i64::try_from(number).is_ok()).then_some(number)
}

/// The members of an object in a chosen order, with the white space of a chosen taste.
fn write(members: &[(String, Value)], space: &str) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| {
            let value = if space.is_empty() {
                value.to_string()
            } else {
                serde_json::to_string_pretty(value).unwrap()
            };
            format!("{space}{}{space}:{space}{value}{space}", Value::from(key.as_str()))
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_guild_is_what_a_full_parse_finds(
        object in any_object(),
        guild in prop_oneof![
            Just(None),
            (1..=i64::MAX.cast_unsigned()).prop_map(|n| Some(json!(n.to_string()))),
            any_json().prop_map(Some),
        ],
        order in any::<prop::sample::Index>(),
        space in prop_oneof![Just(""), Just(" "), Just("\n\t")],
    ) {
        let mut members: Vec<(String, Value)> =
            object.into_iter().filter(|(key, _)| key != "guild_id").collect();
        if let Some(guild) = guild {
            members.insert(order.index(members.len() + 1), ("guild_id".to_owned(), guild));
        }
        let text = write(&members, space);
        let parsed: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(
            guild_id(EventKind::MessageCreate, text.as_bytes()).map(GuildId::get),
            expected_id(parsed.get("guild_id")),
            "{}", text
        );
        prop_assert_eq!(
            interaction_id(text.as_bytes()).map(InteractionId::get),
            expected_id(parsed.get("id")),
            "{}", text
        );
        prop_assert_eq!(
            guild_id(EventKind::GuildCreate, text.as_bytes()).map(GuildId::get),
            expected_id(parsed.get("id"))
        );
    }

    #[test]
    fn the_head_is_what_a_full_parse_finds_in_any_order(
        object in any_object(),
        sequence in 0..=i64::MAX.cast_unsigned(),
        kind in prop::sample::select(EventKind::ALL),
        order in Just(["t", "s", "op", "d"]).prop_shuffle(),
        space in prop_oneof![3 => Just(""), 1 => Just(" ")],
    ) {
        let members: Vec<(String, Value)> = order
            .iter()
            .map(|key| {
                let value = match *key {
                    "t" => json!(kind.name()),
                    "s" => json!(sequence),
                    "op" => json!(0),
                    _ => Value::Object(object.clone()),
                };
                ((*key).to_owned(), value)
            })
            .collect();
        let text = write(&members, space);
        let head = head(text.as_bytes()).unwrap();
        prop_assert_eq!(head.op, 0);
        prop_assert_eq!(head.kind, Some(kind));
        prop_assert_eq!(head.sequence, Some(sequence));
        let data: Value = serde_json::from_slice(&text.as_bytes()[head.data]).unwrap();
        let frame: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(Some(&data), frame.get("d"));
    }

    #[test]
    fn broken_frames_never_panic_and_yield_ranges_inside_the_frame(
        object in any_object(),
        cut in any::<prop::sample::Index>(),
        garble in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut frame =
            format!(r#"{{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{}}}"#, Value::Object(object)).into_bytes();
        for (index, byte) in garble {
            let at = index.index(frame.len());
            frame[at] = byte;
        }
        for bytes in [&frame[..], &frame[..cut.index(frame.len())], &frame[cut.index(frame.len())..]] {
            if let Some(head) = head(bytes) {
                let data = bytes.get(head.data).unwrap();
                for kind in [EventKind::MessageCreate, EventKind::GuildCreate] {
                    let _ = guild_id(kind, data);
                }
                let _ = interaction_id(data);
            }
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = head(&bytes);
        let _ = guild_id(EventKind::MessageCreate, &bytes);
        let _ = guild_id(EventKind::GuildCreate, &bytes);
        let _ = interaction_id(&bytes);
    }
}

fn check_guild(data: &str, expected: Option<u64>) {
    serde_json::from_str::<Value>(data).unwrap();
    assert_eq!(guild_id(EventKind::MessageCreate, data.as_bytes()).map(GuildId::get), expected, "{data}");
}

#[test]
fn a_nested_or_quoted_guild_id_is_not_taken() {
    check_guild(r#"{"id":"1","message_reference":{"guild_id":"9"}}"#, None);
    check_guild(r#"{"message_reference":{"guild_id":"9"},"guild_id":"4"}"#, Some(4));
    check_guild(r#"{"guild_id":"4","message_reference":{"guild_id":"9"}}"#, Some(4));
    check_guild(r#"{"mentions":[{"guild_id":"9"}],"content":"x"}"#, None);
    check_guild(r#"{"content":"\",\"guild_id\":\"9"}"#, None);
    check_guild(r#"{"content":",\"guild_id\":\"9\"}"}"#, None);
    check_guild(r#"{"content":"guild_id","guild_id":null}"#, None);
    check_guild(r#"{"content":"\\","guild_id":"4"}"#, Some(4));
    check_guild(r#"{"guild_id":"4"}"#, Some(4));
    check_guild(r#"{"guild_id":"0"}"#, None);
    check_guild(r#"{"guild_id":"99999999999999999999999"}"#, None);
}

#[test]
fn frames_that_are_no_dispatches_are_told_apart() {
    let ack = head(br#"{"t":null,"s":null,"op":11,"d":null}"#).unwrap();
    assert_eq!((ack.op, ack.kind, ack.sequence), (11, None, None));
    let invalid = br#"{"op":9,"d":false}"#;
    let read = head(invalid).unwrap();
    assert_eq!((read.op, &invalid[read.data]), (9, &b"false"[..]));
    for text in ["", "{", "[]", "null", r#"{"d":1}"#, r#"{"op":"0"}"#, r#"{"op":0"#] {
        assert_eq!(head(text.as_bytes()), None, "{text}");
    }
}
