//! One entry of a file, as lenient as the programs that write such files differ.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

/// Attachments that an entry may have: as many as a message.
const ATTACHMENTS: usize = 10;
/// The longest address of an attachment.
const LINK: usize = 2_048;

/// One entry.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::markov) struct Entry {
    /// The id of the message, where the file says it.
    pub(in crate::markov) id: Option<u64>,
    /// Who wrote it, where the file says it.
    pub(in crate::markov) author: Option<u64>,
    /// Where it was written, where the file says it.
    pub(in crate::markov) channel: Option<u64>,
    /// What it says.
    pub(in crate::markov) text: String,
    /// Addresses of attachments.
    pub(in crate::markov) attachments: Vec<String>,
}

/// An entry as files have it. Names differ: `message` in lists, `string` in `markov-strings`, `content` in exports.
#[derive(Deserialize)]
struct Raw {
    #[serde(alias = "string", alias = "content", alias = "text")]
    message: Option<String>,
    attachments: Option<Vec<Link>>,
    id: Option<Value>,
    author: Option<Author>,
    #[serde(rename = "type")]
    kind: Option<Value>,
}

#[derive(Deserialize)]
struct Author {
    id: Option<Value>,
    #[serde(alias = "isBot", default)]
    bot: bool,
}

impl Entry {
    /// The entry in this JSON text; `None` where it is none, or none that a person wrote.
    pub(super) fn read(json: &str) -> Option<Self> {
        if json.starts_with('"') {
            let text = serde_json::from_str(json).ok()?;
            return Some(Self { text, ..Self::default() });
        }
        let raw: Raw = serde_json::from_str(json).ok()?;
        if raw.author.as_ref().is_some_and(|author| author.bot) || !raw.kind.as_ref().is_none_or(is_written) {
            return None;
        }
        let mut attachments: Vec<String> =
            raw.attachments.unwrap_or_default().into_iter().map(|link| link.0).collect();
        attachments.retain(|link| link.len() <= LINK && link.starts_with("https://"));
        attachments.truncate(ATTACHMENTS);
        Some(Self {
            id: raw.id.as_ref().and_then(snowflake),
            author: raw.author.and_then(|author| snowflake(&author.id?)),
            channel: None,
            text: raw.message.unwrap_or_default(),
            attachments,
        })
    }
}

/// The id in a JSON object.
pub(super) fn id_in(json: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct WithId {
        id: Value,
    }
    snowflake(&serde_json::from_str::<WithId>(json).ok()?.id)
}

/// Whether people write messages of this type: ordinary ones and replies (Discord docs: Message, Message Types).
fn is_written(kind: &Value) -> bool {
    matches!(kind.as_str(), Some("Default" | "Reply")) || matches!(kind.as_u64(), Some(0 | 19))
}

/// An id of Discord's. Smaller numbers are some list's own.
fn snowflake(value: &Value) -> Option<u64> {
    let number = value.as_str().map_or_else(|| value.as_u64(), |text| text.parse().ok())?;
    (FIRST_SNOWFLAKE..=i64::MAX.cast_unsigned()).contains(&number).then_some(number)
}

/// No id of a message or user is smaller: those of Discord's first seconds were given to nobody who could write.
pub(in crate::markov) const FIRST_SNOWFLAKE: u64 = 1 << 52;

/// The address of an attachment: by itself, or in an object.
struct Link(String);

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Address;

        impl<'de> Visitor<'de> for Address {
            type Value = Link;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address, or an attachment")
            }

            fn visit_str<E>(self, text: &str) -> Result<Link, E> {
                Ok(Link(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Link, A::Error> {
                let mut found = String::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if key == "url"
                        && let Value::String(url) = value
                    {
                        found = url;
                    }
                }
                Ok(Link(found))
            }
        }

        json.deserialize_any(Address)
    }
}
