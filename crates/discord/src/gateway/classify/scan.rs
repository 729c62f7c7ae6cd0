//! Walks the members of a JSON object without parsing their values. Expects what a JSON writer wrote;
//! of anything else it makes no sense, but it never panics and never reads past the end.

use std::ops::Range;

use memchr::{memchr2, memchr3};

/// The members of one object: the raw bytes between the quotes of the key, and where the value lies.
pub struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Start,
    Between,
    Complete,
    Broken,
}

impl<'a> Members<'a> {
    /// The members of the object that `bytes` holds.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, state: State::Start }
    }

    /// Whether the walk ended at the object's closing brace.
    pub fn complete(&self) -> bool {
        self.state == State::Complete
    }

    /// The next byte that is not white space, and steps over it.
    fn token(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
        }
    }

    /// The next member; `None` at the end or where the text breaks off.
    fn step(&mut self) -> Option<(&'a [u8], Range<usize>)> {
        if self.state == State::Start && self.token()? != b'{' {
            return None;
        }
        let quote = match (self.token()?, self.state) {
            (b'}', _) => {
                self.state = State::Complete;
                return None;
            }
            (b',', State::Between) => self.token()?,
            (byte, State::Start) => byte,
            _ => return None,
        };
        if quote != b'"' {
            return None;
        }
        let key_start = self.at;
        self.at = after_string(self.bytes, self.at)?;
        let key = self.bytes.get(key_start..self.at - 1)?;
        if self.token()? != b':' {
            return None;
        }
        self.token()?;
        let start = self.at - 1;
        self.at = after_value(self.bytes, start)?;
        self.state = State::Between;
        Some((key, start..self.at))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Complete | State::Broken) {
            return None;
        }
        let member = self.step();
        if member.is_none() && self.state != State::Complete {
            self.state = State::Broken;
        }
        member
    }
}

/// Where a value that starts at `at` ends.
fn after_value(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at)? {
        b'"' => after_string(bytes, at + 1),
        b'{' => after_nested(bytes, at + 1, b'{', b'}'),
        b'[' => after_nested(bytes, at + 1, b'[', b']'),
        _ => {
            let rest = bytes.get(at..)?;
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            let length = rest.iter().position(ends)?;
            (length > 0).then_some(at + length)
        }
    }
}

/// Where a string ends whose first character is at `at`: after its closing quote.
fn after_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        // The escaped character, whatever it is, ends nothing.
        at += 2;
    }
}

/// Where an object or array ends whose content starts at `at`. Only its own kind of bracket is counted:
/// the other kind is balanced inside.
fn after_nested(bytes: &[u8], mut at: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 1_usize;
    loop {
        at += memchr3(b'"', open, close, bytes.get(at..)?)?;
        let byte = bytes[at];
        at += 1;
        if byte == b'"' {
            at = after_string(bytes, at)?;
        } else if byte == open {
            depth += 1;
        } else {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
}
