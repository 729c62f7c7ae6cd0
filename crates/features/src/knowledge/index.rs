//! The index of words of a guild's entries, and the search in it. Every row is the guild's own: the ranking
//! of one guild cannot be swayed by another, and cannot tell of it.

use guildhall_framework::Failure;
use guildhall_retrieval::{Analyzer, Bm25, Collection, Language, Posting, passage};
use guildhall_store::{GuildStatement, GuildTx, Row, StoreError, guild, params};
use serde::{Deserialize, Serialize};

use super::entry::Entry;

/// Writes a row for each pair of parameters: the term and its frequency. The entry and its length are `$2`
/// and `$3`, the same for all.
macro_rules! add {
    ($name:literal, $first:literal $(, $term:literal $frequency:literal)*) => {
        guild(
            $name,
            concat!(
                "INSERT INTO knowledge_posting (guild_id, term, entry_id, frequency, length) VALUES ",
                $first,
                $(", ($1, $", $term, ", $2, $", $frequency, ", $3)",)*
            ),
        )
    };
}

pub(super) const ADD: GuildStatement = add!("knowledge_posting_add", "($1, $4, $2, $5, $3)");

/// Many rows at once: most of the cost of a row is that of its statement.
pub(super) const ADD_MANY: GuildStatement = add!(
    "knowledge_posting_add_many", "($1, $4, $2, $5, $3)",
    6 7, 8 9, 10 11, 12 13, 14 15, 16 17, 18 19, 20 21, 22 23, 24 25, 26 27, 28 29, 30 31, 32 33, 34 35
);

/// Rows that [`ADD_MANY`] writes.
const MANY: usize = 16;

pub(super) const REMOVE: GuildStatement =
    guild("knowledge_posting_remove", "DELETE FROM knowledge_posting WHERE guild_id = $1 AND entry_id = $2");

pub(super) const LENGTH: GuildStatement = guild(
    "knowledge_posting_length",
    "SELECT length FROM knowledge_posting WHERE guild_id = $1 AND entry_id = $2 LIMIT 1",
);

/// Counts an entry in or out. The language is that of the first entry, for as long as there is one.
pub(super) const ADJUST: GuildStatement = guild(
    "knowledge_corpus_adjust",
    "INSERT INTO knowledge_corpus (guild_id, entries, length, language) VALUES ($1, $2, $3, $4)
     ON CONFLICT (guild_id) DO UPDATE SET entries = knowledge_corpus.entries + excluded.entries,
         length = knowledge_corpus.length + excluded.length,
         language = CASE WHEN knowledge_corpus.entries > 0 THEN knowledge_corpus.language
                    ELSE excluded.language END",
);

pub(super) const CORPUS: GuildStatement = guild(
    "knowledge_corpus_get",
    "SELECT entries, length, language FROM knowledge_corpus WHERE guild_id = $1",
);

/// Counts the guild's entries anew, when some went by other ways than one by one.
pub(super) const RECOUNT: GuildStatement = guild(
    "knowledge_corpus_recount",
    "UPDATE knowledge_corpus SET
         entries = (SELECT COUNT(*) FROM knowledge_entry AS e WHERE e.guild_id = $1),
         length = (SELECT CAST(COALESCE(SUM(d.length), 0) AS BIGINT) FROM
             (SELECT DISTINCT p.entry_id, p.length FROM knowledge_posting AS p WHERE p.guild_id = $1) AS d)
     WHERE guild_id = $1",
);

pub(super) const POSTINGS: GuildStatement = guild(
    "knowledge_posting_of_term",
    "SELECT entry_id, frequency, length FROM knowledge_posting WHERE guild_id = $1 AND term = $2",
);

pub(super) const WITH_PREFIX: GuildStatement = guild(
    "knowledge_posting_with_prefix",
    "SELECT DISTINCT entry_id FROM knowledge_posting
     WHERE guild_id = $1 AND term >= $2 AND term < $3 ORDER BY entry_id DESC LIMIT $4",
);

/// Characters of a word by which entries are suggested while it is typed. Endings are left out, because
/// the index holds words without theirs.
const PREFIX: usize = 5;

/// What a guild's entries are together.
struct Corpus {
    entries: u64,
    length: u64,
    language: String,
}

/// What a search found.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Answer {
    /// How many entries there are to search.
    pub(super) entries: u64,
    /// The entries that answer, best first.
    pub(super) found: Vec<Found>,
}

/// An entry that answers.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Found {
    pub(super) entry: Entry,
    /// The part of its text that fits the question best.
    pub(super) passage: String,
}

/// Makes an entry findable. `language` is a locale; it counts for the guild's first entry.
pub(super) async fn add(tx: &mut GuildTx<'_>, entry: &Entry, language: &str) -> Result<(), StoreError> {
    let known = corpus(tx).await?.filter(|corpus| corpus.entries > 0);
    let language = known.map_or_else(|| language.to_owned(), |corpus| corpus.language);
    let document = analyzer(&language).document(&text(entry));
    let terms: Vec<(String, u32)> = document.terms.into_iter().collect();
    let (many, rest) = terms.as_chunks::<MANY>();
    let groups = many.iter().map(|terms| (&ADD_MANY, terms.as_slice()));
    for (statement, terms) in groups.chain(rest.chunks(1).map(|term| (&ADD, term))) {
        let mut values = params![entry.id, document.length];
        for (term, frequency) in terms {
            values.extend(params![term, *frequency]);
        }
        tx.execute(statement, values).await?;
    }
    tx.execute(&ADJUST, params![1_i64, document.length, language]).await.map(|_| ())
}

/// Takes an entry out of the index.
pub(super) async fn remove(tx: &mut GuildTx<'_>, id: i64) -> Result<(), StoreError> {
    // An entry without a single word has no row.
    let row = tx.fetch_optional(&LENGTH, params![id]).await?;
    let length: i64 = row.map(|row| row.get("length")).transpose()?.unwrap_or(0);
    tx.execute(&REMOVE, params![id]).await?;
    tx.execute(&ADJUST, params![-1_i64, -length, ""]).await.map(|_| ())
}

/// The best `limit` entries that answer a question, each with a passage of at most `longest` characters.
/// Empty where nothing in this guild's knowledge does.
pub(super) async fn search(
    tx: &mut GuildTx<'_>,
    question: &str,
    limit: usize,
    longest: usize,
) -> Result<Answer, Failure> {
    let Some(corpus) = corpus(tx).await?.filter(|corpus| corpus.entries > 0) else {
        return Ok(Answer { entries: 0, found: Vec::new() });
    };
    let analyzer = analyzer(&corpus.language);
    let question = analyzer.question(question);
    let mut postings = Vec::new();
    let mut frequencies = Vec::new();
    for (term, wanted) in question.terms().iter().enumerate() {
        let rows = tx.fetch_all(&POSTINGS, params![&wanted.term]).await?;
        frequencies.push(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        for row in &rows {
            postings.push(posting(term, row)?);
        }
    }
    let collection = Collection {
        documents: corpus.entries,
        average_length: corpus.length as f64 / corpus.entries as f64,
    };
    let hits = Bm25::default().rank(&question, &frequencies, collection, postings, limit);
    let mut found = Vec::new();
    for hit in hits.into_iter().filter(guildhall_retrieval::Hit::is_relevant) {
        if let Some(entry) = Entry::find(tx, hit.document).await? {
            let passage =
                passage(&analyzer, &question, &entry.content, longest).of(&entry.content).to_owned();
            found.push(Found { entry, passage });
        }
    }
    Ok(Answer { entries: corpus.entries, found })
}

/// The newest entries with a word that begins as the last one typed.
pub(super) async fn with_word(tx: &mut GuildTx<'_>, typed: &str, limit: usize) -> Result<Vec<i64>, Failure> {
    let Some(corpus) = corpus(tx).await? else {
        return Ok(Vec::new());
    };
    let term = analyzer(&corpus.language).terms(typed).pop().map(|term| term.term);
    let word = term.unwrap_or_else(|| typed.to_lowercase());
    let first: String = word.chars().take(PREFIX).collect();
    let beyond = format!("{first}{}", char::MAX);
    let rows = tx.fetch_all(&WITH_PREFIX, params![first, beyond, limit]).await?;
    Ok(rows.iter().map(|row| row.get("entry_id")).collect::<Result<Vec<_>, _>>()?)
}

async fn corpus(tx: &mut GuildTx<'_>) -> Result<Option<Corpus>, StoreError> {
    let row = tx.fetch_optional(&CORPUS, params![]).await?;
    let read = |row: Row| {
        Ok(Corpus {
            entries: row.get("entries")?,
            length: row.get("length")?,
            language: row.get("language")?,
        })
    };
    row.map(read).transpose()
}

fn posting(term: usize, row: &Row) -> Result<Posting<i64>, StoreError> {
    Ok(Posting {
        document: row.get("entry_id")?,
        term,
        frequency: row.get("frequency")?,
        length: row.get("length")?,
    })
}

fn analyzer(locale: &str) -> Analyzer {
    Analyzer::new(Language::from_locale(locale))
}

/// What an entry is found by: its text, and the words that its teacher added.
fn text(entry: &Entry) -> String {
    let labels = entry.category.iter().chain(&entry.concepts);
    std::iter::once(&entry.content).chain(labels).map(String::as_str).collect::<Vec<_>>().join("\n")
}
