//! A sandbox with a bare HTTP client in place of a library.

use std::sync::Once;

use guildhall_sandbox::journal::{Entry, Filter, Kind};
use guildhall_sandbox::{Limits, Options, Sandbox, example};
use guildhall_testkit::openapi::{Answer, OpenApi};
use guildhall_testkit::tools;
use reqwest::{Client, Method, Response, header::HeaderMap};
use serde_json::{Value, json};

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when it is not JSON.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Got {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Checks status and Discord's code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: u64) {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{}", self.text);
        assert!(self.body["message"].is_string());
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("via"), Some("1.1 sandbox"));
    }

    /// Checks the status and gives the body.
    #[track_caller]
    pub(crate) fn good(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }
}

/// A sandbox and hands to use it with.
pub(crate) struct Bench {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The client behind them.
    pub(crate) client: Client,
}

impl Bench {
    /// The example world with other limits.
    pub(crate) async fn with(limits: Limits) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            rustls::crypto::ring::default_provider()
                .install_default()
                .expect("no other provider is installed");
        });
        let sandbox = Sandbox::start(Options { limits, journal_body: 1 << 22, ..Options::default() })
            .await
            .expect("a free port");
        Self { sandbox, client: Client::builder().build().expect("a client without TLS needs") }
    }

    /// Limits that tests of other things do not meet.
    pub(crate) fn wide() -> Limits {
        Limits {
            bucket_requests: 10_000,
            channel_renames: 10_000,
            emoji_requests: 10_000,
            global_requests: 10_000,
            young_deletes: 10_000,
            ..Limits::default()
        }
    }

    /// A call with the example bot's token.
    pub(crate) async fn bot(&self, method: &str, path: &str, body: Value) -> Got {
        self.call(method, path, body, Some(&format!("Bot {}", example::BOT_TOKEN))).await
    }

    /// A call with any token or none. A null body is no body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value, token: Option<&str>) -> Got {
        let url = format!("{}{path}", self.sandbox.rest_url());
        let mut request = self.client.request(Method::from_bytes(method.as_bytes()).expect("a method"), url);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        read(request.send().await.expect("an answer")).await
    }

    /// A call on the control interface.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Got {
        self.control_from(method, path, body, &[]).await
    }

    /// A call on the control interface with further headers.
    pub(crate) async fn control_from(
        &self,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Got {
        let url = format!("http://{}/control{path}", self.sandbox.addr());
        let mut request = self.client.request(Method::from_bytes(method.as_bytes()).expect("a method"), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        read(request.send().await.expect("an answer")).await
    }

    /// Ends the sandbox and checks every recorded answer against Discord's description.
    pub(crate) async fn close(self) {
        let filter = Filter { kind: Some(Kind::Rest), limit: usize::MAX, ..Filter::default() };
        let entries = self.sandbox.engine().journal().query(&filter);
        let path = tools::shared_data().map(|folder| folder.join("discord-openapi.json"));
        match path.filter(|path| path.is_file()) {
            Some(path) => {
                let mut description = OpenApi::read(&path).expect("a readable description");
                let faults: Vec<String> =
                    entries.iter().flat_map(|entry| faults(&mut description, entry)).collect();
                assert!(faults.is_empty(), "{}", faults.join("\n"));
            }
            None => println!("skipped: no discord-openapi.json, {} answers not checked", entries.len()),
        }
        self.sandbox.shutdown().await;
    }

    /// The `general` channel of the first example server.
    pub(crate) fn general(&self) -> u64 {
        self.channel(example::BOOK_CLUB, "general")
    }

    /// A channel by its name.
    pub(crate) fn channel(&self, guild: u64, name: &str) -> u64 {
        self.sandbox.engine().read(|world| {
            let guild = world.guild(guild).expect("an example guild");
            guild.channels.iter().find(|channel| channel.name == name).expect("a known name").id
        })
    }
}

/// What an answer does wrong.
fn faults(description: &mut OpenApi, entry: &Entry) -> Vec<String> {
    let (method, path) = entry.label.split_once(' ').expect("a method and a path");
    let body: Option<Value> = serde_json::from_slice(&entry.answer).ok();
    let status = entry.status.expect("a status");
    description.faults(&Answer { method, path, status, body: body.as_ref() }).expect("a sound description")
}

/// Reads an answer to its end.
pub(crate) async fn read(response: Response) -> Got {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Got { status, headers, body, text }
}
