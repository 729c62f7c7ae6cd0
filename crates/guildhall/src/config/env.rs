//! The environment variables that are read, each with what it sets.
//!
//! Every setting has one: `GUILDHALL_SECTION__KEY`. Besides, the names that the five guides use are
//! accepted, so that a `.env` written for one of them starts Guildhall; and those that a database goes by
//! where programs are hosted.

use serde_json::{Value, json};

mod postgres;

use super::{
    error::UnknownKey,
    idle::Idle,
    tree::{Given, Kind, Section, Setting, unknown_key},
};

const PREFIX: &str = "GUILDHALL_";

/// Variables with our prefix that are not settings: the file to read, and what the tests are told.
const NOT_SETTINGS: &[&str] = &["GUILDHALL_CONFIG", "GUILDHALL_SHARED_DATA"];
const TEST_PREFIX: &str = "GUILDHALL_TEST_";

/// A name that a guide or usual practice has, and what it does here.
pub(crate) struct Alias {
    /// The variable.
    pub(crate) name: &'static str,
    /// Its effect.
    pub(crate) effect: Effect,
}

/// What a variable does.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    /// It sets this setting.
    Sets(&'static str),
    /// It sets something in its own way, described here.
    Own(&'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

const fn alias(name: &'static str, sets: &'static str) -> Alias {
    Alias { name, effect: Effect::Sets(sets) }
}

const fn later(name: &'static str) -> Alias {
    Alias { name, effect: Effect::Nothing(LATER) }
}

const fn own(name: &'static str, about: &'static str) -> Alias {
    Alias { name, effect: Effect::Own(about) }
}

/// The names of the guides, and those that databases usually go by.
pub(crate) const ALIASES: &[Alias] = &[
    // The plainest name is the weakest: the next ones win.
    alias("TOKEN", "discord.token"),
    alias("DISCORD_TOKEN", "discord.token"),
    alias("DISCORD_TOKEN_FILE", "discord.token_file"),
    alias("DISCORD_BOT_TOKEN", "discord.token"),
    alias("GLOBAL_ADMIN_IDS", "operators.ids"),
    alias("TOTAL_SHARDS", "discord.shard_count"),
    alias("DISCORD_SHARD_COUNT", "discord.shard_count"),
    alias("SHARD_ID", "discord.shard_ids"),
    alias("DISCORD_SHARD_ID", "discord.shard_ids"),
    alias("LOG_LEVEL", "log.level"),
    alias("REGION", "cluster.region"),
    alias("PREFERRED_LATENCY_MS", "cluster.preferred_latency_ms"),
    alias("MAX_SERVERS_PER_INSTANCE", "cluster.max_guilds"),
    alias("REDIS_URL", "cache.redis_url"),
    alias("VALKEY_URL", "cache.redis_url"),
    alias("POSTGRES_URL", "storage.url"),
    alias("DATABASE_URL", "storage.url"),
    alias("NATS_URL", "bus.url"),
    own(postgres::HOST, "the host in `storage.url`, where no whole address is given"),
    own("POSTGRES_PORT", "the port in it; 5432 by default"),
    own("POSTGRES_USER", "the user in it; `postgres` by default"),
    own("POSTGRES_PASSWORD", "the password in it"),
    own("POSTGRES_DB", "the database in it; by default the one named as the user"),
    Alias {
        name: "DB_PATH",
        effect: Effect::Nothing("nothing: another program wrote that file; `guildhall import` reads it"),
    },
    own(AUTO_SHARD, "`discord.shard_count` to 0, when true"),
    alias("OWNER_IDS", "operators.ids"),
    alias("STATE_SIZE", "markov.state_size"),
    alias("MIN_SCORE", "markov.min_score"),
    alias("MAX_TRIES", "markov.max_tries"),
    alias("BATCH_SIZE", "markov.batch_size"),
    alias("CHAIN_CACHE_MEMORY_LIMIT", "markov.cache_megabytes"),
    alias("CHAIN_SAVE_DEBOUNCE_MS", "markov.save_debounce_ms"),
    alias("WORKER_POOL_SIZE", "markov.threads"),
    later("CHROMADB_CONNECTION_POOL_SIZE"),
    later("CONVERSATION_CACHE_MAX_LOCAL"),
    later("CONVERSATION_CACHE_TIMEOUT"),
    Alias { name: "ENABLE_MARKOV_STORE", effect: Effect::Nothing(ALL_FAST) },
    Alias { name: "ENABLE_WORKER_POOL", effect: Effect::Nothing(ALL_FAST) },
    later("IMAGE_THREAD_POOL_SIZE"),
    later("LLM_CHAT_API_URL"),
    later("MEMORY_THREAD_POOL_SIZE"),
    later("NEO4J_CONNECTION_ACQUISITION_TIMEOUT"),
    later("NEO4J_ENABLED"),
    later("NEO4J_MAX_CONNECTION_LIFETIME"),
    later("NEO4J_MAX_CONNECTION_POOL_SIZE"),
    later("NEO4J_PASSWORD"),
    later("NEO4J_URI"),
    later("NEO4J_USER"),
    later("OPENROUTER_API_KEY"),
    Alias { name: "OPTIMIZATION_FORCE_GUILD_IDS", effect: Effect::Nothing(ALWAYS_FAST) },
    Alias { name: "OPTIMIZATION_ROLLOUT_PERCENTAGE", effect: Effect::Nothing(ALWAYS_FAST) },
];

/// A part of an address.
const ALONE: &str = "nothing without `POSTGRES_HOST`";
pub(super) const LATER: &str = "nothing in this version";
pub(super) const ALL_FAST: &str = "nothing: every server has the fast engine for random sentences";
/// A percentage there chose who had the fast engine; here it would take the commands away from everybody else.
pub(super) const ALWAYS_FAST: &str = "nothing: every server has the fast engine for random sentences; `rollout.markov` introduces the feature itself to a part of the servers";
const AUTO_SHARD: &str = "DISCORD_AUTO_SHARD";

/// The variable of a setting: `discord.token_file` is `GUILDHALL_DISCORD__TOKEN_FILE`.
pub(crate) fn variable(path: &str) -> String {
    PREFIX.to_owned() + &path.replace('.', "__").to_uppercase()
}

/// Takes over what the variables say. Returns those with our prefix that set nothing, and the names of the
/// guides that were given and have no effect in this version.
pub(crate) fn apply(
    variables: &[(String, String)],
    shape: &[Section],
    given: &mut Given,
) -> (Vec<UnknownKey>, Vec<Idle>) {
    let settings = || shape.iter().flat_map(|section| &section.settings);
    let mut idle = Vec::new();
    // Before the names of whole addresses, which win.
    if let Some(url) = postgres::url(variables) {
        given.set("storage.url", json!(url), "`POSTGRES_HOST` and its companions");
    }
    for alias in ALIASES {
        let Some((_, text)) = variables.iter().find(|(name, text)| name == alias.name && !text.is_empty())
        else {
            continue;
        };
        match alias.effect {
            Effect::Sets(path) => {
                if let Some(setting) = settings().find(|setting| setting.path == path) {
                    given.set(&setting.path, read(setting, text), &format!("`{}`", alias.name));
                }
            }
            Effect::Own(_) if alias.name == AUTO_SHARD => {
                if matches!(text.as_str(), "true" | "1" | "yes") {
                    given.set("discord.shard_count", json!(0), "`DISCORD_AUTO_SHARD`");
                }
            }
            Effect::Own(_) if postgres::takes_part(variables) => {}
            Effect::Own(_) => idle.push(Idle { name: alias.name, why: ALONE }),
            Effect::Nothing(why) => idle.push(Idle { name: alias.name, why }),
        }
    }
    let mut unknown = Vec::new();
    for (name, text) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        if NOT_SETTINGS.contains(&name.as_str()) || name.starts_with(TEST_PREFIX) {
            continue;
        }
        let open = shape.iter().filter(|section| section.open).find_map(|section| {
            let key = name.strip_prefix(&variable(&format!("{}.", section.name)))?;
            Some(format!("{}.{}", section.name, key.to_lowercase()))
        });
        if let Some(path) = open {
            given.set(&path, part(text), &format!("`{name}`"));
        } else if let Some(setting) = settings().find(|setting| variable(&setting.path) == *name) {
            given.set(&setting.path, read(setting, text), &format!("`{name}`"));
        } else {
            let known: Vec<String> = settings().map(|setting| variable(&setting.path)).collect();
            unknown.push(unknown_key(name, "the environment", known.iter().map(String::as_str)));
        }
    }
    (unknown, idle)
}

/// The value that the text means for this kind of setting. A text that does not fit stays a text, and is
/// refused with the setting's name when the configuration is built.
fn read(setting: &Setting, text: &str) -> Value {
    let text = text.trim();
    match setting.kind {
        Kind::Text => json!(text),
        Kind::Number => number(text),
        Kind::Part => part(text),
        Kind::Switch => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => json!(true),
            "false" | "0" | "no" | "off" => json!(false),
            _ => json!(text),
        },
        Kind::List => {
            let parts =
                text.trim_matches(['[', ']']).split(',').map(str::trim).filter(|part| !part.is_empty());
            let textual = setting.path == "operators.ids";
            parts.map(|part| if textual { json!(part) } else { number(part) }).collect()
        }
    }
}

/// A percentage, and servers after it.
fn part(text: &str) -> Value {
    let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let percent = first.parse::<f64>().map_or_else(|_| json!(first), |percent| json!(percent));
    json!({ "percent": percent, "guilds": parts.collect::<Vec<_>>() })
}

fn number(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number))
}
