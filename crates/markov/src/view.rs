//! A file and the layer over it as one chain.

use crate::{
    draw::Draw,
    file::{ChainFile, States, Window},
    overlay::{Overlay, Spot},
    varint,
};

/// How often a random occurrence may be a forgotten one before all are looked at.
const PATIENCE: u32 = 64;

/// A place in a message: the end of a state, or the beginning before the first token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// In the corpus of the file: the last byte of a token, or the zero before a message.
    File(usize),
    /// In a message of the overlay: how many tokens lie before.
    Over(Spot),
}

/// The chain as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) file: &'a ChainFile,
    pub(crate) overlay: &'a Overlay,
    states: States<'a>,
    plain: bool,
}

impl<'a> View<'a> {
    pub(crate) fn new(file: &'a ChainFile, overlay: &'a Overlay) -> Self {
        Self { file, overlay, states: file.states(), plain: overlay.is_empty() }
    }

    pub(crate) const fn order(&self) -> usize {
        self.states.order()
    }

    /// Messages that are learned.
    pub(crate) fn messages(&self) -> u64 {
        self.file.header().messages - self.overlay.gone().len() + self.overlay.alive().len() as u64
    }

    /// The beginning of a random message.
    pub(crate) fn start(&self, draw: &mut Draw) -> Option<Place> {
        let total = self.messages();
        if total == 0 {
            return None;
        }
        let here = self.overlay.alive();
        let choice = draw.below(total);
        if let Some(&slot) = usize::try_from(choice).ok().and_then(|choice| here.get(choice)) {
            return Some(Place::Over((slot, 0)));
        }
        let starts = self.states.starts();
        let all = self.file.header().messages;
        let at = |index| starts.get(index).and_then(|start| usize::try_from(start).ok());
        self.living(draw, |draw| at(draw.below(all)), || (0..all).filter_map(at).collect())
    }

    /// A random one of positions of which some are forgotten.
    fn living(
        &self,
        draw: &mut Draw,
        one: impl Fn(&mut Draw) -> Option<usize>,
        all: impl FnOnce() -> Vec<usize>,
    ) -> Option<Place> {
        let gone = self.overlay.gone();
        for _ in 0..PATIENCE {
            let position = one(draw)?;
            if gone.is_empty() || !gone.covers(position) {
                return Some(Place::File(position));
            }
        }
        let mut left = all();
        left.retain(|&position| !gone.covers(position));
        // A cell names each of its positions as often as it holds the state.
        left.sort_unstable();
        left.dedup();
        (!left.is_empty()).then(|| Place::File(left[draw.index(left.len())]))
    }

    /// The token behind a place; 0 at the end of the message.
    #[inline]
    pub(crate) fn next(&self, place: Place) -> Option<(u32, Place)> {
        match place {
            Place::File(position) => {
                let (token, last) = varint::token_from(self.states.corpus(), position + 1)?;
                Some((token, Place::File(last)))
            }
            Place::Over((slot, count)) => {
                let token = self.overlay.message(slot)?.tokens.get(count as usize).copied().unwrap_or(0);
                Some((token, Place::Over((slot, count + 1))))
            }
        }
    }

    /// The token that ends at a place, and the place before it; 0 at the beginning of the message.
    pub(crate) fn back(&self, place: Place) -> Option<(u32, Place)> {
        match place {
            Place::File(position) => {
                let (token, start) = varint::token_until(self.states.corpus(), position)?;
                Some((token, Place::File(start.saturating_sub(1))))
            }
            Place::Over((slot, count)) => {
                let Some(index) = count.checked_sub(1) else { return Some((0, place)) };
                Some((*self.overlay.message(slot)?.tokens.get(index as usize)?, Place::Over((slot, index))))
            }
        }
    }

    /// A random occurrence of the state that ends at `here`, each as likely as any other, and how many there
    /// are.
    #[inline]
    pub(crate) fn pick(&self, window: &Window, here: Place, draw: &mut Draw) -> Option<(Place, u64)> {
        if self.plain {
            let picked = self.states.pick(window, draw);
            return Some(picked.map_or((here, 1), |(position, count)| (Place::File(position), count)));
        }
        self.pick_layered(window, here, draw)
    }

    fn pick_layered(&self, window: &Window, here: Place, draw: &mut Draw) -> Option<(Place, u64)> {
        let over = self.overlay.state(window);
        let ranks = self.states.shared(window);
        let only = match (&ranks, here) {
            (Some(_), _) => None,
            (None, Place::File(position)) => Some(position),
            (None, Place::Over(_)) => self.overlay.only(window),
        };
        let in_file = ranks.as_ref().map_or(u64::from(only.is_some()), |ranks| ranks.end - ranks.start);
        let living = in_file.checked_sub(self.overlay.gone().state(window))?;
        let total = living + over.len() as u64;
        if total == 0 {
            return None;
        }
        let choice = draw.below(total);
        if let Some(&spot) = usize::try_from(choice).ok().and_then(|choice| over.get(choice)) {
            return Some((Place::Over(spot), total));
        }
        let Some(ranks) = ranks else { return Some((Place::File(only?), total)) };
        let order = self.states.order();
        let all = || {
            let cells = ranks.clone().filter_map(|rank| self.states.cell(rank));
            cells.flat_map(|cell| self.states.matches(cell, *window, order)).collect()
        };
        let place = self.living(draw, |draw| self.states.occurrence(&ranks, window, draw), all)?;
        Some((place, total))
    }

    /// How often a token is used.
    pub(crate) fn uses(&self, token: u32) -> u64 {
        let in_file = self.file.bucket(token).map_or(0, |(_, count)| count);
        in_file.saturating_sub(self.overlay.gone().token(token)) + self.overlay.spots(token).len() as u64
    }

    /// A random occurrence of a token, each as likely as any other.
    pub(crate) fn occurrence(&self, token: u32, draw: &mut Draw) -> Option<Place> {
        let total = self.uses(token);
        if total == 0 {
            return None;
        }
        let choice = draw.below(total);
        if let Some(&spot) =
            usize::try_from(choice).ok().and_then(|choice| self.overlay.spots(token).get(choice))
        {
            return Some(Place::Over(spot));
        }
        let (first, count) = self.file.bucket(token)?;
        let window = [token, 0, 0, 0];
        let one = |draw: &mut Draw| {
            let rank = first + draw.below(count);
            self.states.occurrence_at(rank, &window, 1, draw)
        };
        self.living(draw, one, || self.occurrences(token).collect())
    }

    /// Every occurrence of a token in the file, some of them more than once.
    fn occurrences(&self, token: u32) -> impl Iterator<Item = usize> + use<'a> {
        let (first, count) = self.file.bucket(token).unwrap_or_default();
        let states = self.states;
        let cells = (first..first + count).filter_map(move |rank| states.cell(rank));
        cells.flat_map(move |cell| states.matches(cell, [token, 0, 0, 0], 1))
    }

    /// A random place where these tokens end one after the other. Looks at the occurrences of the rarest of
    /// them, or at as many as `most` of them by chance.
    pub(crate) fn phrase(&self, tokens: &[u32], most: u64, draw: &mut Draw) -> Option<Place> {
        let (pivot, &rarest) = tokens.iter().enumerate().min_by_key(|&(_, &token)| self.uses(token))?;
        if tokens.len() == 1 {
            return self.occurrence(rarest, draw);
        }
        let mut found = Vec::new();
        let mut look = |place: Place| {
            let end = tokens[pivot + 1..].iter().try_fold(place, |place, &wanted| {
                self.next(place).filter(|&(token, _)| token == wanted).map(|(_, next)| next)
            });
            let before = tokens[..=pivot].iter().rev().try_fold(place, |place, &wanted| {
                self.back(place).filter(|&(token, _)| token == wanted).map(|(_, before)| before)
            });
            if let (Some(end), Some(_)) = (end, before) {
                found.push(end);
            }
        };
        if self.uses(rarest) > most {
            for _ in 0..most {
                self.occurrence(rarest, draw).into_iter().for_each(&mut look);
            }
        } else {
            self.overlay.spots(rarest).iter().for_each(|&spot| look(Place::Over(spot)));
            let mut positions: Vec<usize> = self.occurrences(rarest).collect();
            positions.sort_unstable();
            positions.dedup();
            positions.retain(|&position| !self.overlay.gone().covers(position));
            for position in positions {
                look(Place::File(position));
            }
        }
        (!found.is_empty()).then(|| found[draw.index(found.len())])
    }

    /// The number of a token, if it is in use.
    pub(crate) fn token(&self, form: &str) -> Option<u32> {
        let token = self.file.token(form).or_else(|| self.overlay.token(form))?;
        (self.uses(token) > 0).then_some(token)
    }

    /// The form of a token.
    pub(crate) fn form(&self, token: u32) -> Option<&'a str> {
        if token <= self.file.words() { self.file.word(token) } else { self.overlay.word(token) }
    }

    /// The id of the message that a place belongs to.
    pub(crate) fn message_of(&self, place: Place) -> Option<u64> {
        match place {
            Place::File(position) => Some(self.file.meta(self.file.message_at(position)?)?.id),
            Place::Over((slot, _)) => Some(self.overlay.message(slot)?.id),
        }
    }

    /// Whether a message with exactly these tokens is learned.
    pub(crate) fn is_copy(&self, tokens: &[u32]) -> bool {
        if self.overlay.holds(tokens) {
            return true;
        }
        if tokens.iter().any(|&token| token > self.file.words()) {
            return false;
        }
        let mut bytes = Vec::with_capacity(tokens.len() * 2);
        for &token in tokens {
            varint::write(token.into(), &mut bytes);
        }
        let gone = self.overlay.gone().content(tokens);
        self.states.copies(&bytes).nth(usize::try_from(gone).unwrap_or(usize::MAX)).is_some()
    }
}
