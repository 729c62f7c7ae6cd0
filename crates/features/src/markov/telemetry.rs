//! What is counted of random sentences, for the metrics. No label names a guild.

use std::time::Duration;

use guildhall_markov::CacheStats;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const SENTENCES: &str = "guildhall_markov_sentences_total";
const SENTENCE: &str = "guildhall_markov_sentence_seconds";
const LEARNED: &str = "guildhall_markov_learned_messages_total";
const UNLEARNED: &str = "guildhall_markov_unlearned_messages_total";
const TRAININGS: &str = "guildhall_markov_trainings_total";
const READ: &str = "guildhall_markov_training_messages_total";
const BUILDS: &str = "guildhall_markov_builds_total";
const BUILD: &str = "guildhall_markov_build_seconds";
const OPEN: &str = "guildhall_markov_chains_open";
const BYTES: &str = "guildhall_markov_cache_bytes";
const MOST: &str = "guildhall_markov_cache_most_bytes";
const LIMIT: &str = "guildhall_markov_cache_limit_bytes";
const LOOKUPS: &str = "guildhall_markov_cache_lookups_total";
const EVICTED: &str = "guildhall_markov_evictions_total";
const FOLD: &str = "guildhall_markov_fold_seconds";
const LINKS: &str = "guildhall_markov_links_total";

/// Words of a label.
pub(super) trait Words: Copy + 'static {
    const ALL: &'static [Self];
    fn word(self) -> &'static str;
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($value:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(super) enum $name {
            $($value),+
        }

        impl Words for $name {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }
        }
    };
}

words! {
    /// What came of the wish for a sentence. A withheld one is drawn anew.
    Outcome {
        Made => "made",
        Empty => "empty",
        Making => "making",
        UnknownSeed => "unknown_seed",
        Unfit => "unfit",
        Damaged => "damaged",
        Withheld => "withheld",
    }
}

words! {
    /// Where messages come from.
    Source { Heard => "heard", History => "history", Upload => "upload" }
}

words! {
    /// Why messages are unlearned one by one or by the many.
    Reason { Deleted => "deleted", Edited => "edited", Closed => "closed", Cleared => "cleared" }
}

words! {
    /// What became of a training.
    Stage { Begun => "begun", Done => "done", Refused => "refused" }
}

words! {
    /// Why a chain is made from the rows.
    Why { Absent => "absent", Behind => "behind", Renewed => "renewed", Damaged => "damaged" }
}

words! {
    /// How a link to an attachment was found.
    Link { Hit => "hit", Miss => "miss", Failed => "failed" }
}

/// The sources of trainings.
const TRAINED: [Source; 2] = [Source::History, Source::Upload];

/// Describes everything, and shows it from the start.
pub(super) fn describe() {
    describe_counter!(SENTENCES, "Wishes for a sentence by what came of them.");
    describe_histogram!(SENTENCE, "From asking a chain for a sentence to its answer.");
    describe_counter!(LEARNED, "Messages and texts that were learned.");
    describe_counter!(UNLEARNED, "Messages and texts that were unlearned.");
    describe_counter!(TRAININGS, "Trainings by what became of them.");
    describe_counter!(READ, "Messages that trainings have read.");
    describe_counter!(BUILDS, "Chains that were made from the database, by the reason.");
    describe_histogram!(BUILD, "How long it took to make a chain.");
    describe_gauge!(OPEN, "Chains that are open.");
    describe_gauge!(BYTES, "Bytes that open chains take.");
    describe_gauge!(MOST, "The most bytes that open chains took at once.");
    describe_gauge!(LIMIT, "Bytes that open chains may take.");
    describe_counter!(LOOKUPS, "Requests for a chain by whether it was open.");
    describe_counter!(EVICTED, "Chains that were closed for want of room.");
    describe_histogram!(FOLD, "How long it took to write a chain's changes into its file.");
    describe_counter!(LINKS, "Links to attachments by how they were found.");
    shown(SENTENCES, "outcome", Outcome::ALL);
    shown(LEARNED, "source", Source::ALL);
    shown(UNLEARNED, "reason", Reason::ALL);
    shown(READ, "source", &TRAINED);
    shown(BUILDS, "reason", Why::ALL);
    shown(LINKS, "outcome", Link::ALL);
    for source in TRAINED {
        for stage in Stage::ALL {
            counter!(TRAININGS, "source" => source.word(), "stage" => stage.word()).increment(0);
        }
    }
    let _ = (histogram!(SENTENCE), histogram!(BUILD), histogram!(FOLD));
    cache(&CacheStats::default(), 0);
}

fn shown(name: &'static str, label: &'static str, all: &[impl Words]) {
    for one in all {
        counter!(name, label => one.word()).increment(0);
    }
}

pub(super) fn sentence(outcome: Outcome) {
    counter!(SENTENCES, "outcome" => outcome.word()).increment(1);
}

pub(super) fn wrote(time: Duration) {
    histogram!(SENTENCE).record(time.as_secs_f64());
}

pub(super) fn learned(source: Source, messages: u64) {
    counter!(LEARNED, "source" => source.word()).increment(messages);
}

pub(super) fn unlearned(reason: Reason, messages: u64) {
    counter!(UNLEARNED, "reason" => reason.word()).increment(messages);
}

pub(super) fn training(source: Source, stage: Stage) {
    counter!(TRAININGS, "source" => source.word(), "stage" => stage.word()).increment(1);
}

pub(super) fn read(source: Source, messages: u64) {
    counter!(READ, "source" => source.word()).increment(messages);
}

/// A chain was made from the rows, for this reason.
pub(super) fn built(why: Why, time: Duration) {
    counter!(BUILDS, "reason" => why.word()).increment(1);
    histogram!(BUILD).record(time.as_secs_f64());
}

/// What the cache of chains holds and did since the start.
pub(super) fn cache(stats: &CacheStats, limit: u64) {
    gauge!(OPEN).set(stats.open as f64);
    gauge!(BYTES).set(stats.bytes as f64);
    gauge!(MOST).set(stats.most_bytes as f64);
    gauge!(LIMIT).set(limit as f64);
    counter!(LOOKUPS, "outcome" => "hit").absolute(stats.hits);
    counter!(LOOKUPS, "outcome" => "miss").absolute(stats.misses);
    counter!(EVICTED).absolute(stats.evicted);
}

pub(super) fn folded(time: Duration) {
    histogram!(FOLD).record(time.as_secs_f64());
}

pub(super) fn link(outcome: Link) {
    counter!(LINKS, "outcome" => outcome.word()).increment(1);
}
