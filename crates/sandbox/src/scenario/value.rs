//! Times such as `200ms`, and values with variables in them.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// The longest time that a file may name: a hundred years.
const LONGEST_MS: f64 = 3.2e12;

/// A time such as `200ms`, `5s`, `2m`, `1h` or `3d`; a bare number is seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span(pub Duration);

impl Span {
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let number: f64 = text[..split].parse().ok()?;
        let unit = match text[split..].trim() {
            "ms" => 1.0,
            "" | "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            "d" => 8.64e7,
            _ => return None,
        };
        let ms = number * unit;
        (0.0..=LONGEST_MS).contains(&ms).then(|| Self(Duration::from_secs_f64(ms / 1e3)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl de::Visitor<'_> for Reader {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as 200ms, 5s, 2m or 1h")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Span, E> {
                self.visit_str(&seconds.to_string())
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Span, E> {
                self.visit_str(&seconds.to_string())
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Span, E> {
                self.visit_str(&seconds.to_string())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// What was saved, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, Value>);

impl Variables {
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.trim_start_matches('$').to_owned(), value);
    }

    /// What `name.key.0` stands for.
    pub(super) fn get(&self, path: &str) -> Result<&Value, String> {
        let path = path.trim_start_matches('$');
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        let mut value = self.0.get(first).ok_or_else(|| format!("nothing was saved as `{first}`"))?;
        for part in parts {
            let inner = match part.parse::<usize>() {
                Ok(index) if value.is_array() => value.get(index),
                _ => value.get(part),
            };
            value = inner.ok_or_else(|| format!("`{path}` has no `{part}`"))?;
        }
        Ok(value)
    }

    /// A text with every `${name}` replaced.
    pub(super) fn text(&self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (path, behind) =
                after.split_once('}').ok_or_else(|| format!("`${{` is not closed in {text:?}"))?;
            out.push_str(before);
            match self.get(path)? {
                Value::String(text) => out.push_str(text),
                other => out.push_str(&other.to_string()),
            }
            rest = behind;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// A value with every variable in it replaced; `$name` alone keeps its type.
    pub(super) fn fill(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => match variable(text) {
                Some(path) => self.get(path)?.clone(),
                None => Value::String(self.text(text)?),
            },
            Value::Array(list) => {
                Value::Array(list.iter().map(|one| self.fill(one)).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => {
                let pairs = map.iter().map(|(key, value)| Ok((key.clone(), self.fill(value)?)));
                Value::Object(pairs.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }
}

/// The path of a text that is nothing but a variable.
pub(super) fn variable(text: &str) -> Option<&str> {
    let path = text.strip_prefix('$')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (path.starts_with(|c: char| c.is_ascii_alphabetic()) && path.chars().all(plain)).then_some(path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_have_units() {
        for (text, ms) in [("200ms", 200), ("5s", 5_000), ("1.5", 1_500), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(Span::parse(text), Some(Span(Duration::from_millis(ms))), "{text}");
        }
        for wrong in ["", "fast", "5 years", "-1s", "1e99"] {
            assert_eq!(Span::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn variables_are_filled_in() {
        let mut all = Variables::default();
        all.set("ping", json!({ "id": "5", "tags": ["a", 7] }));
        assert_eq!(all.text("see ${ping.id} and ${ping.tags.1}").unwrap(), "see 5 and 7");
        let filled =
            all.fill(&json!({ "whole": "$ping.tags", "part": ["x${ping.id}"], "price": "$5" })).unwrap();
        assert_eq!(filled, json!({ "whole": ["a", 7], "part": ["x5"], "price": "$5" }));
        assert_eq!(all.text("${pong}").unwrap_err(), "nothing was saved as `pong`");
        assert_eq!(all.text("${ping.name}").unwrap_err(), "`ping.name` has no `name`");
        assert!(all.text("${ping").is_err());
    }
}
