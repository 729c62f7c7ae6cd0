//! A small stand-in for Discord's REST interface that records, keeps messages apart by their nonce, and
//! misbehaves on request.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Json, Response},
};
use serde_json::{Value, json};

pub(crate) const APPLICATION: u64 = 500;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Value,
}

/// What happens instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The request is lost on its way.
    Lost,
    /// The request is carried out and its answer is lost.
    AnswerLost,
    /// An error.
    Status(u16),
    /// An error with a code of Discord's.
    Code(u16, u64),
}

#[derive(Default)]
struct Inner {
    seen: Vec<Seen>,
    messages: Vec<(String, Value)>,
    acknowledged: Vec<String>,
    faults: Vec<(String, Fault)>,
    /// What there is to be read, by its path.
    there: Vec<(String, Value)>,
}

#[derive(Clone, Default)]
pub(crate) struct Discord(Arc<Mutex<Inner>>);

impl Discord {
    pub(crate) async fn start() -> (Self, SocketAddr) {
        let discord = Self::default();
        let app = Router::new().fallback(handle).with_state(discord.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (discord, address)
    }

    /// Requests whose path contains this misbehave from now on.
    pub(crate) fn fault(&self, path: &str, fault: Fault) {
        self.0.lock().unwrap().faults.push((path.to_owned(), fault));
    }

    /// There is a channel.
    pub(crate) fn channel(&self, channel: Value) {
        self.there(&format!("/channels/{}", channel["id"].as_str().unwrap()), channel);
    }

    /// There is something to be read.
    pub(crate) fn there(&self, path: &str, body: Value) {
        self.0.lock().unwrap().there.push((path.to_owned(), body));
    }

    /// Everything works again.
    pub(crate) fn heal(&self) {
        self.0.lock().unwrap().faults.clear();
    }

    /// The requests whose path contains this, also those that came to nothing.
    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        self.0.lock().unwrap().seen.iter().filter(|seen| seen.path.contains(path)).cloned().collect()
    }

    /// The messages in a channel.
    pub(crate) fn messages(&self, channel: u64) -> Vec<String> {
        let inner = self.0.lock().unwrap();
        let here = inner.messages.iter().filter(|(place, _)| *place == channel.to_string());
        here.map(|(_, message)| message["content"].as_str().unwrap().to_owned()).collect()
    }

    /// The contents of all first answers and edits of them.
    pub(crate) fn answers(&self) -> Vec<Value> {
        let inner = self.0.lock().unwrap();
        let answers = inner.seen.iter().filter_map(|seen| {
            if seen.path.ends_with("/callback") {
                (seen.body["type"] != 5 && seen.body["type"] != 6).then(|| seen.body["data"].clone())
            } else {
                seen.path.ends_with("@original").then(|| seen.body.clone())
            }
        });
        answers.collect()
    }
}

async fn handle(State(discord): State<Discord>, method: Method, uri: Uri, body: Bytes) -> Response {
    let path = uri.path().trim_start_matches("/api/v10").to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let fault = {
        let mut inner = discord.0.lock().unwrap();
        inner.seen.push(Seen { method: method.clone(), path: path.clone(), body: body.clone() });
        inner.faults.iter().find(|(part, _)| path.contains(part)).map(|(_, fault)| *fault)
    };
    match fault {
        Some(Fault::Lost) => forever().await,
        Some(Fault::Status(status)) => refusal(status, 50_013),
        Some(Fault::Code(status, code)) => refusal(status, code),
        Some(Fault::AnswerLost) => {
            drop(discord.carry_out(&method, &path, &body));
            forever().await
        }
        None => discord.carry_out(&method, &path, &body),
    }
}

fn refusal(status: u16, code: u64) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, Json(json!({ "message": "no", "code": code }))).into_response()
}

async fn forever() -> Response {
    tokio::time::sleep(Duration::from_hours(1)).await;
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

impl Discord {
    fn carry_out(&self, method: &Method, path: &str, body: &Value) -> Response {
        let mut inner = self.0.lock().unwrap();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("POST", ["channels", channel, "messages"]) => {
                let known = inner.messages.iter().find(|(place, message)| {
                    place == channel && body["enforce_nonce"] == true && message["nonce"] == body["nonce"]
                });
                if let Some((_, message)) = known {
                    return Json(message.clone()).into_response();
                }
                let id = 10_000 + inner.messages.len();
                let mut message =
                    message(&id.to_string(), channel, body["content"].as_str().unwrap_or_default());
                message["nonce"] = body["nonce"].clone();
                inner.messages.push(((*channel).to_owned(), message.clone()));
                Json(message).into_response()
            }
            ("GET", ["channels", channel, "messages"]) => {
                let here = inner.messages.iter().filter(|(place, _)| place == channel);
                // Discord need not give nonces back.
                let list: Vec<Value> = here
                    .map(|(_, message)| {
                        let mut message = message.clone();
                        message.as_object_mut().unwrap().remove("nonce");
                        message
                    })
                    .collect();
                Json(list).into_response()
            }
            ("POST", ["interactions", id, _, "callback"]) => {
                if inner.acknowledged.iter().any(|known| known == id) {
                    let body =
                        json!({ "message": "Interaction has already been acknowledged.", "code": 40_060 });
                    return (StatusCode::BAD_REQUEST, Json(body)).into_response();
                }
                inner.acknowledged.push((*id).to_owned());
                StatusCode::NO_CONTENT.into_response()
            }
            ("PATCH", ["webhooks", _, _, "messages", "@original"]) => {
                Json(message("20000", "30", body["content"].as_str().unwrap_or_default())).into_response()
            }
            ("GET", ["users", "@me"]) => Json(json!({
                "id": APPLICATION.to_string(), "username": "bot", "discriminator": "0", "avatar": null,
                "bot": true, "mfa_enabled": false, "verified": true,
            }))
            .into_response(),
            ("POST", ["users", "@me", "channels"]) => Json(json!({ "id": "900", "type": 1 })).into_response(),
            ("POST", ["channels", _, "typing"]) => StatusCode::NO_CONTENT.into_response(),
            ("GET", _) if inner.there.iter().any(|(known, _)| known == path) => {
                let (_, body) = inner.there.iter().find(|(known, _)| known == path).unwrap();
                Json(body.clone()).into_response()
            }
            _ => (StatusCode::NOT_FOUND, Json(json!({ "message": "unknown", "code": 0 }))).into_response(),
        }
    }
}

fn message(id: &str, channel: &str, content: &str) -> Value {
    json!({
        "id": id, "channel_id": channel, "content": content, "timestamp": "2026-11-20T00:00:00.000000+00:00",
        "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "pinned": false, "type": 0,
        "author": { "id": APPLICATION.to_string(), "username": "bot", "discriminator": "0", "avatar": null, "bot": true },
    })
}
