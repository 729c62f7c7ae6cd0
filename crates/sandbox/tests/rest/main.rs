//! The REST face over HTTP: permissions, error bodies, limits, messages, commands, members.

mod applications;
mod audit_log;
mod automod;
#[path = "../support/bot.rs"]
mod bot;
mod community;
mod errors;
mod expressions;
mod files;
mod guilds;
mod invites;
mod limits;
mod messages;
mod monetization;
mod news;
mod oauth2;
mod people;
mod polls;
mod reactions;
mod scheduled_events;
mod search;
mod threads;
mod voice;
mod webhooks;

use std::time::Duration;

use bot::{Bench, Got, read};
use guildhall_sandbox::{Limits, example};
use reqwest::multipart::Form;
use serde_json::Value;

/// Generous; a passing test never waits this long.
const BOUND: Duration = Duration::from_secs(30);

const GUILD: u64 = example::BOOK_CLUB;

impl Bench {
    /// The example world with Discord's limits.
    async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    /// A call whose body is sent as it is.
    async fn raw(&self, path: &str, content_type: &str, body: &str) -> Got {
        let url = format!("{}{path}", self.sandbox.rest_url());
        let request = self.client.post(url).header("authorization", format!("Bot {}", example::BOT_TOKEN));
        read(
            request
                .header("content-type", content_type)
                .body(body.to_owned())
                .send()
                .await
                .expect("an answer"),
        )
        .await
    }

    /// A multipart call.
    async fn upload(&self, path: &str, form: Form) -> Got {
        let url = format!("{}{path}", self.sandbox.rest_url());
        let request = self.client.post(url).header("authorization", format!("Bot {}", example::BOT_TOKEN));
        read(request.multipart(form).send().await.expect("an answer")).await
    }

    /// Any address.
    async fn fetch(&self, url: &str) -> Got {
        read(self.client.get(url).send().await.expect("an answer")).await
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}
