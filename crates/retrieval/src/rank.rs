//! Ranking by BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009), and a measure
//! of whether the best document is about the question at all.

use crate::analyzer::Question;

/// Documents that cover less of a question than this are not about it.
pub const RELEVANCE_FLOOR: f64 = 0.3;

/// The parameters of BM25.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25 {
    /// How soon more repetitions of a term stop to matter.
    pub k1: f64,
    /// How much long documents are held back, from 0 to 1.
    pub b: f64,
}

impl Default for Bm25 {
    fn default() -> Self {
        Self { k1: 1.2, b: 0.75 }
    }
}

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collection {
    /// How many documents.
    pub documents: u64,
    /// Their average length in terms.
    pub average_length: f64,
}

/// An occurrence of one of the question's terms in a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Posting<Id> {
    /// The document.
    pub document: Id,
    /// Which of the question's terms, by its place in [`Question::terms`].
    pub term: usize,
    /// How often it occurs.
    pub frequency: u32,
    /// The document's length in terms.
    pub length: u32,
}

/// A document that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<Id> {
    /// The document.
    pub document: Id,
    /// Its BM25 score: comparable within one question only.
    pub score: f64,
    /// The share of the question that it covers, by weight, from 0 to 1: comparable between questions.
    pub coverage: f64,
}

impl<Id> Hit<Id> {
    /// Whether it covers enough of the question to be shown as an answer.
    pub fn is_relevant(&self) -> bool {
        self.coverage >= RELEVANCE_FLOOR
    }
}

impl Bm25 {
    /// The best `limit` documents, best first; equal ones by their ids. `frequencies` gives for each term of
    /// the question in how many documents it occurs. Postings of other terms are passed over, and so are
    /// numbers that cannot be.
    ///
    /// O(p log p) for p postings.
    pub fn rank<Id: Copy + Ord>(
        &self,
        question: &Question,
        frequencies: &[u64],
        collection: Collection,
        postings: impl IntoIterator<Item = Posting<Id>>,
        limit: usize,
    ) -> Vec<Hit<Id>> {
        let weights: Vec<Weight> = question
            .terms()
            .iter()
            .enumerate()
            .map(|(index, term)| {
                let documents = frequencies.get(index).copied().unwrap_or(0);
                Weight {
                    score: inverse_frequency(collection.documents, documents) * f64::from(term.frequency),
                    proof: term.substance * rarity(collection.documents, documents),
                }
            })
            .collect();
        let whole: f64 = weights.iter().map(|weight| weight.proof).sum();
        let average = if collection.average_length > 0.0 { collection.average_length } else { 1.0 };
        let mut found: Vec<Posting<Id>> = postings
            .into_iter()
            .filter(|posting| posting.term < weights.len() && posting.frequency > 0)
            .collect();
        // By term within a document, so that the sums are the same whatever order the postings came in.
        found.sort_unstable_by_key(|posting| (posting.document, posting.term));
        let mut hits: Vec<Hit<Id>> = Vec::new();
        for same in found.chunk_by(|one, two| one.document == two.document) {
            let mut hit = Hit { document: same[0].document, score: 0.0, coverage: 0.0 };
            for posting in same {
                let weight = &weights[posting.term];
                let frequency = f64::from(posting.frequency);
                let long = 1.0 - self.b + self.b * f64::from(posting.length) / average;
                hit.score += weight.score * frequency * (self.k1 + 1.0) / (frequency + self.k1 * long);
                hit.coverage += weight.proof / whole;
            }
            hit.coverage = hit.coverage.min(1.0);
            hits.push(hit);
        }
        // Stable, so that equal scores stay in the order of their ids.
        hits.sort_by(|one, two| two.score.total_cmp(&one.score));
        hits.truncate(limit);
        hits
    }
}

struct Weight {
    score: f64,
    proof: f64,
}

/// The inverse document frequency, in the form that is never negative.
fn inverse_frequency(documents: u64, with_term: u64) -> f64 {
    let (all, with) = (documents.max(with_term) as f64, with_term as f64);
    ((all - with + 0.5) / (with + 0.5)).ln_1p()
}

/// How much a term proves. Like the inverse frequency, but a handful of documents says little about how
/// rare a word is, so a hundred others are imagined; and a term that nobody has is as rare as one that a
/// single document has.
fn rarity(documents: u64, with_term: u64) -> f64 {
    inverse_frequency(documents.saturating_add(100), with_term.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Analyzer, Language};

    const SMALL: Collection = Collection { documents: 3, average_length: 4.0 };

    fn rank(question: &str, frequencies: &[u64], postings: &[(u32, usize, u32, u32)]) -> Vec<Hit<u32>> {
        let question = Analyzer::new(Language::English).question(question);
        let postings = postings.iter().map(|&(document, term, frequency, length)| Posting {
            document,
            term,
            frequency,
            length,
        });
        Bm25::default().rank(&question, frequencies, SMALL, postings, 10)
    }

    #[test]
    fn the_score_is_that_of_the_formula() {
        let hits = rank("raid", &[1], &[(1, 0, 2, 4)]);
        // idf = ln(1 + 2.5 / 1.5); tf part = 2 * 2.2 / (2 + 1.2).
        let expected = (1.0_f64 + 2.5 / 1.5).ln() * (2.0 * 2.2) / 3.2;
        assert!((hits[0].score - expected).abs() < 1e-12);
        assert!((hits[0].coverage - 1.0).abs() < 1e-12);
    }

    #[test]
    fn rare_terms_and_short_documents_win() {
        let hits = rank("raid friday", &[1, 2], &[(1, 1, 1, 4), (2, 0, 1, 4), (3, 1, 1, 2)]);
        assert_eq!(hits.iter().map(|hit| hit.document).collect::<Vec<_>>(), [2, 3, 1]);
    }

    #[test]
    fn a_chance_match_is_not_relevant() {
        // Only `best` is found, which proves nothing about pizza.
        let hits = rank("What is the best pizza in town?", &[1, 0, 0], &[(1, 0, 1, 4)]);
        assert!(!hits[0].is_relevant(), "{hits:?}");
        // One word of three that matter is enough to show the entry.
        let hits = rank("When does the weekly raid begin?", &[0, 1, 0], &[(1, 1, 1, 4)]);
        assert!(hits[0].is_relevant(), "{hits:?}");
        // One of five is not.
        let hits = rank("weekly raid boss loot table", &[0, 1, 0, 0, 0], &[(1, 1, 1, 4)]);
        assert!(!hits[0].is_relevant(), "{hits:?}");
    }

    #[test]
    fn impossible_numbers_do_no_harm() {
        let hits = rank("raid", &[9], &[(1, 0, 1, 0), (1, 7, 1, 1), (2, 0, 0, 1)]);
        assert_eq!(hits.len(), 1);
        assert!(hits[0].score.is_finite());
    }
}
