//! The JSON5 file of an older bot for random sentences: its settings stand at the top, without sections.

use serde_json::{Value, json};

use super::tree::Given;

/// Its settings with what they set here; those with nothing have no effect.
const KEYS: &[(&str, Option<&str>)] = &[
    ("token", Some("discord.token")),
    ("ownerIds", Some("operators.ids")),
    ("devGuildId", Some("discord.command_guild")),
    ("stateSize", Some("markov.state_size")),
    ("minScore", Some("markov.min_score")),
    ("maxTries", Some("markov.max_tries")),
    ("batchSize", Some("markov.batch_size")),
    ("chainCacheMemoryLimit", Some("markov.cache_megabytes")),
    ("chainSaveDebounceMs", Some("markov.save_debounce_ms")),
    ("workerPoolSize", Some("markov.threads")),
    ("logLevel", Some("log.level")),
    ("messageCommandPrefix", None),
    ("slashCommandName", None),
    ("activity", None),
    ("userRoleIds", None),
    ("responseChannelIds", None),
    ("timezone", None),
    ("enableMarkovStore", None),
    ("enableWorkerPool", None),
    ("enableBatchOptimization", None),
    ("enablePerformanceMonitoring", None),
    ("optimizationRolloutPercentage", None),
    ("optimizationForceGuildIds", None),
];

/// Takes these settings out of a file; the names of those that have no effect.
pub(super) fn take(file: &mut Value, source: &str, given: &mut Given) -> Vec<&'static str> {
    let mut idle = Vec::new();
    let Value::Object(top) = file else { return idle };
    for (key, sets) in KEYS {
        // A table of this name is a section, and none of theirs.
        let Some(value) = top.get(*key).filter(|value| !value.is_object()).cloned() else { continue };
        top.remove(*key);
        match sets {
            Some("operators.ids") => {
                let ids = value.as_array().into_iter().flatten().map(text);
                given.set("operators.ids", ids.collect(), source);
            }
            Some("discord.command_guild") => given.set("discord.command_guild", text(&value), source),
            Some(path) => given.set(path, value, source),
            None => idle.push(*key),
        }
    }
    idle
}

/// Ids are texts here; that file has them as either.
fn text(value: &Value) -> Value {
    if value.is_number() { json!(value.to_string()) } else { value.clone() }
}
