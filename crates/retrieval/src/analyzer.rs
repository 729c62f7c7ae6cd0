//! From texts to terms.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    ops::Range,
};

use rust_stemmers::Stemmer;

use crate::{
    language::Language,
    token::{Word, words},
};

/// What a weak word counts when it is asked whether a document fits.
const WEAK: f64 = 0.3;

/// Turns texts of one language into terms. Documents and questions must go through the same.
pub struct Analyzer {
    language: Language,
    stemmer: Option<Stemmer>,
    stop: HashSet<&'static str>,
    weak: HashSet<&'static str>,
}

/// A term where it stands in a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Term {
    /// The stemmed word.
    pub term: String,
    /// Where the word stands, in bytes.
    pub range: Range<usize>,
}

/// A text as an index keeps it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Document {
    /// How often each term occurs.
    pub terms: BTreeMap<String, u32>,
    /// How many terms there are, repetitions counted.
    pub length: u32,
}

/// A question as terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    terms: Vec<QuestionTerm>,
}

/// A term of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionTerm {
    /// The stemmed word.
    pub term: String,
    /// How often it is asked for.
    pub frequency: u32,
    /// What it proves when a document has it, from 0 to 1: little for words such as `good`.
    pub substance: f64,
}

impl Question {
    /// The distinct terms in order of appearance.
    pub fn terms(&self) -> &[QuestionTerm] {
        &self.terms
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl Analyzer {
    /// An analyzer for this language.
    pub fn new(language: Language) -> Self {
        Self {
            language,
            stemmer: language.algorithm().map(Stemmer::create),
            stop: language.stop_words().iter().copied().collect(),
            weak: language.weak_words().iter().copied().collect(),
        }
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Every term of the text where it stands, without stop words. Linear in the length of the text.
    pub fn terms(&self, text: &str) -> Vec<Term> {
        self.kept(text).map(|word| Term { term: self.stem(&word), range: word.range }).collect()
    }

    /// The text as an index keeps it.
    pub fn document(&self, text: &str) -> Document {
        let mut document = Document::default();
        for word in self.kept(text) {
            *document.terms.entry(self.stem(&word)).or_default() += 1;
            document.length += 1;
        }
        document
    }

    /// The text as a question. Quadratic in the number of distinct terms, which is small in a question.
    pub fn question(&self, text: &str) -> Question {
        let mut terms: Vec<QuestionTerm> = Vec::new();
        for word in self.kept(text) {
            let term = self.stem(&word);
            if let Some(known) = terms.iter_mut().find(|known| known.term == term) {
                known.frequency += 1;
            } else {
                let weak = self.weak.contains(word.text.as_str());
                terms.push(QuestionTerm { term, frequency: 1, substance: if weak { WEAK } else { 1.0 } });
            }
        }
        Question { terms }
    }

    fn kept(&self, text: &str) -> impl Iterator<Item = Word> {
        words(text).into_iter().filter(|word| !self.stop.contains(word.text.as_str()))
    }

    fn stem(&self, word: &Word) -> String {
        match &self.stemmer {
            Some(stemmer) if word.plain => stemmer.stem(&word.text).into_owned(),
            _ => word.text.clone(),
        }
    }
}

impl fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analyzer").field("language", &self.language).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(language: Language, text: &str) -> Vec<String> {
        Analyzer::new(language).terms(text).into_iter().map(|term| term.term).collect()
    }

    #[test]
    fn forms_of_a_word_become_one_term() {
        assert_eq!(terms(Language::English, "Where are the raids?"), ["raid"]);
        assert_eq!(terms(Language::English, "The server's rules"), terms(Language::English, "server rule"));
        assert_eq!(terms(Language::German, "Wo sind die Häuser?"), terms(Language::German, "haus"));
        assert_eq!(terms(Language::Neutral, "the raids"), ["the", "raids"]);
    }

    #[test]
    fn a_question_counts_repetitions_and_knows_weak_words() {
        let question = Analyzer::new(Language::English).question("best pizza, pizza of the town");
        let found: Vec<_> = question
            .terms()
            .iter()
            .map(|term| (term.term.as_str(), term.frequency, term.substance < 1.0))
            .collect();
        assert_eq!(found, [("best", 1, true), ("pizza", 2, false), ("town", 1, false)]);
        assert!(Analyzer::new(Language::English).question("who is it?").is_empty());
    }
}
