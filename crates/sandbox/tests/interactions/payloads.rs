//! What bots get of an interaction, and what a client does not send.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, Play, command};

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
