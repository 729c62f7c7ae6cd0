//! The JSON5 file of an older bot for random sentences: its settings stand at the top, without sections.

use serde_json::{Value, json};

use super::{
    env::{ALL_FAST, ALWAYS_FAST, LATER},
    idle::Idle,
    tree::Given,
};

/// What a setting of that file does here.
#[derive(Clone, Copy)]
enum Does {
    /// It sets this setting.
    Sets(&'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

use Does::{Nothing, Sets};

const KEYS: &[(&str, Does)] = &[
    ("token", Sets("discord.token")),
    ("ownerIds", Sets("operators.ids")),
    ("devGuildId", Sets("discord.command_guild")),
    ("stateSize", Sets("markov.state_size")),
    ("minScore", Sets("markov.min_score")),
    ("maxTries", Sets("markov.max_tries")),
    ("batchSize", Sets("markov.batch_size")),
    ("chainCacheMemoryLimit", Sets("markov.cache_megabytes")),
    ("chainSaveDebounceMs", Sets("markov.save_debounce_ms")),
    ("workerPoolSize", Sets("markov.threads")),
    ("logLevel", Sets("log.level")),
    ("messageCommandPrefix", Nothing(LATER)),
    ("slashCommandName", Nothing(LATER)),
    ("activity", Nothing(LATER)),
    ("userRoleIds", Nothing(LATER)),
    ("responseChannelIds", Nothing(LATER)),
    ("timezone", Nothing(LATER)),
    ("enableMarkovStore", Nothing(ALL_FAST)),
    ("enableWorkerPool", Nothing(ALL_FAST)),
    ("enableBatchOptimization", Nothing(ALL_FAST)),
    ("enablePerformanceMonitoring", Nothing(LATER)),
    ("optimizationRolloutPercentage", Nothing(ALWAYS_FAST)),
    ("optimizationForceGuildIds", Nothing(ALWAYS_FAST)),
];

/// Takes these settings out of a file; those that have no effect.
pub(super) fn take(file: &mut Value, source: &str, given: &mut Given) -> Vec<Idle> {
    let mut idle = Vec::new();
    let Value::Object(top) = file else { return idle };
    for (key, sets) in KEYS {
        // A table of this name is a section, and none of theirs.
        let Some(value) = top.get(*key).filter(|value| !value.is_object()).cloned() else { continue };
        top.remove(*key);
        match sets {
            Sets("operators.ids") => {
                let ids = value.as_array().into_iter().flatten().map(text);
                given.set("operators.ids", ids.collect(), source);
            }
            Sets("discord.command_guild") => given.set("discord.command_guild", text(&value), source),
            Sets(path) => given.set(path, value, source),
            Nothing(why) => idle.push(Idle { name: key, why }),
        }
    }
    idle
}

/// Ids are texts here; that file has them as either.
fn text(value: &Value) -> Value {
    if value.is_number() { json!(value.to_string()) } else { value.clone() }
}
