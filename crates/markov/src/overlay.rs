//! What was learned and forgotten since the file was written.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::{
    file::{ChainFile, Window},
    tokenizer,
};

type Map<K, V> = HashMap<K, V, FixedState>;

/// A message that is not in the file yet.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) id: u64,
    pub(crate) author: u64,
    pub(crate) channel: u64,
    pub(crate) tokens: Box<[u32]>,
    /// Its place in the list of those that are alive.
    place: usize,
}

/// An occurrence: a message and how many of its tokens lie before the end of the state.
pub(crate) type Spot = (u32, u32);

/// The mutable layer over a file. Tokens that the file does not know follow its own numbers.
#[derive(Debug)]
pub(crate) struct Overlay {
    order: usize,
    known: u32,
    words: Vec<Box<str>>,
    numbers: Map<Box<str>, u32>,
    messages: Vec<Option<Learned>>,
    by_id: Map<u64, u32>,
    alive: Vec<u32>,
    states: Map<Window, Vec<Spot>>,
    spots: Map<u32, Vec<Spot>>,
    contents: Map<Box<[u32]>, u32>,
    /// Where the file has the states that occur here, if it has them once.
    only: Map<Window, Option<usize>>,
    gone: Gone,
    bytes: usize,
}

/// What of the file is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    ids: BTreeSet<u64>,
    /// Beginning and end of each message in the corpus.
    spans: BTreeMap<usize, usize>,
    states: Map<Window, u64>,
    tokens: Map<u32, u64>,
    contents: Map<Box<[u32]>, u64>,
}

impl Gone {
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(crate) fn len(&self) -> u64 {
        self.ids.len() as u64
    }

    pub(crate) const fn ids(&self) -> &BTreeSet<u64> {
        &self.ids
    }

    /// Whether a place in the corpus, or the zero before a message, belongs to a forgotten one.
    pub(crate) fn covers(&self, position: usize) -> bool {
        self.spans
            .range(..=position + 1)
            .next_back()
            .is_some_and(|(&start, &end)| position + 1 >= start && position < end)
    }

    pub(crate) fn state(&self, window: &Window) -> u64 {
        self.states.get(window).copied().unwrap_or(0)
    }

    pub(crate) fn token(&self, token: u32) -> u64 {
        self.tokens.get(&token).copied().unwrap_or(0)
    }

    pub(crate) fn content(&self, tokens: &[u32]) -> u64 {
        self.contents.get(tokens).copied().unwrap_or(0)
    }
}

impl Overlay {
    pub(crate) fn new(file: &ChainFile) -> Self {
        Self {
            order: file.order(),
            known: file.words(),
            words: Vec::new(),
            numbers: Map::default(),
            messages: Vec::new(),
            by_id: Map::default(),
            alive: Vec::new(),
            states: Map::default(),
            spots: Map::default(),
            contents: Map::default(),
            only: Map::default(),
            gone: Gone::default(),
            bytes: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.alive.is_empty() && self.gone.is_empty()
    }

    pub(crate) const fn gone(&self) -> &Gone {
        &self.gone
    }

    /// Bytes of memory in use, roughly.
    pub(crate) const fn memory(&self) -> usize {
        self.bytes
    }

    /// Learns a message in place of any with its id. Says whether it holds anything.
    pub(crate) fn learn(
        &mut self,
        file: &ChainFile,
        (id, author, channel): (u64, u64, u64),
        text: &str,
    ) -> bool {
        self.forget(file, id);
        let mut tokens = Vec::new();
        tokenizer::tokens(text, |form| tokens.push(self.number(file, form)));
        if tokens.is_empty() {
            return false;
        }
        let slot = narrow(self.messages.len());
        let mut window = Window::default();
        for (count, &token) in (1_u32..).zip(&tokens) {
            window = shifted(&window, token, self.order);
            self.states.entry(window).or_default().push((slot, count));
            self.spots.entry(token).or_default().push((slot, count));
            let known = self.known;
            // A state with a new token cannot be in the file.
            self.only.entry(window).or_insert_with(|| {
                let possible = window.iter().all(|&token| token <= known);
                (possible && file.states().shared(&window).is_none())
                    .then(|| file.states().only(&window))
                    .flatten()
            });
        }
        self.bytes += 200 + tokens.len() * 140;
        let tokens: Box<[u32]> = tokens.into();
        *self.contents.entry(tokens.clone()).or_default() += 1;
        self.by_id.insert(id, slot);
        self.messages.push(Some(Learned { id, author, channel, tokens, place: self.alive.len() }));
        self.alive.push(slot);
        true
    }

    fn number(&mut self, file: &ChainFile, form: &str) -> u32 {
        if let Some(&number) = self.numbers.get(form) {
            return number;
        }
        let number = file.token(form).unwrap_or_else(|| {
            self.words.push(form.into());
            self.known + narrow(self.words.len())
        });
        self.bytes += 64 + form.len();
        self.numbers.insert(form.into(), number);
        number
    }

    /// Forgets the message with this id. Says whether there was one.
    pub(crate) fn forget(&mut self, file: &ChainFile, id: u64) -> bool {
        let here = self.forget_learned(id);
        if here || self.gone.ids.contains(&id) {
            return here;
        }
        let Some((_, span)) = file.message(id) else { return false };
        let tokens: Box<[u32]> = file.tokens(span.clone()).collect();
        let gone = &mut self.gone;
        gone.ids.insert(id);
        gone.spans.insert(span.start, span.end);
        let mut window = Window::default();
        for &token in &tokens {
            window = shifted(&window, token, self.order);
            *gone.states.entry(window).or_default() += 1;
            *gone.tokens.entry(token).or_default() += 1;
        }
        self.bytes += 200 + tokens.len() * 60;
        *gone.contents.entry(tokens).or_default() += 1;
        true
    }

    fn forget_learned(&mut self, id: u64) -> bool {
        let Some(slot) = self.by_id.remove(&id) else { return false };
        let Some(message) = self.messages[slot as usize].take() else { return false };
        let mut window = Window::default();
        for &token in &message.tokens {
            window = shifted(&window, token, self.order);
            drop_spots(&mut self.states, &window, slot);
            drop_spots(&mut self.spots, &token, slot);
            if !self.states.contains_key(&window) {
                self.only.remove(&window);
            }
        }
        if let Some(count) = self.contents.get_mut(&message.tokens) {
            *count -= 1;
            if *count == 0 {
                self.contents.remove(&message.tokens);
            }
        }
        self.alive.swap_remove(message.place);
        if let Some(moved) =
            self.alive.get(message.place).and_then(|&slot| self.messages[slot as usize].as_mut())
        {
            moved.place = message.place;
        }
        true
    }

    /// Forgets every message of which `whose` holds: it is given author and channel. Linear in all messages.
    pub(crate) fn forget_where(&mut self, file: &ChainFile, whose: impl Fn(u64, u64) -> bool) -> u64 {
        let mut ids: Vec<u64> = self
            .learned()
            .filter(|message| whose(message.author, message.channel))
            .map(|message| message.id)
            .collect();
        let (authors, channels): (Vec<u64>, Vec<u64>) = (file.authors().collect(), file.channels().collect());
        let at = |list: &[u64], index: u32| list.get(index as usize).copied().unwrap_or(0);
        let wanted = file.cursor().filter(|(meta, _)| {
            whose(at(&authors, meta.author), at(&channels, meta.channel)) && !self.is_replaced(meta.id)
        });
        ids.extend(wanted.map(|(meta, _)| meta.id));
        ids.iter().map(|&id| u64::from(self.forget(file, id))).sum()
    }

    /// Whether the file's message with this id no longer counts.
    pub(crate) fn is_replaced(&self, id: u64) -> bool {
        self.gone.ids.contains(&id)
    }

    /// Whether a message with this id is alive here.
    pub(crate) fn has(&self, id: u64) -> bool {
        self.by_id.contains_key(&id)
    }

    /// Messages that are alive here, in no particular order.
    pub(crate) fn learned(&self) -> impl Iterator<Item = &Learned> {
        self.alive.iter().filter_map(|&slot| self.message(slot))
    }

    pub(crate) fn message(&self, slot: u32) -> Option<&Learned> {
        self.messages.get(slot as usize)?.as_ref()
    }

    pub(crate) fn alive(&self) -> &[u32] {
        &self.alive
    }

    pub(crate) fn state(&self, window: &Window) -> &[Spot] {
        self.states.get(window).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn spots(&self, token: u32) -> &[Spot] {
        self.spots.get(&token).map_or(&[], Vec::as_slice)
    }

    /// Where the file has a state that occurs here and that it does not share.
    pub(crate) fn only(&self, window: &Window) -> Option<usize> {
        self.only.get(window).copied().flatten()
    }

    pub(crate) fn holds(&self, tokens: &[u32]) -> bool {
        self.contents.contains_key(tokens)
    }

    /// The text of a token that the file does not know.
    pub(crate) fn word(&self, token: u32) -> Option<&str> {
        self.words.get(token.checked_sub(self.known + 1)? as usize).map(|word| &**word)
    }

    /// The number of a token that the file does not know.
    pub(crate) fn token(&self, form: &str) -> Option<u32> {
        self.numbers.get(form).copied().filter(|&number| number > self.known)
    }

    /// Tokens that the file does not know and that are in use.
    pub(crate) fn new_words(&self) -> impl Iterator<Item = (u32, &str)> {
        (self.known + 1..)
            .zip(self.words.iter().map(|word| &**word))
            .filter(|(number, _)| !self.spots(*number).is_empty())
    }
}

fn drop_spots<K: Eq + std::hash::Hash>(map: &mut Map<K, Vec<Spot>>, key: &K, slot: u32) {
    if let Some(spots) = map.get_mut(key) {
        spots.retain(|&(of, _)| of != slot);
        if spots.is_empty() {
            map.remove(key);
        }
    }
}

/// The state after one more token.
#[inline]
pub(crate) fn shifted(window: &Window, token: u32, order: usize) -> Window {
    let mut next = Window::default();
    next[0] = token;
    next[1..order].copy_from_slice(&window[..order - 1]);
    next
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("an overlay is folded long before it holds 2^32 of anything")
}
