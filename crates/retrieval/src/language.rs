//! Languages: how words are stemmed and which say nothing by themselves.

use rust_stemmers::Algorithm;

/// A language that texts are written in.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum Language {
    /// Words are taken as they are.
    #[default]
    Neutral,
    Danish,
    Dutch,
    English,
    Finnish,
    French,
    German,
    Greek,
    Hungarian,
    Italian,
    Norwegian,
    Portuguese,
    Romanian,
    Russian,
    Spanish,
    Swedish,
    Turkish,
}

impl Language {
    /// The language of a locale code such as `en-GB` or `de`.
    pub fn from_locale(code: &str) -> Self {
        match code.split(['-', '_']).next().unwrap_or_default() {
            "da" => Self::Danish,
            "nl" => Self::Dutch,
            "en" => Self::English,
            "fi" => Self::Finnish,
            "fr" => Self::French,
            "de" => Self::German,
            "el" => Self::Greek,
            "hu" => Self::Hungarian,
            "it" => Self::Italian,
            "no" | "nb" | "nn" => Self::Norwegian,
            "pt" => Self::Portuguese,
            "ro" => Self::Romanian,
            "ru" => Self::Russian,
            "es" => Self::Spanish,
            "sv" => Self::Swedish,
            "tr" => Self::Turkish,
            _ => Self::Neutral,
        }
    }

    pub(crate) const fn algorithm(self) -> Option<Algorithm> {
        Some(match self {
            Self::Neutral => return None,
            Self::Danish => Algorithm::Danish,
            Self::Dutch => Algorithm::Dutch,
            Self::English => Algorithm::English,
            Self::Finnish => Algorithm::Finnish,
            Self::French => Algorithm::French,
            Self::German => Algorithm::German,
            Self::Greek => Algorithm::Greek,
            Self::Hungarian => Algorithm::Hungarian,
            Self::Italian => Algorithm::Italian,
            Self::Norwegian => Algorithm::Norwegian,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Romanian => Algorithm::Romanian,
            Self::Russian => Algorithm::Russian,
            Self::Spanish => Algorithm::Spanish,
            Self::Swedish => Algorithm::Swedish,
            Self::Turkish => Algorithm::Turkish,
        })
    }

    /// Words that are left out everywhere.
    pub(crate) const fn stop_words(self) -> &'static [&'static str] {
        match self {
            Self::English => ENGLISH_STOP,
            Self::German => GERMAN_STOP,
            _ => &[],
        }
    }

    /// Words that are kept but prove little when they are all that matches.
    pub(crate) const fn weak_words(self) -> &'static [&'static str] {
        match self {
            Self::English => ENGLISH_WEAK,
            Self::German => GERMAN_WEAK,
            _ => &[],
        }
    }
}

const ENGLISH_STOP: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "did", "do", "does", "don't", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "i'm",
    "if", "in", "into", "is", "isn't", "it", "it's", "its", "me", "my", "of", "on", "or", "our", "please",
    "she", "should", "so", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "was", "we", "were", "what", "what's", "when", "where", "which", "who", "whom",
    "whose", "why", "will", "with", "would", "you", "your",
];

const ENGLISH_WEAK: &[&str] = &[
    "again",
    "all",
    "also",
    "always",
    "anyone",
    "anything",
    "ask",
    "best",
    "better",
    "come",
    "day",
    "every",
    "everyone",
    "find",
    "first",
    "get",
    "give",
    "go",
    "going",
    "good",
    "got",
    "great",
    "happen",
    "help",
    "here",
    "just",
    "know",
    "last",
    "less",
    "let",
    "like",
    "list",
    "long",
    "look",
    "lot",
    "made",
    "make",
    "many",
    "mean",
    "more",
    "most",
    "much",
    "name",
    "need",
    "never",
    "new",
    "no",
    "not",
    "now",
    "old",
    "one",
    "only",
    "other",
    "out",
    "over",
    "people",
    "put",
    "say",
    "see",
    "show",
    "some",
    "someone",
    "something",
    "still",
    "take",
    "tell",
    "thing",
    "things",
    "think",
    "time",
    "today",
    "too",
    "try",
    "two",
    "up",
    "use",
    "used",
    "using",
    "very",
    "want",
    "way",
    "well",
    "work",
    "yes",
];

const GERMAN_STOP: &[&str] = &[
    "aber", "als", "am", "an", "auch", "auf", "aus", "bei", "beim", "bin", "bis", "bist", "bitte", "da",
    "damit", "das", "dass", "dein", "deine", "dem", "den", "denn", "der", "des", "die", "dies", "diese",
    "diesem", "diesen", "dieser", "dieses", "doch", "du", "durch", "ein", "eine", "einem", "einen", "einer",
    "eines", "er", "es", "euch", "euer", "eure", "für", "gegen", "hab", "habe", "haben", "hast", "hat",
    "hatte", "ich", "ihm", "ihn", "ihnen", "ihr", "ihre", "im", "in", "ins", "ist", "ja", "kann", "kannst",
    "man", "mein", "meine", "mich", "mir", "mit", "nach", "nun", "ob", "oder", "ohne", "sein", "seine",
    "seit", "sich", "sie", "sind", "so", "über", "um", "und", "uns", "unser", "unsere", "unter", "vom",
    "von", "vor", "wann", "war", "waren", "warum", "was", "welche", "welchem", "welchen", "welcher",
    "welches", "wem", "wen", "wenn", "wer", "werden", "wessen", "wie", "wieso", "wir", "wird", "wo", "woher",
    "wohin", "wurde", "zu", "zum", "zur", "zwischen",
];

const GERMAN_WEAK: &[&str] = &[
    "alle", "alles", "beste", "besten", "besser", "brauchen", "dann", "dort", "eins", "einfach", "erste",
    "etwas", "finden", "ganz", "geben", "gehen", "geht", "gerade", "gibt", "groß", "gut", "gute", "guten",
    "heißt", "heute", "hier", "immer", "jede", "jeder", "jemand", "jetzt", "kein", "keine", "kommen",
    "kommt", "können", "lange", "leute", "machen", "macht", "mal", "mehr", "meisten", "muss", "müssen",
    "name", "neu", "neue", "neuen", "nicht", "nichts", "nie", "noch", "nur", "oft", "sagen", "schon",
    "sehen", "sehr", "soll", "sollen", "tag", "tun", "viel", "viele", "wieder", "wissen", "wollen", "zeit",
    "zwei",
];
