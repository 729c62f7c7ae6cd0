//! The world that random requests are sent to.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{dice::Dice, seeds::SEEDS};
use crate::{
    Engine, Limits, Options, control, example, rest, snowflake, world::interactions::NewInteraction,
};

/// Longer than any request takes that does not hang.
const BOUND: Duration = Duration::from_secs(30);

/// Ids that were made on the way and are used again.
const REMEMBERED: usize = 64;

/// An answer is looked at up to here.
const LOOKED_AT: usize = 4 * 1024 * 1024;

/// An example world and what is known of it.
pub(super) struct Field {
    pub(super) app: Router,
    pub(super) engine: Arc<Engine>,
    pub(super) seeds: Vec<Value>,
    pub(super) known: Vec<u64>,
    pub(super) routes: Vec<(Method, &'static str)>,
    /// How many of the known ids are the example's own.
    own: usize,
    turn: usize,
}

impl Field {
    /// An example world with limits that let everything through.
    pub(super) fn new() -> Self {
        let engine = Engine::new(&Options { limits: Self::wide(), ..Options::default() });
        engine.set_gateway_url("ws://127.0.0.1:1".to_owned());
        let face = rest::face(Arc::clone(&engine));
        let routes = face.routes.list().map(|route| (route.method.clone(), route.path)).collect();
        let known: Vec<u64> = engine.read(|world| {
            let guild = world.guild(example::BOOK_CLUB).expect("an example guild");
            let channels = guild.channels.iter().map(|channel| channel.id);
            let roles = guild.roles.iter().map(|role| role.id);
            let people = [example::ADA, example::LINUS, example::APPLICATION, example::BOOK_CLUB];
            channels.chain(roles).chain(people).collect()
        });
        let app = rest::router(Arc::clone(&face)).nest("/control", control::router(face));
        let seeds = serde_json::from_str(SEEDS).expect("JSON");
        let own = known.len();
        Self { app, engine, seeds, known, routes, own, turn: 0 }
    }

    /// Limits that let everything through.
    pub(super) fn wide() -> Limits {
        Limits {
            bucket_requests: u32::MAX,
            global_requests: u32::MAX,
            invalid_requests: u32::MAX,
            ..Limits::default()
        }
    }

    /// A path with an interaction that can be answered, for the routes that do.
    pub(super) fn answerable(&self, template: &str, dice: &mut Dice) -> String {
        let new = NewInteraction {
            kind: *dice.pick(&[2, 3, 4, 5]),
            application_id: example::APPLICATION,
            user_id: example::ADA,
            channel_id: self.known[1],
            source_message_id: None,
            opener_id: None,
            data: json!({ "name": "cmd", "type": 1, "custom_id": "c", "component_type": 2 }),
        };
        let id = self.engine.try_apply(|world, now| world.create_interaction(new, now)).expect("sent");
        let token = self.engine.read(|world| world.interactions[&id].token.clone());
        let path = template.replace("{interaction}", &id.to_string()).replace("{token}", &token);
        path.replace("{application}", &example::APPLICATION.to_string())
    }

    /// Sends one request; ids of what it made are remembered. It must be answered, and not by a failure.
    pub(super) async fn send(
        &mut self,
        method: &Method,
        uri: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> StatusCode {
        let shown = String::from_utf8_lossy(&body).chars().take(2_000).collect::<String>();
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("host", "127.0.0.1:1")
            .header("authorization", format!("Bot {}", example::BOT_TOKEN))
            .header("content-type", content_type)
            .body(Body::from(body));
        // What is no address never gets as far as a server.
        let Ok(request) = request else { return StatusCode::BAD_REQUEST };
        let answer = tokio::time::timeout(BOUND, self.app.clone().oneshot(request)).await;
        let Ok(answer) = answer else { panic!("{method} {uri} hangs: {shown}") };
        let answer = answer.expect("a router does not fail");
        let status = answer.status();
        assert!(!status.is_server_error(), "{method} {uri} gave {status}: {shown}");
        if status.is_success() && matches!(*method, Method::POST | Method::PUT) {
            let body = to_bytes(answer.into_body(), LOOKED_AT).await.unwrap_or_default();
            self.remember(&body);
        }
        status
    }

    fn remember(&mut self, body: &[u8]) {
        let made = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let Some(id) = made["id"].as_str().and_then(snowflake::parse) else { return };
        if self.known.len() < self.own + REMEMBERED {
            self.known.push(id);
        } else {
            self.known[self.own + self.turn] = id;
            self.turn = (self.turn + 1) % REMEMBERED;
        }
    }
}
