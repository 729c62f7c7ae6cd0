//! The passage of a text that answers best, for a snippet.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::analyzer::{Analyzer, Question, Term};

/// A part of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passage {
    /// Where it stands, in bytes; begins and ends between words.
    pub range: Range<usize>,
    /// The words that the question asks for, within the text, in order.
    pub matches: Vec<Range<usize>>,
}

impl Passage {
    /// The passage itself.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range.clone()).unwrap_or_default()
    }
}

/// The passage of at most `longest` characters that covers most of the question: whole sentences where
/// they fit, else a stretch of words. Of equals the first. The whole text, where that fits.
///
/// O(n + s·m) for a text of n bytes with s sentences and m matches.
pub fn passage(analyzer: &Analyzer, question: &Question, text: &str, longest: usize) -> Passage {
    let matches: Vec<(Range<usize>, usize)> = analyzer
        .terms(text)
        .into_iter()
        .filter_map(|Term { term, range }| {
            let index = question.terms().iter().position(|wanted| wanted.term == term)?;
            Some((range, index))
        })
        .collect();
    let within = |range: &Range<usize>| -> Vec<Range<usize>> {
        let inside = matches.iter().filter(|(word, _)| range.start <= word.start && word.end <= range.end);
        inside.map(|(word, _)| word.clone()).collect()
    };
    let value = |range: &Range<usize>| -> f64 {
        let mut seen = vec![false; question.terms().len()];
        let mut value = 0.0;
        for (word, index) in &matches {
            if range.start <= word.start && word.end <= range.end {
                // A repetition counts a little, a new term fully.
                let share = if std::mem::replace(&mut seen[*index], true) { 0.05 } else { 1.0 };
                value += share * question.terms()[*index].substance;
            }
        }
        value
    };
    let mut best: Option<(f64, Range<usize>)> = None;
    for range in candidates(text, &matches, longest) {
        let value = value(&range);
        if best.as_ref().is_none_or(|(most, _)| value > *most) {
            best = Some((value, range));
        }
    }
    let range = best.map_or(0..0, |(_, range)| trimmed(text, range));
    Passage { matches: within(&range), range }
}

/// Stretches worth a look: from each sentence as many as fit, and around each match in a long sentence.
fn candidates(text: &str, matches: &[(Range<usize>, usize)], longest: usize) -> Vec<Range<usize>> {
    if text.chars().nth(longest).is_none() {
        return std::iter::once(0..text.len()).collect();
    }
    let sentences: Vec<(Range<usize>, usize)> = text
        .split_sentence_bound_indices()
        .map(|(at, sentence)| (at..at + sentence.len(), sentence.chars().count()))
        .collect();
    let mut found = Vec::new();
    for (index, (sentence, size)) in sentences.iter().enumerate() {
        if *size > longest {
            let starts = matches.iter().map(|(word, _)| word.start).filter(|at| sentence.contains(at));
            found.extend(
                std::iter::once(sentence.start)
                    .chain(starts)
                    .map(|at| words_from(text, sentence, at, longest)),
            );
            continue;
        }
        let mut left = longest;
        let mut end = sentence.start;
        for (next, size) in &sentences[index..] {
            let Some(rest) = left.checked_sub(*size) else { break };
            left = rest;
            end = next.end;
        }
        found.push(sentence.start..end);
    }
    found
}

/// As many whole words of the sentence as fit, from a little before `at`.
fn words_from(text: &str, sentence: &Range<usize>, at: usize, longest: usize) -> Range<usize> {
    let lead = longest / 4;
    let mut start = at;
    let mut used = 0;
    for (offset, piece) in text[sentence.start..at].split_word_bound_indices().rev() {
        used += piece.chars().count();
        if used > lead {
            break;
        }
        start = sentence.start + offset;
    }
    let mut end = start;
    let mut left = longest;
    for piece in text[start..sentence.end].split_word_bounds() {
        let Some(rest) = left.checked_sub(piece.chars().count()) else { break };
        left = rest;
        end += piece.len();
    }
    start..end
}

/// Without blanks at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    const TEXT: &str = "Welcome to the guild. Be kind to each other. The raid starts on Friday at eight. \
                        Bring potions and food. Loot is shared by the council.";

    fn pick(question: &str, text: &str, longest: usize) -> (String, Vec<String>) {
        let analyzer = Analyzer::new(Language::English);
        let found = passage(&analyzer, &analyzer.question(question), text, longest);
        let matches = found.matches.iter().map(|range| text[range.clone()].to_owned()).collect();
        (found.of(text).to_owned(), matches)
    }

    #[test]
    fn the_sentence_that_answers_is_picked() {
        let (found, matches) = pick("when do raids start", TEXT, 45);
        assert_eq!(found, "The raid starts on Friday at eight.");
        assert_eq!(matches, ["raid", "starts"]);
        assert_eq!(pick("who shares the loot", TEXT, 45).0, "Loot is shared by the council.");
    }

    #[test]
    fn a_short_text_is_shown_whole_and_a_long_sentence_is_cut_between_words() {
        assert_eq!(pick("raid", TEXT, 1_000).0, TEXT);
        let endless = format!("{} raid tonight {}", "blah ".repeat(100), "more ".repeat(100));
        let (found, matches) = pick("raid", &endless, 40);
        assert_eq!(matches, ["raid"]);
        assert!(found.chars().count() <= 40);
        assert!(found.starts_with("blah") && found.contains("raid tonight more"), "{found}");
    }

    #[test]
    fn without_a_match_the_beginning_is_shown() {
        assert_eq!(pick("xylophone", TEXT, 30), ("Welcome to the guild.".to_owned(), vec![]));
        assert_eq!(pick("xylophone", "", 30).0, "");
        assert_eq!(pick("raid", TEXT, 0).0, "");
    }
}
