//! Word-based retrieval: cuts texts into terms, ranks documents by BM25, tells when nothing fits, and
//! picks the passage to show.
//!
//! Pure: no I/O, no index of its own. The caller keeps postings wherever it likes and hands in those of
//! the question's terms:
//!
//! ```
//! use guildhall_retrieval::{Analyzer, Bm25, Collection, Language, Posting};
//!
//! let analyzer = Analyzer::new(Language::English);
//! let facts = ["The weekly raid starts on Friday at eight.", "Pets are welcome in the lounge channel."];
//! let documents: Vec<_> = facts.iter().map(|fact| analyzer.document(fact)).collect();
//!
//! let question = analyzer.question("When does the raid start?");
//! let postings = documents.iter().enumerate().flat_map(|(id, document)| {
//!     question.terms().iter().enumerate().filter_map(move |(term, wanted)| {
//!         let frequency = *document.terms.get(&wanted.term)?;
//!         Some(Posting { document: id, term, frequency, length: document.length })
//!     })
//! });
//! let collection = Collection { documents: 2, average_length: 5.0 };
//! let hits = Bm25::default().rank(&question, &[1, 1], collection, postings, 3);
//! assert_eq!(hits[0].document, 0);
//! assert!(hits[0].is_relevant());
//! ```

mod analyzer;
mod language;
mod passage;
mod rank;
mod token;

pub use analyzer::{Analyzer, Document, Question, QuestionTerm, Term};
pub use language::Language;
pub use passage::{Passage, passage};
pub use rank::{Bm25, Collection, Hit, Posting, RELEVANCE_FLOOR};
