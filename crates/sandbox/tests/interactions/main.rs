//! Interactions from the person's hand to the bot's answer, over HTTP.

mod access;
#[path = "../support/bot.rs"]
mod bot;
mod files;
mod http;

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

#[tokio::test]
async fn the_payload_tells_who_where_and_with_what_rights() {
    let mut play = Play::start(Bench::wide()).await;
    let options = json!([
        { "name": "question", "type": 3, "value": "why" },
        { "name": "who", "type": 6, "value": example::GRACE.to_string() },
    ]);
    let sent = play.run(example::LINUS, "ask", options).await;
    let payload = sent.payload;
    assert_eq!(
        (&payload["type"], &payload["version"], &payload["context"]),
        (&json!(2), &json!(1), &json!(0))
    );
    assert_eq!(payload["application_id"], example::APPLICATION.to_string());
    assert_eq!(payload["guild"]["id"], GUILD.to_string());
    assert_eq!(payload["guild_id"], GUILD.to_string());
    assert_eq!(payload["member"]["user"]["username"], "linus");
    assert!(payload["member"]["permissions"].is_string() && payload["app_permissions"].is_string());
    assert!(payload.get("user").is_none());
    assert_eq!((&payload["locale"], &payload["guild_locale"]), (&json!("en-US"), &json!("en-US")));
    assert_eq!(payload["entitlements"], json!([]));
    assert_eq!(payload["authorizing_integration_owners"], json!({ "0": GUILD.to_string() }));
    assert_eq!(payload["attachment_size_limit"], 10 * 1024 * 1024);
    assert_eq!(payload["channel"]["id"], play.channel.to_string());
    let resolved = &payload["data"]["resolved"];
    let grace = example::GRACE.to_string();
    assert_eq!(resolved["users"][&grace]["username"], "grace");
    assert!(resolved["members"][&grace].get("user").is_none());
    assert!(resolved["members"][&grace]["permissions"].is_string());
    assert_eq!(payload["data"]["guild_id"], GUILD.to_string());
    play.bench.close().await;
}

#[tokio::test]
async fn an_answer_in_time_is_shown_and_a_second_is_refused() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    let path = format!("{}?with_response=true", sent.callback());
    let done = play.bench.call("POST", &path, says("pong"), None).await;
    assert!(done.header("x-ratelimit-bucket").is_none());
    let done = done.good(200);
    assert_eq!(done["resource"]["message"]["content"], "pong");
    assert_eq!(done["resource"]["message"]["type"], 20);
    assert_eq!(done["interaction"]["response_message_id"], done["resource"]["message"]["id"]);
    play.bench.call("POST", &sent.callback(), says("again"), None).await.refused(400, 40_060);
    let standing = play.standing(&sent).await;
    assert_eq!((&standing["state"], standing["message_id"].is_string()), (&json!("responded"), true));
    let shown = &play.seen_by(example::GRACE).await[0];
    assert_eq!(shown["content"], "pong");
    assert_eq!(shown["interaction_metadata"]["user"]["username"], "linus");
    let original =
        play.bench.call("GET", &sent.webhook("/messages/@original"), Value::Null, None).await.good(200);
    assert_eq!(original["id"], shown["id"]);
    play.bench.close().await;
}

#[tokio::test]
async fn a_late_answer_is_unknown() {
    let mut play = Play::start(Limits { interaction_deadline: 50, ..Bench::wide() }).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    assert_eq!(play.standing(&sent).await["state"], "expired");
    play.bench.call("POST", &sent.callback(), says("late"), None).await.refused(404, 10_062);
    let follow = play.bench.call("POST", &sent.webhook(""), json!({ "content": "late" }), None).await;
    follow.refused(404, 10_015);
    assert!(play.seen_by(example::LINUS).await.is_empty());
    play.bench.close().await;
}

#[tokio::test]
async fn a_wrong_token_or_id_is_unknown() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    let other = format!("/interactions/{}/{}x/callback", sent.id, sent.token);
    play.bench.call("POST", &other, says("x"), None).await.refused(404, 10_062);
    let hook = format!("/webhooks/{}/nonsense", example::APPLICATION);
    play.bench.call("POST", &hook, json!({ "content": "x" }), None).await.refused(401, 50_027);
    let early = play.bench.call("POST", &sent.webhook(""), json!({ "content": "early" }), None).await;
    early.refused(404, 10_015);
    play.bench.call("POST", &sent.callback(), says("x"), None).await.good(204);
    play.bench.close().await;
}

#[tokio::test]
async fn ephemeral_answers_are_for_one_pair_of_eyes() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    let body = json!({ "type": 4, "data": { "content": "psst", "flags": 64 } });
    play.bench.call("POST", &sent.callback(), body, None).await.good(204);
    let own = play.seen_by(example::LINUS).await;
    assert_eq!((&own[0]["content"], &own[0]["flags"]), (&json!("psst"), &json!(64)));
    assert!(play.seen_by(example::GRACE).await.is_empty());
    let messages = format!("/channels/{}/messages", play.channel);
    assert_eq!(play.bench.bot("GET", &messages, Value::Null).await.good(200), json!([]));
    let one = format!("{messages}/{}", own[0]["id"].as_str().expect("an id"));
    play.bench.bot("GET", &one, Value::Null).await.refused(404, 10_008);
    // Neither an edit nor a follow-up changes who sees it.
    let edit = json!({ "content": "psst, changed" });
    let edited = play.bench.call("PATCH", &sent.webhook("/messages/@original"), edit, None).await.good(200);
    assert_eq!(edited["flags"], 64);
    assert_eq!(
        play.bench.call("DELETE", &sent.webhook("/messages/@original"), Value::Null, None).await.status,
        204
    );
    assert!(play.seen_by(example::LINUS).await.is_empty());
    play.bench.close().await;
}

#[tokio::test]
async fn a_deferred_answer_is_filled_by_the_first_follow_up() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    let defer = json!({ "type": 5, "data": { "flags": 64 } });
    play.bench.call("POST", &sent.callback(), defer, None).await.good(204);
    assert_eq!(play.standing(&sent).await["state"], "deferred");
    assert_eq!(play.seen_by(example::LINUS).await[0]["flags"], 64 | 128);
    let body = json!({ "content": "here it is", "flags": 0 });
    let first = play.bench.call("POST", &sent.webhook(""), body, None).await.good(200);
    assert_eq!((&first["content"], &first["flags"]), (&json!("here it is"), &json!(64)));
    assert_eq!(play.seen_by(example::LINUS).await.len(), 1, "the promised message was filled in");
    let second =
        play.bench.call("POST", &sent.webhook(""), json!({ "content": "and more" }), None).await.good(200);
    assert_eq!(second["message_reference"]["message_id"], first["id"]);
    assert!(play.seen_by(example::GRACE).await.iter().any(|m| m["content"] == "and more"));
    let one = sent.webhook(&format!("/messages/{}", second["id"].as_str().expect("an id")));
    let edited = play.bench.call("PATCH", &one, json!({ "content": "and more." }), None).await.good(200);
    assert_eq!(edited["content"], "and more.");
    assert_eq!(play.bench.call("DELETE", &one, Value::Null, None).await.status, 204);
    play.bench.call("GET", &one, Value::Null, None).await.refused(404, 10_008);
    assert_eq!(play.standing(&sent).await["state"], "responded");
    play.bench.close().await;
}

#[tokio::test]
async fn a_token_lives_for_15_minutes() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    play.bench.call("POST", &sent.callback(), says("pong"), None).await.good(204);
    play.bench.control("POST", "/clock/advance", json!({ "ms": 15 * 60 * 1000 + 1 })).await.good(200);
    let late = json!({ "content": "late" });
    play.bench
        .call("PATCH", &sent.webhook("/messages/@original"), late.clone(), None)
        .await
        .refused(401, 50_027);
    play.bench.call("POST", &sent.webhook(""), late, None).await.refused(401, 50_027);
    play.bench.close().await;
}

#[tokio::test]
async fn callback_types_must_fit_the_interaction() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    for kind in [1, 6, 7, 8, 11, 99] {
        let refused = play.bench.call("POST", &sent.callback(), json!({ "type": kind }), None).await;
        refused.refused(400, 50_035);
        assert!(refused.body["errors"]["type"].is_object(), "{kind}");
    }
    play.bench
        .call("POST", &sent.callback(), json!({ "type": 4, "data": {} }), None)
        .await
        .refused(400, 50_006);
    let modal = json!({ "type": 9, "data": { "custom_id": "m", "title": "", "components": [] } });
    play.bench.call("POST", &sent.callback(), modal, None).await.refused(400, 50_035);
    // Nothing of that was an answer.
    play.bench.call("POST", &sent.callback(), says("pong"), None).await.good(204);
    play.bench.close().await;
}

#[tokio::test]
async fn components_change_their_message_and_open_modals() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    let row = json!({ "type": 1, "components": [
        { "type": 2, "style": 1, "label": "Greet", "custom_id": "greet" },
        { "type": 2, "style": 1, "label": "Never", "custom_id": "never", "disabled": true },
    ] });
    let body = json!({ "type": 4, "data": { "content": "panel", "components": [row] } });
    play.bench.call("POST", &sent.callback(), body, None).await.good(204);
    let message = play.seen_by(example::GRACE).await[0]["id"].clone();
    let press = |id: &str| json!({ "component": { "message_id": message, "custom_id": id } });
    assert_eq!(play.act(example::GRACE, press("never")).await.status, 400);
    assert_eq!(play.act(example::GRACE, press("nothing")).await.status, 404);

    let pressed = play.sent(example::GRACE, press("greet")).await;
    assert_eq!(pressed.payload["data"]["component_type"], 2);
    assert_eq!(pressed.payload["message"]["id"], message);
    let update = json!({ "type": 7, "data": { "content": "greeted" } });
    play.bench.call("POST", &pressed.callback(), update, None).await.good(204);
    assert_eq!(play.seen_by(example::LINUS).await[0]["content"], "greeted");

    let pressed = play.sent(example::GRACE, press("greet")).await;
    let modal = json!({ "type": 9, "data": { "custom_id": "form", "title": "Form", "components": [
        { "type": 18, "label": "Name", "component": { "type": 4, "custom_id": "name", "style": 1, "min_length": 2 } }
    ] } });
    play.bench.call("POST", &pressed.callback(), modal, None).await.good(204);
    let standing = play.standing(&pressed).await;
    assert_eq!((&standing["state"], &standing["modal"]["title"]), (&json!("modal"), &json!("Form")));
    assert_eq!(standing["modal"]["components"][0]["component"]["id"], 2);
    let submit = |value: &str| {
        json!({ "modal": { "interaction_id": pressed.id, "custom_id": "form", "components": [
            { "type": 18, "component": { "type": 4, "custom_id": "name", "value": value } }
        ] } })
    };
    assert_eq!(play.act(example::GRACE, submit("x")).await.status, 400, "too short for a client to send");
    assert_eq!(play.act(example::LINUS, submit("Grace")).await.status, 404, "another person's modal");
    let submitted = play.sent(example::GRACE, submit("Grace")).await;
    assert_eq!(submitted.payload["type"], 5);
    let label = &submitted.payload["data"]["components"][0];
    assert_eq!(label["component"]["value"], "Grace");
    assert_eq!((&label["id"], &label["component"]["id"]), (&json!(1), &json!(2)), "numbered as the modal");
    assert_eq!(submitted.payload["message"]["id"], message);
    let deferred = json!({ "type": 6 });
    play.bench.call("POST", &submitted.callback(), deferred, None).await.good(204);
    assert_eq!(play.standing(&submitted).await["state"], "acknowledged");
    let changed = json!({ "content": "Hello Grace" });
    play.bench.call("PATCH", &submitted.webhook("/messages/@original"), changed, None).await.good(200);
    assert_eq!(play.seen_by(example::LINUS).await[0]["content"], "Hello Grace");
    play.bench.close().await;
}

#[tokio::test]
async fn autocomplete_waits_for_its_choices() {
    let mut play = Play::start(Bench::wide()).await;
    let ask = json!({ "autocomplete": { "application_id": example::APPLICATION, "name": "find",
        "options": [{ "name": "title", "type": 3, "value": "du", "focused": true }] } });
    let path = play.path(example::LINUS);
    let bench = &play.bench;
    let asking = bench.control("POST", &path, ask.clone());
    let events = &mut play.events;
    let answering = async {
        loop {
            let dispatch = events.recv().await.expect("the sandbox runs");
            if dispatch.event != "INTERACTION_CREATE" {
                continue;
            }
            let payload: Value =
                serde_json::from_slice(dispatch.payload.full().expect("plain")).expect("JSON");
            assert_eq!(
                (&payload["type"], &payload["data"]["options"][0]["focused"]),
                (&json!(4), &json!(true))
            );
            let callback = format!(
                "/interactions/{}/{}/callback",
                payload["id"].as_str().expect("id"),
                payload["token"].as_str().expect("token")
            );
            let many: Vec<Value> = (0..26).map(|n| json!({ "name": n.to_string(), "value": "v" })).collect();
            let refused = json!({ "type": 8, "data": { "choices": many } });
            bench.call("POST", &callback, refused, None).await.refused(400, 50_035);
            bench.call("POST", &callback, says("no"), None).await.refused(400, 50_035);
            let choices = json!({ "type": 8, "data": { "choices": [{ "name": "Dune", "value": "dune" }] } });
            return bench.call("POST", &callback, choices, None).await.good(204);
        }
    };
    let (answer, _) = tokio::join!(asking, answering);
    assert_eq!(answer.good(200)["choices"], json!([{ "name": "Dune", "value": "dune" }]));
    play.bench.close().await;
}

#[tokio::test]
async fn clients_refuse_what_they_would_not_send() {
    let mut play = Play::start(Bench::wide()).await;
    for (options, why) in [
        (json!([]), "required"),
        (json!([{ "name": "question", "type": 3, "value": "far too long a question" }]), "bounds"),
        (json!([{ "name": "question", "type": 4, "value": 1 }]), "of type 3"),
        (
            json!([{ "name": "question", "type": 3, "value": "a" }, { "name": "who", "type": 6, "value": "5" }]),
            "not there",
        ),
    ] {
        let refused = play.act(example::LINUS, command("ask", &options)).await;
        assert_eq!(refused.status, 400, "{options}");
        assert!(refused.body["error"].as_str().is_some_and(|text| text.contains(why)), "{}", refused.text);
    }
    assert_eq!(play.act(example::LINUS, command("gone", &json!([]))).await.status, 404);
    assert_eq!(play.act(example::LINUS, command("manage", &json!([]))).await.status, 403);
    play.run(example::GRACE, "manage", json!([])).await;
    let offered = async |user: u64| {
        let path = format!("/as/{user}/channels/{}/commands", play.channel);
        play.bench.control("GET", &path, Value::Null).await.good(200)
    };
    let names = |list: &Value| -> Vec<String> {
        list.as_array()
            .expect("a list")
            .iter()
            .map(|c| c["name"].as_str().expect("text").to_owned())
            .collect()
    };
    assert!(!names(&offered(example::LINUS).await).contains(&"manage".to_owned()));
    assert!(names(&offered(example::GRACE).await).contains(&"manage".to_owned()));
    play.bench.close().await;
}

#[tokio::test]
async fn a_message_command_gets_its_target_resolved() {
    let mut play = Play::start(Bench::wide()).await;
    let path = format!("/as/{}/channels/{}/messages", example::ADA, play.channel);
    let target = play.bench.control("POST", &path, json!({ "content": "quote me" })).await.good(200);
    let body = json!({ "command": { "application_id": example::APPLICATION, "name": "Quote", "type": 3,
        "target_id": target["id"] } });
    let sent = play.sent(example::LINUS, body).await;
    let id = target["id"].as_str().expect("an id");
    assert_eq!(sent.payload["data"]["target_id"], id);
    assert_eq!(sent.payload["data"]["resolved"]["messages"][id]["content"], "quote me");
    play.bench.close().await;
}

#[tokio::test]
async fn answers_say_which_application_and_interaction_they_come_from() {
    let mut play = Play::start(Bench::wide()).await;
    let path = format!("/as/{}/channels/{}/messages", example::ADA, play.channel);
    let target = play.bench.control("POST", &path, json!({ "content": "quote me" })).await.good(200);
    let quote = json!({ "command": { "application_id": example::APPLICATION, "name": "Quote", "type": 3,
        "target_id": target["id"] } });
    for (body, kind) in [(command("ping", &json!([])), 20), (quote, 23)] {
        let sent = play.sent(example::LINUS, body).await;
        play.bench.call("POST", &sent.callback(), says("here"), None).await.good(204);
        let seen = play.bench.call("GET", &sent.webhook("/messages/@original"), Value::Null, None).await;
        let more = play.bench.call("POST", &sent.webhook(""), says("more")["data"].clone(), None).await;
        let (seen, more) = (seen.good(200), more.good(200));
        assert_eq!((&seen["type"], &more["type"]), (&json!(kind), &json!(19)));
        for message in [&seen, &more] {
            assert_eq!(message["application_id"], example::APPLICATION.to_string());
            assert_eq!(message["webhook_id"], example::APPLICATION.to_string());
            let metadata = &message["interaction_metadata"];
            assert_eq!((&metadata["id"], &metadata["type"]), (&json!(sent.id), &json!(2)));
            assert_eq!(metadata["user"]["username"], "linus");
        }
        assert_eq!(more["interaction_metadata"]["original_response_message_id"], seen["id"]);
        let metadata = &seen["interaction_metadata"];
        if kind == 23 {
            assert_eq!(metadata["target_message_id"], target["id"]);
            assert_eq!(seen["referenced_message"]["content"], "quote me");
        }
    }
    let messages = format!("/channels/{}/messages", play.channel);
    let plain = play.bench.bot("POST", &messages, json!({ "content": "plain" })).await.good(200);
    assert!(plain.get("webhook_id").is_none() && plain.get("interaction_metadata").is_none());
    play.bench.close().await;
}

#[tokio::test]
async fn events_reach_the_persons_stream() {
    let mut play = Play::start(Bench::wide()).await;
    let url = format!("http://{}/control/as/{}/events", play.bench.sandbox.addr(), example::LINUS);
    let client = reqwest::Client::builder().build().expect("a client");
    let mut stream = client.get(url).send().await.expect("a stream");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    let body = json!({ "type": 4, "data": { "content": "psst", "flags": 64 } });
    play.bench.call("POST", &sent.callback(), body, None).await.good(204);
    let mut text = String::new();
    while !text.contains("\"interaction_state\"") {
        let chunk = stream.chunk().await.expect("no break").expect("no end");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(text.contains("\"message_create\"") && text.contains("psst"));
    assert!(!text.contains("INTERACTION_CREATE"), "what bots get is not for people");
    play.bench.close().await;
}
