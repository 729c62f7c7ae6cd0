//! Reading a client's terms. Payloads are short, and nothing in them is trusted.

use serde_json::{Map, Number, Value};

use super::{VERSION, tag};

/// How deep lists and maps may be in each other.
const DEPTH: usize = 64;

/// Reads one term; nothing when it is none, has a key that is no text, or has more behind it.
pub(crate) fn read(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { rest: bytes };
    if reader.byte()? != VERSION {
        return None;
    }
    let value = reader.term(DEPTH)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A count of four bytes. What it counts takes a byte each at least, so that a count beyond the rest
    /// is a lie that reserves nothing.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(u32::from_be_bytes(self.array()?)).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    fn short(&mut self) -> Option<usize> {
        self.array().map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn text(&mut self, count: usize) -> Option<String> {
        std::str::from_utf8(self.take(count)?).ok().map(str::to_owned)
    }

    fn term(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        Some(match self.byte()? {
            tag::SMALL_INTEGER => self.byte()?.into(),
            tag::INTEGER => i32::from_be_bytes(self.array()?).into(),
            tag::NEW_FLOAT => Number::from_f64(f64::from_be_bytes(self.array()?))?.into(),
            tag::FLOAT => {
                let text = self.take(31)?;
                let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
                Number::from_f64(std::str::from_utf8(&text[..end]).ok()?.trim().parse().ok()?)?.into()
            }
            tag::SMALL_BIG => {
                let (count, sign) = (usize::from(self.byte()?), self.byte()?);
                big(self.take(count)?, sign != 0)?
            }
            tag::ATOM | tag::ATOM_UTF8 => {
                let count = self.short()?;
                atom(self.text(count)?)
            }
            tag::SMALL_ATOM | tag::SMALL_ATOM_UTF8 => {
                let count = usize::from(self.byte()?);
                atom(self.text(count)?)
            }
            tag::BINARY => {
                let count = self.count()?;
                self.text(count)?.into()
            }
            tag::NIL => Value::Array(Vec::new()),
            // A list of small numbers.
            tag::STRING => {
                let count = self.short()?;
                self.take(count)?.iter().copied().map(Value::from).collect()
            }
            tag::LIST => {
                let count = self.count()?;
                let items = (0..count).map(|_| self.term(depth)).collect::<Option<Vec<_>>>()?;
                if self.byte()? != tag::NIL {
                    return None;
                }
                Value::Array(items)
            }
            tag::MAP => {
                let count = self.count()?;
                let mut map = Map::new();
                for _ in 0..count {
                    // Keys are text, never atoms (Discord docs: Gateway, Using ETF Encoding).
                    if self.byte()? != tag::BINARY {
                        return None;
                    }
                    let length = self.count()?;
                    map.insert(self.text(length)?, self.term(depth)?);
                }
                Value::Object(map)
            }
            _ => return None,
        })
    }
}

fn atom(name: String) -> Value {
    match name.as_str() {
        "nil" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => Value::String(name),
    }
}

/// A large number, as far as 64 bits hold it.
fn big(digits: &[u8], negative: bool) -> Option<Value> {
    let used = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    if used > 8 {
        return None;
    }
    let value = digits[..used].iter().rev().fold(0_u64, |value, digit| value << 8 | u64::from(*digit));
    if negative { 0_i64.checked_sub_unsigned(value).map(Value::from) } else { Some(value.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_must_be_text() {
        let op = [&[131, 116, 0, 0, 0, 1, 109, 0, 0, 0, 2][..], b"op", &[97, 1]].concat();
        assert_eq!(read(&op), Some(serde_json::json!({ "op": 1 })));
        let atom = [&[131, 116, 0, 0, 0, 1, 115, 2][..], b"op", &[97, 1]].concat();
        assert_eq!(read(&atom), None);
    }

    #[test]
    fn hostile_terms_are_refused() {
        let deep = [vec![131], [108, 0, 0, 0, 1].repeat(1_000)].concat();
        let table: [&[u8]; 9] = [
            b"",
            b"{\"op\":1}",
            &[131],
            &[131, 108, 255, 255, 255, 255, 97, 1],
            &[131, 109, 255, 255, 255, 255, b'x'],
            &[131, 110, 255, 0, 1],
            &[131, 110, 9, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[131, 97, 1, 97, 1],
            &deep,
        ];
        for bytes in table {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn other_ways_to_write_are_understood() {
        assert_eq!(read(&[131, 107, 0, 2, 1, 2]), Some(serde_json::json!([1, 2])));
        assert_eq!(read(&[131, 100, 0, 4, b'n', b'u', b'l', b'l']), Some(Value::Null));
        assert_eq!(read(&[131, 110, 8, 1, 0, 0, 0, 0, 0, 0, 0, 128]), Some(i64::MIN.into()));
    }
}
