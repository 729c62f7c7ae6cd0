//! One way through a chain: forward to the end of a message, and backward to a beginning.

use crate::{
    draw::Draw,
    file::Window,
    overlay::shifted,
    view::{Place, View},
};

/// A step that was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) window: Window,
    /// 0 at the end of the message.
    pub(super) token: u32,
    pub(super) refs: u64,
    pub(super) place: Place,
    pub(super) backward: bool,
}

/// A walk and its buffers, which serve one try after the other.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    view: View<'a>,
    pub(super) tokens: std::collections::VecDeque<u32>,
    pub(super) score: u64,
    steps: Option<Vec<Made>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(view: View<'a>, record: bool) -> Self {
        Self { view, tokens: std::collections::VecDeque::new(), score: 0, steps: record.then(Vec::new) }
    }

    /// The sentence from its beginning.
    pub(super) fn tokens(&self) -> &[u32] {
        let (tokens, rest) = self.tokens.as_slices();
        debug_assert!(rest.is_empty(), "a finished walk lies in one piece");
        tokens
    }

    pub(super) fn steps(&self) -> &[Made] {
        self.steps.as_deref().unwrap_or_default()
    }

    /// Walks from a place: the beginning of a message, or the end of the words of a seed. Nothing comes of it
    /// where the sentence would be longer than `most`.
    pub(super) fn run(&mut self, start: Place, seed: &[u32], most: usize, draw: &mut Draw) -> Option<()> {
        self.tokens.clear();
        self.score = 0;
        self.steps.iter_mut().for_each(Vec::clear);
        if seed.is_empty() {
            self.forward(start, Window::default(), most, draw)?;
        } else {
            let (front, place) = self.middle(start, seed.len())?;
            let mut window = Window::default();
            for &token in &self.tokens {
                window = shifted(&window, token, self.view.order());
            }
            self.forward_from(start, window, most, draw)?;
            self.backward(place, front, most, draw)?;
        }
        self.tokens.make_contiguous();
        Some(())
    }

    /// Puts down the words of the seed and as many before them as a state holds. Returns the first state of
    /// these words, and the place where it ends.
    fn middle(&mut self, end: Place, len: usize) -> Option<(Window, Place)> {
        let order = self.view.order();
        let mut places = Vec::with_capacity(len.max(order));
        let mut place = end;
        while places.len() < len.max(order) {
            let (token, before) = self.view.back(place)?;
            if token == 0 {
                break;
            }
            self.tokens.push_front(token);
            places.push(place);
            place = before;
        }
        let known = places.len().min(order);
        let mut window = Window::default();
        for (token, &word) in
            window.iter_mut().zip(self.tokens.iter().take(known).collect::<Vec<_>>().into_iter().rev())
        {
            *token = word;
        }
        Some((window, *places.get(places.len() - known)?))
    }

    /// From the beginning of a message, which is chosen already.
    fn forward(&mut self, start: Place, window: Window, most: usize, draw: &mut Draw) -> Option<()> {
        let (token, place) = self.view.next(start)?;
        self.record(window, token, self.view.messages(), start, false);
        self.tokens.push_back(token);
        self.forward_from(place, shifted(&window, token, self.view.order()), most, draw)
    }

    fn forward_from(
        &mut self,
        mut here: Place,
        mut window: Window,
        most: usize,
        draw: &mut Draw,
    ) -> Option<()> {
        let order = self.view.order();
        loop {
            let (place, refs) = self.view.pick(&window, here, draw)?;
            let (token, next) = self.view.next(place)?;
            self.score += refs - 1;
            self.record(window, token, refs, place, false);
            if token == 0 {
                return Some(());
            }
            if self.tokens.len() >= most {
                return None;
            }
            self.tokens.push_back(token);
            window = shifted(&window, token, order);
            here = next;
        }
    }

    fn backward(&mut self, mut here: Place, mut window: Window, most: usize, draw: &mut Draw) -> Option<()> {
        let order = self.view.order();
        // A state that reaches over the beginning of a message has nothing before it.
        while window[order - 1] != 0 {
            let (place, refs) = self.view.pick(&window, here, draw)?;
            let (_, before) = self.view.back(place)?;
            let mut at = before;
            for _ in 1..order {
                at = self.view.back(at)?.1;
            }
            let (token, _) = self.view.back(at)?;
            self.score += refs - 1;
            self.record(window, token, refs, place, true);
            if token == 0 {
                return Some(());
            }
            if self.tokens.len() >= most {
                return None;
            }
            self.tokens.push_front(token);
            window.copy_within(1..order, 0);
            window[order - 1] = token;
            here = before;
        }
        Some(())
    }

    fn record(&mut self, window: Window, token: u32, refs: u64, place: Place, backward: bool) {
        if let Some(steps) = &mut self.steps {
            steps.push(Made { window, token, refs, place, backward });
        }
    }
}
