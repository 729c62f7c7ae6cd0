//! The tokens of several sources as one dictionary, and the numbers that they get in it.

use std::cmp::Reverse;

use super::merge::Source;

/// A distinct text and its uses.
#[derive(Debug)]
struct Word<'a> {
    text: &'a [u8],
    count: u32,
}

/// Every token that is used.
#[derive(Debug)]
pub(super) struct Vocabulary<'a> {
    /// In the order of their texts.
    words: Vec<Word<'a>>,
    /// Places in `words`, the most frequent first.
    ranked: Vec<u32>,
    /// For each source, its own numbers to ours.
    pub(super) maps: Vec<Vec<u32>>,
}

impl<'a> Vocabulary<'a> {
    /// `n log n` in the number of distinct tokens.
    pub(super) fn merge(sources: &[Source<'a>], uses: &[Vec<u32>]) -> Self {
        let mut all: Vec<(u64, &'a [u8], usize, u32)> = Vec::new();
        for (source, uses) in uses.iter().enumerate() {
            let mut add = |text: &'a [u8], number: u32| {
                if uses[number as usize] > 0 {
                    all.push((head(text), text, source, number));
                }
            };
            match sources[source] {
                Source::Run(run, _) => {
                    for number in 0..run.words.len() {
                        add(run.words.get(number), u32::try_from(number).unwrap_or(u32::MAX));
                    }
                }
                // In order already, which the sort notices.
                Source::File(file, _) => {
                    for index in 0..u64::from(file.words()) {
                        let token = file.sorted(index).unwrap_or(0);
                        add(file.word(token).unwrap_or_default().as_bytes(), token);
                    }
                }
            }
        }
        // The first bytes decide nearly always, without a look at the text.
        all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));

        let mut words: Vec<Word<'a>> = Vec::with_capacity(all.len());
        let mut maps: Vec<Vec<u32>> = sources.iter().map(|source| vec![0; source.token_bound()]).collect();
        for &(_, text, source, number) in &all {
            if words.last().is_none_or(|last| last.text != text) {
                words.push(Word { text, count: 0 });
            }
            let place = words.len() - 1;
            words[place].count += uses[source][number as usize];
            maps[source][number as usize] = narrow(place);
        }

        let mut order: Vec<(Reverse<u32>, u32)> =
            (0_u32..).zip(&words).map(|(place, word)| (Reverse(word.count), place)).collect();
        order.sort_unstable();
        let ranked: Vec<u32> = order.into_iter().map(|(_, place)| place).collect();
        let mut tokens = vec![0; words.len()];
        for (token, &place) in (1_u32..).zip(&ranked) {
            tokens[place as usize] = token;
        }
        for (map, uses) in maps.iter_mut().zip(uses) {
            for (number, &uses) in map.iter_mut().zip(uses) {
                *number = if uses > 0 { tokens[*number as usize] } else { 0 };
            }
        }
        Self { words, ranked, maps }
    }

    pub(super) const fn len(&self) -> usize {
        self.words.len()
    }

    /// Uses of each token, the first token first.
    pub(super) fn counts(&self) -> impl Iterator<Item = u32> {
        self.ranked.iter().map(|&place| self.words[place as usize].count)
    }

    /// Text of each token, the first token first.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'a [u8]> {
        self.ranked.iter().map(|&place| self.words[place as usize].text)
    }

    /// Tokens in the order of their texts.
    pub(super) fn sorted(&self) -> impl Iterator<Item = u32> {
        let mut tokens = vec![0; self.words.len()];
        for (token, &place) in (1_u32..).zip(&self.ranked) {
            tokens[place as usize] = token;
        }
        tokens.into_iter()
    }
}

/// The first eight bytes as a number that compares as they do.
fn head(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let len = text.len().min(8);
    bytes[..len].copy_from_slice(&text[..len]);
    u64::from_be_bytes(bytes)
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("a vocabulary below 2^32 was checked by those who counted it")
}

/// Ids by how often they are used.
#[derive(Debug)]
pub(super) struct Ranked {
    pub(super) ids: Vec<u64>,
    /// For each source, its own numbers to ours.
    pub(super) maps: Vec<Vec<u32>>,
}

impl Ranked {
    pub(super) fn new<'s>(
        sources: &[Source<'s>],
        uses: &[Vec<u32>],
        ids_of: impl Fn(&Source<'s>) -> Vec<u64>,
    ) -> Self {
        let lists: Vec<Vec<u64>> = sources.iter().map(ids_of).collect();
        let mut all: Vec<(u64, u32)> = lists
            .iter()
            .zip(uses)
            .flat_map(|(ids, uses)| ids.iter().copied().zip(uses.iter().copied()))
            .filter(|&(_, count)| count > 0)
            .collect();
        all.sort_unstable();
        let mut merged: Vec<(Reverse<u32>, u64)> = Vec::new();
        for (id, count) in all {
            match merged.last_mut() {
                Some((total, last)) if *last == id => total.0 += count,
                _ => merged.push((Reverse(count), id)),
            }
        }
        merged.sort_unstable();
        let mut places: Vec<(u64, u32)> =
            (0_u32..).zip(&merged).map(|(place, &(_, id))| (id, place)).collect();
        places.sort_unstable();
        let place = |id: &u64| places.binary_search_by_key(id, |&(id, _)| id).map_or(0, |at| places[at].1);
        let maps = lists.iter().map(|ids| ids.iter().map(place).collect()).collect();
        Self { ids: merged.into_iter().map(|(_, id)| id).collect(), maps }
    }
}
