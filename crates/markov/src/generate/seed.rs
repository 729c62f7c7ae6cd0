//! Finds the words of a seed among those that are known.

use super::NoSentence;
use crate::{
    draw::Draw,
    tokenizer::{self, BREAK},
    view::{Place, View},
};

/// Of words that occur more often, so many occurrences are looked at by chance for the rest of a phrase.
const MOST: u64 = 4096;

/// How many tokens are looked at for a word with punctuation.
const NEAR: u64 = 256;

/// Where sentences begin to be written.
#[derive(Debug)]
pub(super) struct Seeds {
    words: Vec<u32>,
    /// The first occurrence, found when the words were chosen.
    first: Option<Place>,
}

impl Seeds {
    pub(super) fn find(view: View<'_>, seed: Option<&str>, draw: &mut Draw) -> Result<Self, NoSentence> {
        let Some(seed) = seed.filter(|seed| !seed.trim().is_empty()) else {
            return Ok(Self { words: Vec::new(), first: None });
        };
        let mut choices: Vec<Vec<u32>> = Vec::new();
        for seed in [seed.to_owned(), seed.to_lowercase()] {
            let mut forms = Vec::new();
            tokenizer::tokens(&seed, |form| forms.push(view.token(form)));
            choices.extend(forms.into_iter().collect::<Option<Vec<u32>>>().filter(|words| words.len() > 1));
        }
        let mut single = Vec::new();
        tokenizer::tokens(seed, |form| {
            if form != BREAK {
                single.extend(variants(view, tokenizer::bare(form)));
            }
        });
        single.sort_by_key(|&token| (view.uses(token), token));
        choices.extend(single.into_iter().map(|token| vec![token]));
        for words in choices {
            if let Some(place) = view.phrase(&words, MOST, draw) {
                return Ok(Self { words, first: Some(place) });
            }
        }
        Err(NoSentence::UnknownSeed)
    }

    /// The words that the sentence contains; none without a seed.
    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }

    /// A random place to begin at.
    pub(super) fn place(&mut self, view: View<'_>, draw: &mut Draw) -> Option<Place> {
        if self.words.is_empty() {
            return view.start(draw);
        }
        let first = self.first.take();
        first.or_else(|| view.phrase(&self.words, MOST, draw))
    }
}

/// The most frequent way in which a word is written, the given one before others.
fn variants(view: View<'_>, word: &str) -> Option<u32> {
    if let Some(token) = view.token(word) {
        return Some(token);
    }
    let lower = word.to_lowercase();
    let mut capital: String = lower.chars().take(1).flat_map(char::to_uppercase).collect();
    capital.extend(lower.chars().skip(1));
    let forms = [word.to_owned(), lower, capital, word.to_uppercase()];
    let written = forms.iter().filter_map(|form| view.token(form));
    if let Some(token) = written.max_by_key(|&token| view.uses(token)) {
        return Some(token);
    }
    // With punctuation, as in `hello,`.
    let near = forms.iter().flat_map(|form| {
        let range = view.file.prefixed(form);
        let tokens =
            (range.start..range.end.min(range.start + NEAR)).filter_map(|index| view.file.sorted(index));
        tokens.filter(|&token| {
            let rest = view.form(token).and_then(|found| found.strip_prefix(form.as_str()));
            rest.is_some_and(|rest| !rest.chars().any(char::is_alphanumeric)) && view.uses(token) > 0
        })
    });
    near.max_by_key(|&token| view.uses(token))
}
