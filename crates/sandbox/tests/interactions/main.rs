//! Interactions from the person's hand to the bot's answer, over HTTP.

mod access;
mod answers;
#[path = "../support/bot.rs"]
mod bot;
mod components;
mod files;
mod http;
mod payloads;

use bot::{Bench, Got};
use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

const GUILD: u64 = example::BOOK_CLUB;
const WAIT: &str = "?wait=30000";

type Events = Receiver<std::sync::Arc<guildhall_sandbox::world::Dispatch>>;

/// An interaction as the bot got it.
struct Sent {
    id: String,
    token: String,
    payload: Value,
}

impl Sent {
    fn callback(&self) -> String {
        format!("/interactions/{}/{}/callback", self.id, self.token)
    }

    fn webhook(&self, rest: &str) -> String {
        format!("/webhooks/{}/{}{rest}", example::APPLICATION, self.token)
    }
}

struct Play {
    bench: Bench,
    events: Events,
    channel: u64,
}

impl Play {
    async fn start(limits: Limits) -> Self {
        let bench = Bench::with(limits).await;
        let commands = json!([
            { "name": "ping", "description": "d" },
            { "name": "ask", "description": "d", "options": [
                { "type": 3, "name": "question", "description": "d", "required": true, "max_length": 10 },
                { "type": 6, "name": "who", "description": "d" },
            ] },
            { "name": "find", "description": "d", "options": [
                { "type": 3, "name": "title", "description": "d", "autocomplete": true, "required": true },
            ] },
            { "name": "Quote", "type": 3 },
            { "name": "manage", "description": "d", "default_member_permissions": "32" },
        ]);
        let path = format!("/applications/{}/guilds/{GUILD}/commands", example::APPLICATION);
        bench.bot("PUT", &path, commands).await.good(200);
        let (events, channel) = (bench.sandbox.engine().observe(), bench.general());
        Self { bench, events, channel }
    }

    fn path(&self, user: u64) -> String {
        format!("/as/{user}/channels/{}/interactions", self.channel)
    }

    async fn act(&mut self, user: u64, body: Value) -> Got {
        self.bench.control("POST", &self.path(user), body).await
    }

    /// Acts and takes the interaction as the gateway would deliver it.
    async fn sent(&mut self, user: u64, body: Value) -> Sent {
        let answer = self.act(user, body).await.good(200);
        assert_eq!(answer["state"], "pending");
        self.received().await
    }

    async fn received(&mut self) -> Sent {
        loop {
            let dispatch = self.events.recv().await.expect("the sandbox runs");
            if dispatch.event == "INTERACTION_CREATE" {
                let bytes = dispatch.payload.full().expect("a plain payload");
                let payload: Value = serde_json::from_slice(bytes).expect("JSON");
                let text = |key: &str| payload[key].as_str().expect("text").to_owned();
                return Sent { id: text("id"), token: text("token"), payload };
            }
        }
    }

    async fn run(&mut self, user: u64, name: &str, options: Value) -> Sent {
        self.sent(user, command(name, &options)).await
    }

    async fn standing(&self, sent: &Sent) -> Value {
        self.bench.control("GET", &format!("/interactions/{}{WAIT}", sent.id), Value::Null).await.good(200)
    }

    /// Answers that came after their deadline.
    async fn late_answers(&self) -> u64 {
        let counters = self.bench.control("GET", "/counters", Value::Null).await.good(200);
        counters["late_answers"].as_u64().expect("a number")
    }

    async fn seen_by(&self, user: u64) -> Vec<Value> {
        let path = format!("/as/{user}/channels/{}/messages", self.channel);
        self.bench.control("GET", &path, Value::Null).await.good(200).as_array().cloned().expect("a list")
    }
}

fn command(name: &str, options: &Value) -> Value {
    json!({ "command": { "application_id": example::APPLICATION.to_string(), "name": name, "options": options } })
}

fn says(content: &str) -> Value {
    json!({ "type": 4, "data": { "content": content } })
}
