//! What holds for every text and every number.

use guildhall_retrieval::{Analyzer, Bm25, Collection, Language, Posting, passage};
use proptest::prelude::*;

const LANGUAGES: [Language; 17] = [
    Language::Neutral,
    Language::Danish,
    Language::Dutch,
    Language::English,
    Language::Finnish,
    Language::French,
    Language::German,
    Language::Greek,
    Language::Hungarian,
    Language::Italian,
    Language::Norwegian,
    Language::Portuguese,
    Language::Romanian,
    Language::Russian,
    Language::Spanish,
    Language::Swedish,
    Language::Turkish,
];

/// Any text, rich in the signs that are treated specially.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[a-zA-ZäöüßéçñИжλ' _.!?\n]{0,40}",
        Just("<:party:12>".to_owned()),
        Just("<@!77> </a b:1> <t:5>".to_owned()),
        Just("\u{1f469}\u{200d}\u{1f680}\u{2764}\u{fe0f}".to_owned()),
        Just("<".to_owned()),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn terms_stand_where_they_say_and_in_order(text in texts(), language in proptest::sample::select(&LANGUAGES[..])) {
        let terms = Analyzer::new(language).terms(&text);
        let mut end = 0;
        for term in &terms {
            prop_assert!(term.range.start >= end && term.range.start < term.range.end);
            prop_assert!(text.get(term.range.clone()).is_some());
            end = term.range.end;
        }
    }

    #[test]
    fn a_document_counts_every_term_once(text in texts(), language in proptest::sample::select(&LANGUAGES[..])) {
        let analyzer = Analyzer::new(language);
        let document = analyzer.document(&text);
        prop_assert_eq!(document.terms.values().sum::<u32>(), document.length);
        prop_assert_eq!(usize::try_from(document.length).unwrap(), analyzer.terms(&text).len());
        let question = analyzer.question(&text);
        prop_assert_eq!(question.terms().len(), document.terms.len());
    }

    #[test]
    fn case_and_compatibility_forms_do_not_matter(text in "[a-zA-Z ]{0,60}") {
        let analyzer = Analyzer::new(Language::English);
        let wide: String = text
            .chars()
            .map(|sign| if sign == ' ' { sign } else { char::from_u32(u32::from(sign) + 0xfee0).unwrap() })
            .collect();
        prop_assert_eq!(analyzer.document(&text), analyzer.document(&text.to_uppercase()));
        prop_assert_eq!(analyzer.document(&text), analyzer.document(&wide));
    }

    #[test]
    fn a_passage_fits_and_holds_its_matches(text in texts(), wanted in texts(), longest in 0_usize..120) {
        let analyzer = Analyzer::new(Language::English);
        let found = passage(&analyzer, &analyzer.question(&wanted), &text, longest);
        prop_assert!(text.get(found.range.clone()).is_some());
        prop_assert!(found.of(&text).chars().count() <= longest);
        for word in &found.matches {
            prop_assert!(found.range.start <= word.start && word.end <= found.range.end);
            prop_assert!(text.get(word.clone()).is_some());
        }
    }

    #[test]
    fn ranks_are_finite_sorted_and_without_doubles(
        documents in 0_u64..1_000,
        average_length in prop_oneof![Just(0.0), 0.1_f64..500.0],
        frequencies in proptest::collection::vec(0_u64..2_000, 0..4),
        postings in proptest::collection::vec((0_u32..20, 0_usize..6, 0_u32..50, 0_u32..900), 0..80),
        limit in 0_usize..30,
    ) {
        let question = Analyzer::new(Language::English).question("alpha beta gamma good");
        let postings = postings
            .into_iter()
            .map(|(document, term, frequency, length)| Posting { document, term, frequency, length });
        let collection = Collection { documents, average_length };
        let hits = Bm25::default().rank(&question, &frequencies, collection, postings, limit);
        prop_assert!(hits.len() <= limit);
        for hit in &hits {
            prop_assert!(hit.score.is_finite() && hit.score > 0.0);
            prop_assert!((0.0..=1.0).contains(&hit.coverage));
        }
        for pair in hits.windows(2) {
            prop_assert!(pair[0].score >= pair[1].score);
        }
        let mut ids: Vec<_> = hits.iter().map(|hit| hit.document).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), hits.len());
    }

    #[test]
    fn more_of_a_term_never_lowers_the_score(frequency in 1_u32..1_000, length in 1_u32..5_000) {
        let question = Analyzer::new(Language::English).question("raid");
        let collection = Collection { documents: 100, average_length: 50.0 };
        let score = |frequency| {
            let posting = Posting { document: 1, term: 0, frequency, length };
            Bm25::default().rank(&question, &[7], collection, [posting], 1)[0].score
        };
        prop_assert!(score(frequency + 1) > score(frequency));
    }
}
