//! Files that a server is trained from, read entry by entry, whatever their size: a list of
//! `{"message", "attachments"?}`, an export of `DiscordChatExporter`, or one of `markov-strings`.

mod entry;

use std::{fmt, io, io::BufRead};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

pub(super) use self::entry::Entry;

/// The longest text that is learned, in characters: the longest message that Discord takes from anybody.
const LONGEST: usize = 4_000;

/// What a file held.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Held {
    /// Entries that can be learned.
    pub entries: u64,
    /// Entries that cannot: without words and attachments, too long, written by a bot, or of another form.
    pub skipped: u64,
}

/// Why a file cannot be learned from.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// It is no JSON. Its words are not repeated here.
    #[error("no JSON, or cut short, at line {line}, column {column}")]
    Syntax {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// It is JSON of another form.
    #[error("neither a list of messages nor an export that is known")]
    Form,
    /// It cannot be read.
    #[error("cannot read it")]
    Read(#[source] io::Error),
    /// Whoever takes the entries wants no more.
    #[error("stopped")]
    Stopped,
}

/// Hands every entry to `each` until that says no.
pub(super) fn read(mut file: impl BufRead, each: &mut dyn FnMut(Entry) -> bool) -> Result<Held, FileFault> {
    // Some exports begin with a byte order mark.
    if file.fill_buf().map_err(FileFault::Read)?.starts_with(b"\xef\xbb\xbf") {
        file.consume(3);
    }
    let mut sink = Sink { each, held: Held::default(), known: false, stopped: false, channel: None };
    let mut json = serde_json::Deserializer::from_reader(file);
    let result = json.deserialize_any(Top(&mut sink)).and_then(|()| json.end());
    let Sink { held, known, stopped, .. } = sink;
    match result {
        _ if stopped => Err(FileFault::Stopped),
        Ok(()) if known => Ok(held),
        Ok(()) => Err(FileFault::Form),
        Err(error) if error.is_io() => Err(FileFault::Read(error.into())),
        Err(error) if error.is_data() => Err(FileFault::Form),
        Err(error) => Err(FileFault::Syntax { line: error.line(), column: error.column() }),
    }
}

struct Sink<'s> {
    each: &'s mut dyn FnMut(Entry) -> bool,
    held: Held,
    /// Whether the file has a part that is known.
    known: bool,
    stopped: bool,
    channel: Option<u64>,
}

impl Sink<'_> {
    /// Takes one entry, if it is one. An error ends the reading.
    fn take<E: serde::de::Error>(&mut self, raw: &RawValue) -> Result<(), E> {
        let entry = Entry::read(raw.get()).filter(|entry| {
            let silent = entry.text.trim().is_empty() && entry.attachments.is_empty();
            !silent && entry.text.chars().nth(LONGEST).is_none()
        });
        let Some(mut entry) = entry else {
            self.held.skipped += 1;
            return Ok(());
        };
        entry.channel = self.channel;
        self.held.entries += 1;
        if (self.each)(entry) {
            return Ok(());
        }
        self.stopped = true;
        Err(E::custom("stopped"))
    }
}

/// The file as a whole.
struct Top<'a, 's>(&'a mut Sink<'s>);

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of messages, or an export")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.known = true;
        Messages(self.0).visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "messages" => {
                    self.0.known = true;
                    map.next_value_seed(Messages(self.0))?;
                }
                "channel" => {
                    let raw: Box<RawValue> = map.next_value()?;
                    self.0.channel = entry::id_in(raw.get());
                }
                // Each message begins once, so that it stands here once; in `corpus` it stands once a word.
                "startWords" => {
                    self.0.known = true;
                    map.next_value_seed(Starts(self.0))?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A list of entries.
struct Messages<'a, 's>(&'a mut Sink<'s>);

impl<'de> DeserializeSeed<'de> for Messages<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Messages<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            self.0.take(&raw)?;
        }
        Ok(())
    }
}

/// The beginnings of a `markov-strings` export, each with the messages that begin so.
struct Starts<'a, 's>(&'a mut Sink<'s>);

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    refs: Vec<Box<RawValue>>,
}

impl<'de> DeserializeSeed<'de> for Starts<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Starts<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of beginnings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(start) = list.next_element::<Start>()? {
            for raw in &start.refs {
                self.0.take::<A::Error>(raw)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
