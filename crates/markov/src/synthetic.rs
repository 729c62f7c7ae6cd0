//! Made-up chat for benchmarks and tests: the same for the same seed.
//!
//! Each word follows from the two before it by a hierarchical Pitman-Yor process: with some probability what
//! followed the same two words before, otherwise what followed the last word before, otherwise any earlier
//! word, otherwise a new one. The frequencies of words follow Zipf's law and the number of distinct words
//! grows as Heaps' law says, as in real text; so do those of pairs and triples of words.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::{Message, draw::Draw};

/// The end of a message among the words.
const END: u32 = 0;

/// How readily each level asks the one below: discount and strength of its Pitman-Yor process.
const LEVELS: [(f64, f64); 3] = [(0.78, 100.0), (0.68, 5.0), (0.58, 1.0)];

/// Of the words that no level knows, one in so many ends the message.
const ENDS: u64 = 9;

/// What was seen after a context.
#[derive(Debug, Default)]
struct Seen {
    words: Vec<u32>,
    distinct: u32,
}

impl Seen {
    /// An earlier word, or nothing where the level below is to decide.
    fn again(&self, (discount, strength): (f64, f64), draw: &mut Draw) -> Option<u32> {
        let below = strength + discount * f64::from(self.distinct);
        let total = strength + self.words.len() as f64;
        if self.words.is_empty() || draw.fraction() * total < below {
            return None;
        }
        Some(self.words[draw.index(self.words.len())])
    }

    fn add(&mut self, word: u32, new: bool) {
        self.words.push(word);
        self.distinct += u32::from(new);
    }
}

/// A message that was made up.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sample {
    /// Ascends, and is spread in time as Discord's ids are.
    pub id: u64,
    /// One of some thousands, most of whom write little.
    pub author: u64,
    /// One of some dozens.
    pub channel: u64,
    /// What it says; no line breaks.
    pub text: String,
}

impl Sample {
    /// The sample as a message to learn from.
    pub fn message(&self) -> Message<'_> {
        Message { id: self.id, author: self.author, channel: self.channel, text: &self.text }
    }
}

/// An endless stream of made-up messages.
#[derive(Debug)]
pub struct Synthetic {
    draw: Draw,
    words: Vec<String>,
    any: Seen,
    after_one: HashMap<u32, Seen, FixedState>,
    after_two: HashMap<(u32, u32), Seen, FixedState>,
    millis: u64,
}

impl Synthetic {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed),
            words: Vec::new(),
            any: Seen::default(),
            after_one: HashMap::default(),
            after_two: HashMap::default(),
            // In the year 2020, by Discord's own count.
            millis: 5 * 365 * 24 * 3_600_000,
        }
    }

    fn next_word(&mut self, two: (u32, u32)) -> u32 {
        let Self { draw, any, after_one, after_two, words, .. } = self;
        let second = after_two.entry(two).or_default();
        if let Some(word) = second.again(LEVELS[2], draw) {
            second.add(word, false);
            return word;
        }
        let first = after_one.entry(two.1).or_default();
        let (word, new_to_first) = match first.again(LEVELS[1], draw) {
            Some(word) => (word, false),
            None => match any.again(LEVELS[0], draw) {
                Some(word) => {
                    any.add(word, false);
                    (word, true)
                }
                None if draw.below(ENDS) == 0 => {
                    any.add(END, true);
                    (END, true)
                }
                None => {
                    words.push(spell(words.len() as u64, draw));
                    let word = u32::try_from(words.len()).unwrap_or(u32::MAX);
                    any.add(word, true);
                    (word, true)
                }
            },
        };
        first.add(word, new_to_first);
        second.add(word, true);
        word
    }
}

impl Iterator for Synthetic {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        // A minute and a half between messages, as among 300,000 a year.
        self.millis += 1 + self.draw.below(180_000);
        let worker = self.draw.below(1 << 10);
        let id = self.millis << 22 | worker << 12 | self.draw.below(4);
        let author = 200_000_000_000_000_000 + skewed(&mut self.draw, 5_000) * 977;
        let channel = 300_000_000_000_000_000 + skewed(&mut self.draw, 40) * 1009;
        let mut text = String::new();
        let mut two = (END, END);
        loop {
            let word = self.next_word(two);
            // A message says something, and is not longer than Discord allows.
            if word == END && text.is_empty() {
                continue;
            }
            if word == END || text.len() > 1_900 {
                break;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&self.words[word as usize - 1]);
            two = (two.1, word);
        }
        Some(Sample { id, author, channel, text })
    }
}

/// A number below `bound`, small ones far more often.
fn skewed(draw: &mut Draw, bound: u64) -> u64 {
    let most = draw.below(bound) + 1;
    draw.below(most)
}

const ONSETS: [&str; 16] = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st"];
const RIMES: [&str; 12] = ["a", "e", "i", "o", "u", "an", "er", "in", "ou", "ei", "al", "it"];

/// A word that nobody has used yet: later ones are longer, as rare words are.
fn spell(number: u64, draw: &mut Draw) -> String {
    let syllables = (ONSETS.len() * RIMES.len()) as u64;
    let mut word = String::new();
    // A multiplication that can be undone scatters the numbers, so that neighbours do not look alike.
    let (mut rest, mut size) = (number, syllables);
    while rest >= size {
        rest -= size;
        size *= syllables;
    }
    rest = rest * 48_271 % size;
    while size > 1 {
        let syllable = usize::try_from(rest % syllables).unwrap_or(0);
        word.push_str(ONSETS[syllable % ONSETS.len()]);
        word.push_str(RIMES[syllable / ONSETS.len()]);
        rest /= syllables;
        size /= syllables;
    }
    match draw.below(40) {
        0 => word.push(','),
        1 => word.push('.'),
        2 => word = word[..1].to_uppercase() + &word[1..],
        3 if number.is_multiple_of(5) => word = format!("<:{word}:{}>", 400_000_000_000_000_000 + number),
        4 if number.is_multiple_of(5) => word = format!("\u{1f600}{word}"),
        _ => {}
    }
    word
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap as Counts, HashSet};

    use super::*;

    #[test]
    fn words_follow_zipf_and_heaps() {
        let mut counts: Counts<String, u32> = Counts::new();
        let mut growth = Vec::new();
        let mut tokens = 0_u32;
        for sample in Synthetic::new(1).take(20_000) {
            for word in sample.text.split(' ') {
                *counts.entry(word.to_owned()).or_default() += 1;
                tokens += 1;
            }
            growth.push((f64::from(tokens), counts.len() as f64));
        }
        let mut sorted: Vec<u32> = counts.into_values().collect();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        // Zipf: frequency falls about as one over the rank.
        let slope = |from: usize, to: usize| {
            let fall = f64::from(sorted[to - 1]).ln() - f64::from(sorted[from - 1]).ln();
            fall / ((to as f64).ln() - (from as f64).ln())
        };
        assert!((-1.4..=-0.7).contains(&slope(10, 1000)), "{}", slope(10, 1000));
        // Heaps: distinct words grow as a power below one of the length.
        let (early, late) = (growth[2_000], growth[19_999]);
        let power = (late.1 / early.1).ln() / (late.0 / early.0).ln();
        assert!((0.45..=0.85).contains(&power), "{power}");
    }

    #[test]
    fn the_same_seed_gives_the_same_and_ids_ascend() {
        let some = |seed| Synthetic::new(seed).take(500).collect::<Vec<_>>();
        assert_eq!(some(3), some(3));
        assert_ne!(some(3), some(4));
        assert!(some(3).is_sorted_by(|a, b| a.id < b.id));
        assert!(some(3).iter().all(|sample| !sample.text.is_empty()));
        let mut words = HashSet::new();
        let mut draw = Draw::new(1);
        assert!((0..100_000).all(|number| words.insert(spell(number, &mut draw))));
    }
}
