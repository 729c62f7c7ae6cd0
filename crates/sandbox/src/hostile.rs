//! Random input on every route: whatever comes in, nothing panics and nothing is the server's fault.
//! The routers are called in this process, so that a panic fails the test where it happens.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use crate::rest::{self, Face};
use crate::world::interactions::NewInteraction;
use crate::{Engine, Limits, Options, control, example};

const REST_INPUTS: usize = 12_000;
const CONTROL_INPUTS: usize = 4_000;

/// Routes of the control interface that take outside input; those that wait or make benchmarks' loads
/// are given no numbers that would keep the test busy.
const CONTROL: [(&str, &str); 25] = [
    ("POST", "/users"),
    ("POST", "/applications"),
    ("POST", "/guilds"),
    ("POST", "/guilds/{}/outage"),
    ("POST", "/guilds/{}/channels"),
    ("POST", "/guilds/{}/roles"),
    ("PUT", "/guilds/{}/members/{}"),
    ("DELETE", "/guilds/{}/members/{}"),
    ("POST", "/guilds/{}/bots/{}"),
    ("GET", "/as/{}/guilds"),
    ("GET", "/as/{}/guilds/{}"),
    ("GET", "/as/{}/dms"),
    ("POST", "/as/{}/dms"),
    ("GET", "/as/{}/channels/{}/messages"),
    ("POST", "/as/{}/channels/{}/messages"),
    ("PATCH", "/as/{}/channels/{}/messages/{}"),
    ("GET", "/as/{}/channels/{}/commands"),
    ("POST", "/as/{}/channels/{}/interactions"),
    ("GET", "/interactions/{}"),
    ("GET", "/journal"),
    ("POST", "/sessions/{}/close"),
    ("POST", "/faults"),
    ("DELETE", "/faults"),
    ("POST", "/clock/advance"),
    ("POST", "/limits"),
];

/// Keys that mean something somewhere.
const KEYS: &str = "content embeds components type custom_id id name description options value values \
    choices data flags title fields color url timestamp footer author image style label emoji component \
    min_values max_values min_length max_length min_value max_value required placeholder permissions allow \
    deny roles nick channel_id guild_id parent_id position topic message_reference message_id nonce \
    enforce_nonce allowed_mentions parse users replied_user attachments poll tts sticker_ids recipient_id \
    communication_disabled_until delete_message_seconds messages max_age max_uses mentionable hoist mute \
    deaf command modal autocomplete application_id interaction_id username owner_id channels members \
    member_count count for_ms kind code retry_after route ms token global_name permission_overwrites \
    default_member_permissions contexts integration_types name_localizations channel_types focused items \
    media accessory accent_color target_id command_id limit before after around reply_to message";

/// Bodies that are right somewhere; one wrong value in them gets deeper than random ones do.
const SEEDS: &str = r#"[
  {"content": "a", "nonce": "n", "enforce_nonce": true, "tts": false, "flags": 64,
   "allowed_mentions": {"parse": ["users"], "users": ["100000000000002001"], "replied_user": true},
   "message_reference": {"message_id": "1", "channel_id": "1", "type": 0},
   "embeds": [{"title": "t", "color": 5, "timestamp": "2026-11-20T12:00:00Z", "footer": {"text": "f"},
     "author": {"name": "a", "url": "https://example.org"}, "fields": [{"name": "n", "value": "v", "inline": true}]}],
   "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]}]},
  {"flags": 32768, "components": [{"type": 17, "accent_color": 1, "components": [{"type": 10, "content": "x"},
    {"type": 9, "components": [{"type": 10, "content": "y"}], "accessory": {"type": 2, "style": 5, "url": "https://example.org", "label": "l"}},
    {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}]}, {"type": 14, "spacing": 2}]}]},
  {"content": "s", "components": [{"type": 1, "components": [{"type": 3, "custom_id": "s", "min_values": 1, "max_values": 2,
    "options": [{"label": "a", "value": "a", "default": true}, {"label": "b", "value": "b"}]}]}]},
  {"name": "cmd", "description": "d", "type": 1, "default_member_permissions": "8", "contexts": [0, 1],
   "name_localizations": {"de": "x"}, "options": [{"type": 1, "name": "sub", "description": "d", "options": [
     {"type": 4, "name": "n", "description": "d", "min_value": 1, "max_value": 5, "required": true,
      "choices": [{"name": "a", "value": 1}]}]}]},
  [{"name": "one", "description": "d"}, {"name": "Two", "type": 2}],
  {"type": 4, "data": {"content": "c", "flags": 64}},
  {"type": 9, "data": {"custom_id": "m", "title": "t", "components": [{"type": 18, "label": "l",
    "component": {"type": 4, "custom_id": "i", "style": 1, "min_length": 1, "max_length": 9}}]}},
  {"type": 5, "data": {"flags": 64}}, {"type": 6}, {"type": 7, "data": {"content": "u", "components": []}},
  {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}]}},
  {"name": "general", "type": 0, "topic": "t", "position": 1, "parent_id": null, "nsfw": false, "rate_limit_per_user": 1,
   "permission_overwrites": [{"id": "100000000000002001", "type": 1, "allow": "1024", "deny": "0"}]},
  [{"id": "100000000000002001", "position": 3, "parent_id": null}],
  {"name": "r", "permissions": "8", "color": 5, "hoist": true, "mentionable": false, "position": 2},
  {"type": 1, "allow": "1024", "deny": "2048"},
  {"nick": "n", "roles": ["1"], "communication_disabled_until": "2026-11-20T12:00:00Z", "mute": true},
  {"delete_message_seconds": 60}, {"messages": ["1", "2"]}, {"max_age": 60, "max_uses": 1, "unique": true},
  {"recipient_id": "100000000000002002"}, {"username": "someone", "avatar": null},
  {"username": "new", "global_name": "New"}, {"name": "App", "privileged_intents": []},
  {"name": "G", "owner_id": "100000000000002001", "channels": ["a"], "roles": [{"name": "r", "permissions": "0"}],
   "members": ["100000000000002002"], "member_count": 9},
  {"content": "hi", "reply_to": "1"}, {"code": 4000}, {"ms": 1000}, {"ms": 9223372036854775807},
  {"kind": "server_error", "for_ms": 9223372036854775807, "route": "/none"}, {"interaction_deadline": 18446744073709551615},
  {"interaction_deadline": 3000, "messages_per_channel": 5},
  {"kind": "heartbeat_silence", "for_ms": 10}, {"kind": "reconnect_at_hello", "count": 1},
  {"command": {"application_id": "100000000000001001", "name": "cmd", "type": 1, "options": [{"name": "sub", "type": 1,
    "options": [{"name": "n", "type": 4, "value": 1}]}]}},
  {"component": {"message_id": "1", "custom_id": "c", "component_type": 2, "values": ["a"]}},
  {"modal": {"interaction_id": "1", "custom_id": "m", "components": [{"type": 18, "component": {"type": 4, "custom_id": "i", "value": "v"}}]}}
]"#;

/// A small generator (`SplitMix64`) with a fixed start, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("smaller than a usize")
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn id(&mut self, known: &[u64]) -> String {
        match self.below(12) {
            0 => "0".to_owned(),
            1 => u64::MAX.to_string(),
            2 => "99999999999999999999999".to_owned(),
            3 => "@me".to_owned(),
            4 => "%00%ff".to_owned(),
            _ => self.pick(known).to_string(),
        }
    }

    fn text(&mut self) -> String {
        let odd = [
            "",
            "\u{0}",
            "💥\u{202e}",
            "<@&1>",
            "<@!99999999999999999999>",
            "ping",
            "/",
            "2026-13-99T99:99:99Z",
        ];
        match self.below(10) {
            0 => "x".repeat(1 << self.below(14)),
            1 => "é".repeat(self.below(300)),
            2 => self.next().to_string(),
            3 => format!("-{}", self.next()),
            _ => (*self.pick(&odd)).to_owned(),
        }
    }

    fn value(&mut self, depth: usize, known: &[u64]) -> Value {
        match self.below(if depth == 0 { 9 } else { 14 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(30)),
            3 => json!(*self.pick(&[i64::MIN, -1, i64::MAX, 1 << 31, 1 << 53])),
            4 => json!(*self.pick(&[u64::MAX, 1 << 63])),
            5 => json!(*self.pick(&[0.5, -1e300, f64::MAX, 1e-300])),
            6 => json!(self.id(known)),
            7 | 8 => json!(self.text()),
            9 | 10 => (0..self.below(5)).map(|_| self.value(depth - 1, known)).collect(),
            _ => self.object(depth - 1, known),
        }
    }

    fn object(&mut self, depth: usize, known: &[u64]) -> Value {
        let keys: Vec<&str> = KEYS.split_whitespace().collect();
        let entries = (0..self.below(9)).map(|_| ((*self.pick(&keys)).to_owned(), self.value(depth, known)));
        Value::Object(entries.collect::<Map<_, _>>())
    }

    /// A right body with up to two values replaced.
    fn mutant(&mut self, seeds: &[Value], known: &[u64]) -> Value {
        let mut body = self.pick(seeds).clone();
        for _ in 0..self.below(3) {
            self.spoil(&mut body, known);
        }
        body
    }

    /// Replaces something at or below a place.
    fn spoil(&mut self, at: &mut Value, known: &[u64]) {
        let here = self.below(4) == 0;
        let count = match at {
            Value::Object(keys) => keys.len(),
            Value::Array(list) => list.len(),
            _ => 0,
        };
        if here || count == 0 {
            *at = self.value(3, known);
            return;
        }
        let index = self.below(count);
        let below = match at {
            Value::Object(keys) => keys.values_mut().nth(index),
            other => other.get_mut(index),
        };
        self.spoil(below.expect("an index within"), known);
    }

    /// A body: mostly JSON objects, sometimes other JSON, sometimes no JSON at all.
    fn body(&mut self, seeds: &[Value], known: &[u64]) -> Vec<u8> {
        match self.below(30) {
            0 => b"{\"a\":".to_vec(),
            1 => (0..self.below(64)).map(|_| self.next().to_le_bytes()[0]).collect(),
            2 => format!("{}1{}", "[".repeat(5000), "]".repeat(5000)).into_bytes(),
            3 | 4 => self.value(4, known).to_string().into_bytes(),
            5..10 => self.object(5, known).to_string().into_bytes(),
            _ => self.mutant(seeds, known).to_string().into_bytes(),
        }
    }

    fn path(&mut self, template: &str, known: &[u64]) -> String {
        let mut path = String::new();
        for segment in template.trim_start_matches('/').split('/') {
            let segment = if segment.starts_with('{') { self.id(known) } else { segment.to_owned() };
            let _ = write!(path, "/{segment}");
        }
        if self.below(4) == 0 {
            let _ = write!(
                path,
                "?limit={}&before={}&wait=0&with_response=true",
                self.below(300),
                self.id(known)
            );
        }
        path
    }
}

struct Field {
    app: Router,
    engine: Arc<Engine>,
    seeds: Vec<Value>,
    known: Vec<u64>,
    routes: Vec<(Method, &'static str)>,
}

/// An example world with limits that let everything through. A bot has written and asked something.
fn field() -> Field {
    let wide = Limits {
        bucket_requests: u32::MAX,
        global_requests: u32::MAX,
        invalid_requests: u32::MAX,
        ..Limits::default()
    };
    let engine = Engine::new(&Options { limits: wide, ..Options::default() });
    engine.set_gateway_url("ws://127.0.0.1:1".to_owned());
    let face = Face::new(Arc::clone(&engine));
    let routes = face.routes.list().map(|route| (route.method.clone(), route.path)).collect();
    let known = engine.read(|world| {
        let guild = world.guild(example::BOOK_CLUB).expect("an example guild");
        let channels = guild.channels.iter().map(|channel| channel.id);
        let roles = guild.roles.iter().map(|role| role.id);
        let people = [example::ADA, example::LINUS, example::APPLICATION, example::BOOK_CLUB];
        channels.chain(roles).chain(people).collect()
    });
    let app = rest::router(Arc::clone(&face)).nest("/control", control::router(face));
    Field { app, engine, seeds: serde_json::from_str(SEEDS).expect("JSON"), known, routes }
}

impl Field {
    /// A path with an interaction that can be answered, for the routes that do.
    fn answerable(&self, template: &str, kind: u8) -> String {
        let channel_id = self.known[1];
        let new = NewInteraction {
            kind,
            application_id: example::APPLICATION,
            user_id: example::ADA,
            channel_id,
            source_message_id: None,
            opener_id: None,
            data: json!({ "name": "cmd", "type": 1, "custom_id": "c", "component_type": 2 }),
        };
        let id = self.engine.try_apply(|world, now| world.create_interaction(new, now)).expect("sent");
        let token = self.engine.read(|world| world.interactions[&id].token.clone());
        let path = template.replace("{interaction}", &id.to_string()).replace("{token}", &token);
        path.replace("{application}", &example::APPLICATION.to_string())
    }
}

async fn send(app: &Router, method: &Method, uri: &str, body: Vec<u8>) -> StatusCode {
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "127.0.0.1:1")
        .header("authorization", format!("Bot {}", example::BOT_TOKEN))
        .header("content-type", "application/json")
        .body(Body::from(body));
    // What is no address never gets as far as a server.
    let Ok(request) = request else { return StatusCode::BAD_REQUEST };
    app.clone().oneshot(request).await.expect("a router does not fail").status()
}

#[tokio::test]
async fn random_requests_are_answered_and_never_by_the_server_failing() {
    let field = field();
    let Field { app, seeds, known, routes, .. } = &field;
    let mut dice = Dice(20_261_120);
    let mut good = 0;
    for _ in 0..REST_INPUTS {
        let (method, template) = dice.pick(routes).clone();
        // Channels and guilds stay, so that later requests have something to work on.
        if method == Method::DELETE && template.matches('{').count() == 1 {
            continue;
        }
        let mut template = template.to_owned();
        if template.contains("{token}") && dice.below(4) > 0 {
            template = field.answerable(&template, *dice.pick(&[2, 3, 4, 5]));
        }
        let uri = format!("/api/v10{}", dice.path(&template, known));
        let body = dice.body(seeds, known);
        let shown = String::from_utf8_lossy(&body).chars().take(2000).collect::<String>();
        let status = send(app, &method, &uri, body).await;
        assert!(!status.is_server_error(), "{method} {uri} gave {status}: {shown}");
        good += u32::from(status.is_success());
    }
    println!("{good} of {REST_INPUTS} were carried out");
    assert!(good > 500, "only {good} requests got anywhere");
    assert_eq!(send(app, &Method::GET, "/api/v10/users/@me", Vec::new()).await, StatusCode::OK);
}

#[tokio::test]
async fn random_control_requests_are_answered() {
    let Field { app, seeds, known, .. } = field();
    let mut dice = Dice(1_973);
    let mut good = 0;
    for _ in 0..CONTROL_INPUTS {
        let (method, template) = *dice.pick(&CONTROL);
        let uri = format!("/control{}", dice.path(template, &known));
        let body = dice.body(&seeds, &known);
        let shown = String::from_utf8_lossy(&body).chars().take(2000).collect::<String>();
        let method = method.parse().expect("a method");
        let status = send(&app, &method, &uri, body).await;
        assert!(!status.is_server_error(), "{method} {uri} gave {status}: {shown}");
        good += u32::from(status.is_success());
    }
    println!("{good} of {CONTROL_INPUTS} were carried out");
    assert!(good > 200, "only {good} requests got anywhere");
    assert_eq!(send(&app, &Method::GET, "/control/state", Vec::new()).await, StatusCode::OK);
}
