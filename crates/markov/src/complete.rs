//! Candidates for the words of a seed.

use std::collections::BinaryHeap;

use crate::{
    tokenizer::{BREAK, GLUE},
    view::View,
};

/// A token that a seed may be completed to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// What it says.
    pub text: String,
    /// How often it was used.
    pub uses: u64,
}

pub(crate) fn candidates(view: View<'_>, prefix: &str, limit: usize) -> Vec<Candidate> {
    let lower = prefix.to_lowercase();
    let mut capital: String = lower.chars().take(1).flat_map(char::to_uppercase).collect();
    capital.extend(lower.chars().skip(1));
    let mut prefixes = vec![prefix.to_owned(), lower, capital, prefix.to_uppercase()];
    prefixes.sort();
    prefixes.dedup();
    // Of nested prefixes the outer one is enough; only the empty one is outer.
    if prefixes.first().is_some_and(String::is_empty) {
        prefixes.truncate(1);
    }
    // Tokens are numbered by use, so the smallest numbers are wanted.
    let mut best: BinaryHeap<u32> = BinaryHeap::new();
    let usable = |token: u32| {
        view.form(token).is_some_and(|form| form != BREAK && !form.starts_with(GLUE)) && view.uses(token) > 0
    };
    for prefix in &prefixes {
        for token in view.file.prefixed(prefix).filter_map(|index| view.file.sorted(index)) {
            let better = best.len() < limit || best.peek().is_some_and(|&worst| token < worst);
            if better && usable(token) {
                best.push(token);
                if best.len() > limit {
                    best.pop();
                }
            }
        }
    }
    let mut tokens: Vec<u32> = best.into_vec();
    let new = view.overlay.new_words();
    tokens.extend(
        new.filter(|(_, form)| prefixes.iter().any(|prefix| form.starts_with(prefix)))
            .map(|(token, _)| token),
    );
    let mut found: Vec<Candidate> = tokens
        .into_iter()
        .filter(|&token| usable(token))
        .filter_map(|token| Some(Candidate { text: view.form(token)?.to_owned(), uses: view.uses(token) }))
        .collect();
    found.sort_by(|a, b| b.uses.cmp(&a.uses).then_with(|| a.text.cmp(&b.text)));
    found.truncate(limit);
    found
}
