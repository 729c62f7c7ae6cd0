//! Writing terms.

use std::fmt;

use bytes::{BufMut, BytesMut};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{VERSION, tag};

/// The version, and a map of so many entries.
pub(super) fn head(out: &mut BytesMut, entries: u32) {
    out.put_u8(VERSION);
    out.put_u8(tag::MAP);
    out.put_u32(entries);
}

/// One entry of a map.
pub(super) fn entry(out: &mut BytesMut, key: &str, value: &Value) {
    text(out, key);
    // A value that is in memory can be written.
    let _written = Term(out).deserialize(value);
}

/// Text, which is a binary.
pub(super) fn text(out: &mut BytesMut, text: &str) {
    out.put_u8(tag::BINARY);
    out.put_u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
    out.put_slice(text.as_bytes());
}

/// JSON as a term, without a tree of it in between; nothing when it is not JSON.
pub(super) fn json(out: &mut BytesMut, json: &[u8]) -> Option<()> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    Term(out).deserialize(&mut reader).ok()
}

fn atom(out: &mut BytesMut, name: &str) {
    out.put_u8(tag::SMALL_ATOM);
    out.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
    out.put_slice(name.as_bytes());
}

/// Writes whatever it is given.
struct Term<'a>(&'a mut BytesMut);

impl<'de> DeserializeSeed<'de> for Term<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Term<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        atom(self.0, "nil");
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        atom(self.0, if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        match (u8::try_from(value), i32::try_from(value)) {
            (Ok(small), _) => {
                self.0.put_u8(tag::SMALL_INTEGER);
                self.0.put_u8(small);
            }
            (_, Ok(value)) => {
                self.0.put_u8(tag::INTEGER);
                self.0.put_i32(value);
            }
            _ => big(self.0, value.unsigned_abs(), value < 0),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        if let Ok(value) = i64::try_from(value) {
            return self.visit_i64(value);
        }
        big(self.0, value, false);
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.put_u8(tag::NEW_FLOAT);
        self.0.put_f64(value);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        text(self.0, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let at = counted(self.0, tag::LIST);
        let mut count = 0_u32;
        while items.next_element_seed(Term(self.0))?.is_some() {
            count += 1;
        }
        if count == 0 {
            self.0.truncate(at - 1);
        } else {
            self.0[at..at + 4].copy_from_slice(&count.to_be_bytes());
        }
        self.0.put_u8(tag::NIL);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let at = counted(self.0, tag::MAP);
        let mut count = 0_u32;
        while entries.next_key_seed(Term(self.0))?.is_some() {
            entries.next_value_seed(Term(self.0))?;
            count += 1;
        }
        self.0[at..at + 4].copy_from_slice(&count.to_be_bytes());
        Ok(())
    }
}

/// A tag and room for a count; returns where the count goes.
fn counted(out: &mut BytesMut, tag: u8) -> usize {
    out.put_u8(tag);
    let at = out.len();
    out.put_u32(0);
    at
}

fn big(out: &mut BytesMut, value: u64, negative: bool) {
    out.put_u8(tag::SMALL_BIG);
    out.put_u8(8);
    out.put_u8(u8::from(negative));
    out.put_u64_le(value);
}
