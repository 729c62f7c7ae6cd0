//! Random input that looks a little like the real thing.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::seeds::KEYS;

/// A small generator (`SplitMix64`) with a fixed start, so that a failure comes again.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("smaller than a usize")
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn id(&mut self, known: &[u64]) -> String {
        match self.below(12) {
            0 => "0".to_owned(),
            1 => u64::MAX.to_string(),
            2 => "99999999999999999999999".to_owned(),
            3 => "@me".to_owned(),
            4 => "%00%ff".to_owned(),
            _ => self.pick(known).to_string(),
        }
    }

    pub(super) fn text(&mut self) -> String {
        let odd = [
            "",
            "\u{0}",
            "💥\u{202e}",
            "<@&1>",
            "<@!99999999999999999999>",
            "ping",
            "/",
            "2026-13-99T99:99:99Z",
        ];
        match self.below(10) {
            0 => "x".repeat(1 << self.below(14)),
            1 => "é".repeat(self.below(300)),
            2 => self.next().to_string(),
            3 => format!("-{}", self.next()),
            _ => (*self.pick(&odd)).to_owned(),
        }
    }

    pub(super) fn value(&mut self, depth: usize, known: &[u64]) -> Value {
        match self.below(if depth == 0 { 9 } else { 14 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(30)),
            3 => json!(*self.pick(&[i64::MIN, -1, i64::MAX, 1 << 31, 1 << 53])),
            4 => json!(*self.pick(&[u64::MAX, 1 << 63])),
            5 => json!(*self.pick(&[0.5, -1e300, f64::MAX, 1e-300])),
            6 => json!(self.id(known)),
            7 | 8 => json!(self.text()),
            9 | 10 => (0..self.below(5)).map(|_| self.value(depth - 1, known)).collect(),
            _ => self.object(depth - 1, known),
        }
    }

    pub(super) fn object(&mut self, depth: usize, known: &[u64]) -> Value {
        let keys: Vec<&str> = KEYS.split_whitespace().collect();
        let entries = (0..self.below(9)).map(|_| ((*self.pick(&keys)).to_owned(), self.value(depth, known)));
        Value::Object(entries.collect::<Map<_, _>>())
    }

    /// A right body with up to two values replaced.
    pub(super) fn mutant(&mut self, seeds: &[Value], known: &[u64]) -> Value {
        let mut body = self.pick(seeds).clone();
        for _ in 0..self.below(3) {
            self.spoil(&mut body, known);
        }
        body
    }

    /// Replaces something at or below a place.
    pub(super) fn spoil(&mut self, at: &mut Value, known: &[u64]) {
        let here = self.below(4) == 0;
        let count = match at {
            Value::Object(keys) => keys.len(),
            Value::Array(list) => list.len(),
            _ => 0,
        };
        if here || count == 0 {
            *at = self.value(3, known);
            return;
        }
        let index = self.below(count);
        let below = match at {
            Value::Object(keys) => keys.values_mut().nth(index),
            other => other.get_mut(index),
        };
        self.spoil(below.expect("an index within"), known);
    }

    /// A body: mostly JSON objects, sometimes other JSON, sometimes no JSON at all.
    pub(super) fn body(&mut self, seeds: &[Value], known: &[u64]) -> Vec<u8> {
        match self.below(30) {
            0 => b"{\"a\":".to_vec(),
            1 => (0..self.below(64)).map(|_| self.byte()).collect(),
            2 => format!("{}1{}", "[".repeat(5000), "]".repeat(5000)).into_bytes(),
            3 | 4 => self.value(4, known).to_string().into_bytes(),
            5..10 => self.object(5, known).to_string().into_bytes(),
            _ => self.mutant(seeds, known).to_string().into_bytes(),
        }
    }

    pub(super) fn path(&mut self, template: &str, known: &[u64]) -> String {
        let mut path = String::new();
        for segment in template.trim_start_matches('/').split('/') {
            let segment = if segment.starts_with('{') { self.id(known) } else { segment.to_owned() };
            let _ = write!(path, "/{segment}");
        }
        if self.below(4) == 0 {
            let _ = write!(
                path,
                "?limit={}&before={}&wait=0&with_response=true",
                self.below(300),
                self.id(known)
            );
        }
        path
    }
}
