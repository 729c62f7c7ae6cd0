//! Interactions and events that go to an address of the application's own, signed.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use guildhall_sandbox::example;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::bot::Bench;
use crate::{Play, command, says};

/// How the address behaves.
struct Manners {
    key: Vec<u8>,
    checks: bool,
    reply: Option<(u16, Value)>,
}

/// An application's own server.
struct Own {
    url: String,
    manners: Arc<Mutex<Manners>>,
    heard: mpsc::UnboundedReceiver<Value>,
    serving: tokio::task::JoinHandle<()>,
}

type Shared = (Arc<Mutex<Manners>>, mpsc::UnboundedSender<Value>);

async fn take(State((manners, told)): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let manners = manners.lock().await;
    let text = |name: &str| headers.get(name).expect("signed").to_str().expect("text").to_owned();
    let signed = [text("x-signature-timestamp").as_bytes(), &body].concat();
    let key = UnparsedPublicKey::new(&ED25519, &manners.key);
    let good = key.verify(&signed, &unhex(&text("x-signature-ed25519"))).is_ok();
    if manners.checks && !good {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    match (body["type"].as_u64(), body.get("event")) {
        (Some(0), _) => return StatusCode::NO_CONTENT.into_response(),
        (Some(1), None) => return axum::Json(json!({ "type": 1 })).into_response(),
        _ => {}
    }
    told.send(body).expect("the test listens");
    let reply = manners.reply.clone();
    drop(manners);
    match reply {
        Some((status, Value::Null)) => StatusCode::from_u16(status).expect("a status").into_response(),
        Some((status, body)) => {
            (StatusCode::from_u16(status).expect("a status"), axum::Json(body)).into_response()
        }
        None => std::future::pending().await,
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

impl Own {
    async fn start(bench: &Bench) -> Self {
        let me = bench.bot("GET", "/applications/@me", Value::Null).await.good(200);
        let key = unhex(me["verify_key"].as_str().expect("a key"));
        let manners = Arc::new(Mutex::new(Manners { key, checks: true, reply: Some((202, Value::Null)) }));
        let (told, heard) = mpsc::unbounded_channel();
        let app = Router::new().route("/own", post(take)).with_state((Arc::clone(&manners), told));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/own", listener.local_addr().expect("bound"));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Self { url, manners, heard, serving }
    }

    async fn replies(&self, status: u16, body: Value) {
        self.manners.lock().await.reply = Some((status, body));
    }

    async fn next(&mut self) -> Value {
        self.heard.recv().await.expect("a request")
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn save(bench: &Bench, key: &str, url: &str) -> crate::bot::Got {
    bench.bot("PATCH", "/applications/@me", json!({ key: url })).await
}

async fn run(play: &mut Play) -> (String, String) {
    let answer = play.act(example::LINUS, command("ping", &json!([]))).await.good(200);
    let id = answer["interaction_id"].as_str().expect("an id").to_owned();
    (format!("/interactions/{id}?wait=30000"), id)
}

#[tokio::test]
async fn an_address_is_saved_only_when_it_checks_signatures() {
    let play = Play::start(Bench::wide()).await;
    let bench = &play.bench;
    let own = Own::start(bench).await;
    own.manners.lock().await.checks = false;
    for key in ["interactions_endpoint_url", "event_webhooks_url"] {
        let got = save(bench, key, &own.url).await;
        assert!(got.text.contains("401") && got.body["errors"][key].is_object(), "{}", got.text);
        // Neither another machine, nor a door that nobody opens, nor another kind of address.
        for url in ["http://192.0.2.1/own", "http://127.0.0.1:1/own", "https://127.0.0.1/own", "ftp://x/"] {
            save(bench, key, url).await.refused(400, 50_035);
        }
        own.manners.lock().await.checks = true;
        assert_eq!(save(bench, key, &own.url).await.good(200)[key], own.url);
        assert_eq!(save(bench, key, "").await.good(200)[key], Value::Null);
        own.manners.lock().await.checks = false;
    }
    play.bench.close().await;
}

#[tokio::test]
async fn interactions_go_by_http_and_are_answered_in_the_answer_or_later() {
    let mut play = Play::start(Bench::wide()).await;
    let mut own = Own::start(&play.bench).await;
    save(&play.bench, "interactions_endpoint_url", &own.url).await.good(200);

    own.replies(200, says("pong")).await;
    let (wait, _) = run(&mut play).await;
    let heard = own.next().await;
    assert_eq!((&heard["type"], &heard["data"]["name"]), (&json!(2), &json!("ping")));
    assert_eq!(play.bench.control("GET", &wait, Value::Null).await.good(200)["state"], "responded");
    assert_eq!(play.seen_by(example::GRACE).await[0]["content"], "pong");

    own.replies(202, Value::Null).await;
    let (wait, id) = run(&mut play).await;
    let token = own.next().await["token"].as_str().expect("a token").to_owned();
    let callback = format!("/interactions/{id}/{token}/callback");
    play.bench.call("POST", &callback, says("later"), None).await.good(204);
    assert_eq!(play.bench.control("GET", &wait, Value::Null).await.good(200)["state"], "responded");

    for (status, body) in [(500, Value::Null), (200, json!({ "type": 99 })), (200, json!({ "type": 4 }))] {
        own.replies(status, body.clone()).await;
        let (wait, _) = run(&mut play).await;
        own.next().await;
        let standing = play.bench.control("GET", &wait, Value::Null).await.good(200);
        assert_eq!(standing["state"], "failed", "{status} {body}: {standing}");
        assert!(standing["error"].is_string());
    }

    own.manners.lock().await.reply = None;
    let (wait, _) = run(&mut play).await;
    own.next().await;
    play.bench.control("POST", "/clock/advance", json!({ "ms": 3_001 })).await.good(200);
    let standing = play.bench.control("GET", &wait, Value::Null).await.good(200);
    assert!(["failed", "expired"].contains(&standing["state"].as_str().expect("a state")), "{standing}");
    play.bench.close().await;
}

#[tokio::test]
async fn who_takes_a_wrong_signature_loses_the_address() {
    let mut play = Play::start(Bench::wide()).await;
    let own = Own::start(&play.bench).await;
    save(&play.bench, "interactions_endpoint_url", &own.url).await.good(200);
    let probe = format!("/applications/{}/probe", example::APPLICATION);
    let told = play.bench.control("POST", &probe, Value::Null).await.good(200);
    assert_eq!((&told["interactions"], &told["events"]), (&json!("kept"), &json!("nothing")));
    own.manners.lock().await.checks = false;
    // Discord probes by itself too, and tells nobody.
    play.bench.control("POST", "/clock/advance", json!({ "ms": 3_600_001 })).await.good(200);
    let path = "/journal/wait?kind=endpoint&contains=address%20removed&timeout_ms=30000";
    play.bench.control("GET", path, Value::Null).await.good(200);
    let me = play.bench.bot("GET", "/applications/@me", Value::Null).await.good(200);
    assert_eq!(me["interactions_endpoint_url"], Value::Null);
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    play.bench.call("POST", &sent.callback(), says("by the gateway again"), None).await.good(204);
    play.bench.close().await;
}

#[tokio::test]
async fn events_are_sent_until_they_are_taken_or_given_up() {
    let play = Play::start(Bench::wide()).await;
    let mut own = Own::start(&play.bench).await;
    let body = json!({ "event_webhooks_url": own.url, "event_webhooks_status": 2,
        "event_webhooks_types": ["APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED"] });
    play.bench.bot("PATCH", "/applications/@me", body).await.good(200);
    own.replies(204, Value::Null).await;
    let ask = json!({ "client_id": example::APPLICATION.to_string(), "scope": "applications.commands",
        "integration_type": "1" });
    let authorize = format!("/as/{}/authorize", example::LINUS);
    play.bench.control("POST", &authorize, ask).await.good(200);
    let heard = own.next().await;
    assert_eq!((&heard["type"], &heard["event"]["type"]), (&json!(1), &json!("APPLICATION_AUTHORIZED")));
    let data = &heard["event"]["data"];
    assert_eq!((&data["integration_type"], &data["user"]["username"]), (&json!(1), &json!("linus")));
    assert_eq!(data["scopes"], json!(["applications.commands"]));

    own.replies(500, Value::Null).await;
    let path = format!("/as/{}/authorizations/{}", example::LINUS, example::APPLICATION);
    play.bench.control("DELETE", &path, Value::Null).await.good(200);
    assert_eq!(own.next().await["event"]["type"], "APPLICATION_DEAUTHORIZED");
    // The same event comes again and again, ever later, for ten minutes.
    let mut times = 1;
    loop {
        play.bench.control("POST", "/clock/advance", json!({ "ms": 300_000 })).await.good(200);
        let me = play.bench.bot("GET", "/applications/@me", Value::Null).await.good(200);
        if me["event_webhooks_status"] == 3 {
            break;
        }
        if own.heard.try_recv().is_ok() {
            times += 1;
        }
        tokio::task::yield_now().await;
    }
    while own.heard.try_recv().is_ok() {
        times += 1;
    }
    assert!(times >= 2, "tried again");
    play.bench.close().await;
}
