//! What both bots share: JSON lines on standard input and output, and a message's parts.

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

/// What the bot is told of its surroundings.
#[derive(Clone, Debug)]
pub struct Place {
    /// `host:port` of the sandbox.
    pub address: String,
    /// The bot's token.
    pub token: String,
    /// The intents to identify with.
    pub intents: u64,
}

impl Place {
    /// Reads it from the environment.
    pub fn read() -> Result<Self> {
        let rest = variable("SANDBOX_REST")?;
        let address = rest.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
        Ok(Self {
            address,
            token: variable("SANDBOX_TOKEN")?,
            intents: variable("SANDBOX_INTENTS")?.parse()?,
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a bot of the tests is told of the sandbox by its environment")]
fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

/// Tells the test of something.
pub fn say(event: &str, mut values: Value) {
    values["event"] = json!(event);
    println!("{values}");
}

/// Tells the test of an event of the gateway.
pub fn hear(name: &str, mut values: Value) {
    values["t"] = json!(name);
    say("heard", values);
}

/// One order of the test.
#[derive(Clone, Debug)]
pub struct Order(pub Value);

impl Order {
    /// What shall be done.
    pub fn what(&self) -> &str {
        self.text("do")
    }

    /// A text; empty when it is not given.
    pub fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    /// An id.
    pub fn id(&self, key: &str) -> Result<u64> {
        self.text(key).parse().with_context(|| format!("no id {key:?} in {}", self.0))
    }

    /// A number.
    pub fn number(&self, key: &str) -> u64 {
        self.0[key].as_u64().unwrap_or_default()
    }

    /// Whether something is given.
    pub fn has(&self, key: &str) -> bool {
        !self.0[key].is_null()
    }

    /// A list of texts.
    pub fn texts(&self, key: &str) -> Vec<String> {
        texts(&self.0[key])
    }

    /// The given ones of these keys, as a body.
    pub fn only(&self, keys: &[&str]) -> Value {
        only(&self.0, keys)
    }
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The given ones of these keys.
pub fn only(from: &Value, keys: &[&str]) -> Value {
    let found: Map<String, Value> = keys
        .iter()
        .filter(|key| !from[**key].is_null())
        .map(|key| ((*key).to_owned(), from[*key].clone()))
        .collect();
    Value::Object(found)
}

/// The documented JSON of a message, without the test's own words.
pub fn body(data: &Value) -> Value {
    let mut body = only(
        data,
        &["choices", "components", "content", "custom_id", "embeds", "flags", "nonce", "poll", "title"],
    );
    if let Some(reply) = data["reply_to"].as_str() {
        body["message_reference"] = json!({ "message_id": reply });
    }
    let kept = texts(&data["keep"]).into_iter().map(|id| json!({ "id": id }));
    let new = files(data).into_iter().enumerate().map(|(n, (name, _))| json!({ "id": n, "filename": name }));
    if !data["keep"].is_null() || !data["files"].is_null() {
        body["attachments"] = kept.chain(new).collect();
    }
    body
}

/// The names and bytes of the files to send.
pub fn files(data: &Value) -> Vec<(String, Vec<u8>)> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let list = data["files"].as_array().into_iter().flatten();
    list.map(|one| (text(one, "name"), text(one, "text").into_bytes())).collect()
}

/// A modal's answers by custom id, whatever they are wrapped in.
pub fn fields(components: &Value) -> Value {
    let mut found = Map::new();
    for outer in components.as_array().into_iter().flatten() {
        let inner = if outer["component"].is_null() {
            outer["components"].as_array().cloned().unwrap_or_default()
        } else {
            vec![outer["component"].clone()]
        };
        for field in inner {
            let value = if field["values"].is_null() { &field["value"] } else { &field["values"] };
            found.insert(field["custom_id"].as_str().unwrap_or_default().to_owned(), value.clone());
        }
    }
    Value::Object(found)
}

/// The guilds of a set of shards, until all have come.
#[derive(Debug, Default)]
pub struct Arrival {
    state: Mutex<Arriving>,
}

#[derive(Debug, Default)]
struct Arriving {
    shards: HashSet<u64>,
    user: String,
    awaited: HashSet<u64>,
    come: HashSet<u64>,
    names: BTreeSet<String>,
    told: bool,
}

impl Arrival {
    /// A shard has become ready and waits for these guilds.
    pub fn ready(&self, set: &str, shards: u64, shard: u64, user: u64, guilds: impl Iterator<Item = u64>) {
        if let Ok(mut state) = self.state.lock() {
            state.shards.insert(shard);
            state.user = user.to_string();
            // A library may hand over a guild before it tells of being ready.
            let missing: Vec<u64> = guilds.filter(|guild| !state.come.contains(guild)).collect();
            state.awaited.extend(missing);
            state.tell(set, shards);
        }
    }

    /// A guild has come. Says whether it was one that was waited for.
    pub fn guild(&self, set: &str, shards: u64, id: u64, name: &str) -> bool {
        let Ok(mut state) = self.state.lock() else { return false };
        let awaited = state.awaited.remove(&id);
        state.come.insert(id);
        state.names.insert(name.to_owned());
        state.tell(set, shards);
        awaited
    }
}

impl Arriving {
    fn tell(&mut self, set: &str, shards: u64) {
        if !self.told && self.awaited.is_empty() && self.shards.len() as u64 == shards {
            self.told = true;
            say("ready", json!({ "set": set, "user": self.user, "guilds": self.names }));
        }
    }
}

/// The orders on standard input.
#[derive(Debug)]
pub struct Orders(Lines<BufReader<Stdin>>);

impl Default for Orders {
    fn default() -> Self {
        Self(BufReader::new(tokio::io::stdin()).lines())
    }
}

impl Orders {
    /// The next one; none at the end of the test.
    pub async fn next(&mut self) -> Option<Order> {
        let line = self.0.next_line().await.ok()??;
        serde_json::from_str(&line).ok().map(Order)
    }
}
