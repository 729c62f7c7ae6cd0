//! Quality on `SciFact` (5,183 abstracts, 809 claims): nDCG@10, and what the relevance floor lets through.
//! Says so and passes where the data is not there.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::PathBuf,
};

use guildhall_retrieval::{Analyzer, Bm25, Collection, Hit, Language, Posting, Question};
use serde::Deserialize;

#[derive(Deserialize)]
struct Abstract {
    #[serde(rename = "_id")]
    id: String,
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct Claim {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

/// The terms of the collection with the documents that have them.
struct Index {
    postings: HashMap<String, Vec<(u32, u32)>>,
    lengths: Vec<u32>,
}

impl Index {
    fn build(analyzer: &Analyzer, corpus: &[Abstract]) -> Self {
        let mut postings: HashMap<String, Vec<(u32, u32)>> = HashMap::new();
        let mut lengths = Vec::new();
        for (id, document) in (0..).zip(corpus) {
            let terms_of = analyzer.document(&format!("{} {}", document.title, document.text));
            for (term, frequency) in terms_of.terms {
                postings.entry(term).or_default().push((id, frequency));
            }
            lengths.push(terms_of.length);
        }
        Self { postings, lengths }
    }

    fn ask(&self, question: &Question, limit: usize) -> Vec<Hit<u32>> {
        let lists: Vec<_> = question
            .terms()
            .iter()
            .map(|term| self.postings.get(&term.term).map_or(&[][..], |list| list))
            .collect();
        let frequencies: Vec<_> = lists.iter().map(|list| u64::try_from(list.len()).unwrap()).collect();
        let postings = lists.iter().enumerate().flat_map(|(term, list)| {
            list.iter().map(move |&(document, frequency)| {
                let length = self.lengths[usize::try_from(document).unwrap()];
                Posting { document, term, frequency, length }
            })
        });
        let documents = self.lengths.len();
        let average_length = f64::from(self.lengths.iter().sum::<u32>()) / documents as f64;
        let collection = Collection { documents: u64::try_from(documents).unwrap(), average_length };
        Bm25::default().rank(question, &frequencies, collection, postings, limit)
    }
}

fn folder() -> PathBuf {
    let shared = std::env::var_os("GUILDHALL_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    shared.join("scifact")
}

fn lines<T: for<'de> Deserialize<'de>>(text: &str) -> Vec<T> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn scifact_claims_find_their_abstracts() {
    let folder = folder();
    let Ok(corpus) = fs::read_to_string(folder.join("corpus.jsonl")) else {
        println!("skipped: there is no {}", folder.display());
        return;
    };
    let corpus: Vec<Abstract> = lines(&corpus);
    let claims: Vec<Claim> = lines(&fs::read_to_string(folder.join("train_queries.jsonl")).unwrap());
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in fs::read_to_string(folder.join("train_qrels.tsv")).unwrap().lines().skip(1) {
        let mut fields = line.split('\t').map(str::to_owned);
        let (claim, document) = (fields.next().unwrap(), fields.next().unwrap());
        wanted.entry(claim).or_default().push(document);
    }

    let analyzer = Analyzer::new(Language::English);
    let index = Index::build(&analyzer, &corpus);
    let (mut gain, mut asked, mut relevant) = (0.0, 0.0, 0.0);
    for claim in &claims {
        let Some(wanted) = wanted.get(&claim.id) else { continue };
        let hits = index.ask(&analyzer.question(&claim.text), 10);
        let discount = |place: usize| 1.0 / (place as f64 + 2.0).log2();
        let found: f64 = hits
            .iter()
            .enumerate()
            .filter(|(_, hit)| wanted.contains(&corpus[usize::try_from(hit.document).unwrap()].id))
            .map(|(place, _)| discount(place))
            .sum();
        let ideal: f64 = (0..wanted.len().min(10)).map(discount).sum();
        gain += found / ideal;
        asked += 1.0;
        relevant += f64::from(u8::from(hits.first().is_some_and(Hit::is_relevant)));
    }
    let (ndcg, answered) = (gain / asked, relevant / asked);
    println!("scifact: {asked} claims, nDCG@10 {ndcg:.4}, answered {answered:.4}");
    assert!(ndcg >= 0.66, "nDCG@10 is {ndcg:.4}");
    assert!(answered >= 0.95, "the floor lets {answered:.4} of the claims through");

    // Questions about something else entirely find nothing that is worth showing.
    let strangers = [
        "When does the weekly raid on the dragon castle start?",
        "How do I reset my Minecraft server password?",
        "Which pizza place delivers to the office on Sundays?",
        "Who won the football championship last weekend?",
        "Was kostet ein Fahrschein nach Hamburg am Wochenende?",
    ];
    for stranger in strangers {
        let hits = index.ask(&analyzer.question(stranger), 1);
        assert!(!hits.first().is_some_and(Hit::is_relevant), "{stranger}: {hits:?}");
    }
}
