//! The control interface over HTTP, and the Rust interface on top of it.

#[path = "../support/bot.rs"]
mod bot;
mod crowds;
mod description;
mod greeter;
mod journal;
mod pages;
mod people;
mod recording;
mod story;
mod whole;

use bot::Bench;
use serde_json::Value;

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

impl Bench {
    /// A request of the control interface that must succeed.
    #[track_caller]
    fn moved(&self, method: &str, path: &str, body: Value) -> impl Future<Output = Value> {
        let sent = self.control(method, path, body);
        async move { sent.await.good(200) }
    }
}
