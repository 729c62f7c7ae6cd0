//! Files in commands and modals, every kind of component, and activities.

use guildhall_sandbox::example::{APPLICATION, GRACE, LINUS};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::{Bench, Got, read};
use crate::{GUILD, Play, Sent, command, says};

/// Acts with files, as a browser's form sends them.
async fn with_files(play: &Play, user: u64, body: &Value, files: &[(&str, &str)]) -> Got {
    let url = format!("http://{}/control{}", play.bench.sandbox.addr(), play.path(user));
    let form = files.iter().enumerate().fold(Form::new(), |form, (n, (name, text))| {
        form.part(format!("files[{n}]"), Part::text((*text).to_owned()).file_name((*name).to_owned()))
    });
    let form = form.text("payload_json", body.to_string());
    read(play.bench.client.post(url).multipart(form).send().await.expect("an answer")).await
}

async fn fetched(play: &Play, attachment: &Value) -> String {
    let url = attachment["url"].as_str().expect("an address");
    play.bench.client.get(url).send().await.expect("an answer").text().await.expect("a body")
}

#[tokio::test]
async fn a_file_option_is_resolved_and_its_ending_is_checked() {
    let mut play = Play::start(Bench::wide()).await;
    let base = format!("/applications/{APPLICATION}/guilds/{GUILD}/commands");
    let option = |types: Value| {
        json!({ "name": "read", "description": "d", "options": [
        { "type": 11, "name": "book", "description": "d", "required": true, "file_types": types } ] })
    };
    play.bench.bot("POST", &base, option(json!(["books"]))).await.refused(400, 50_035);
    play.bench.bot("POST", &base, option(json!([".txt", "image"]))).await.good(201);
    let value = |n: &str| command("read", &json!([{ "name": "book", "type": 11, "value": n }]));
    for (body, files) in [(value("1"), [("a.txt", "x")]), (value("0"), [("a.exe", "x")])] {
        assert_eq!(with_files(&play, LINUS, &body, &files).await.status, 400);
    }
    with_files(&play, LINUS, &value("0"), &[("dune.txt", "sand")]).await.good(200);
    let sent = play.received().await;
    let id = sent.payload["data"]["options"][0]["value"].as_str().expect("an id").to_owned();
    let attachment = &sent.payload["data"]["resolved"]["attachments"][&id];
    assert_eq!((&attachment["filename"], &attachment["size"]), (&json!("dune.txt"), &json!(4)));
    assert_eq!(fetched(&play, attachment).await, "sand");
    // The same in JSON alone.
    let mut body = value("0");
    body["files"] = json!([{ "filename": "b.txt", "text": "words" }]);
    let sent = play.sent(LINUS, body).await;
    let resolved = &sent.payload["data"]["resolved"]["attachments"];
    assert_eq!(resolved.as_object().map(serde_json::Map::len), Some(1));
    play.bench.call("POST", &sent.callback(), says("read"), None).await.good(204);
    play.bench.close().await;
}

/// Opens a modal with every kind of input.
async fn every_input(play: &mut Play) -> Sent {
    let sent = play.run(LINUS, "ping", json!([])).await;
    let label =
        |component: Value| json!({ "type": 18, "label": "L", "description": "D", "component": component });
    let choices = json!([{ "label": "A", "value": "a" }, { "label": "B", "value": "b" }]);
    let modal = json!({ "type": 9, "data": { "custom_id": "m", "title": "T", "components": [
        { "type": 10, "content": "Tell us" },
        label(json!({ "type": 19, "custom_id": "file", "max_values": 2, "file_types": [".txt"] })),
        label(json!({ "type": 21, "custom_id": "radio", "options": choices })),
        label(json!({ "type": 22, "custom_id": "boxes", "options": choices, "max_values": 1 })),
        label(json!({ "type": 23, "custom_id": "box" })),
    ] } });
    play.bench.call("POST", &sent.callback(), modal, None).await.good(204);
    sent
}

#[tokio::test]
async fn a_modal_takes_files_and_choices_as_a_client_would() {
    let mut play = Play::start(Bench::wide()).await;
    let opened = every_input(&mut play).await;
    let submit = |file: Value, radio: &str, boxes: Value| {
        let wrap = |component: Value| json!({ "type": 18, "component": component });
        json!({ "modal": { "interaction_id": opened.id, "components": [
            wrap(json!({ "type": 19, "custom_id": "file", "values": file })),
            wrap(json!({ "type": 21, "custom_id": "radio", "value": radio })),
            wrap(json!({ "type": 22, "custom_id": "boxes", "values": boxes })),
            wrap(json!({ "type": 23, "custom_id": "box", "value": true })),
        ] } })
    };
    let two = [("a.txt", "one"), ("b.txt", "two")];
    for (body, files) in [
        (submit(json!([]), "a", json!(["a"])), &two[..0]),
        (submit(json!(["0", "1", "0"]), "a", json!(["a"])), &two[..]),
        (submit(json!(["0"]), "c", json!(["a"])), &two[..]),
        (submit(json!(["0"]), "a", json!(["a", "b"])), &two[..]),
        (submit(json!(["0"]), "a", json!(["a"])), &[("a.exe", "x")][..]),
    ] {
        assert_eq!(with_files(&play, LINUS, &body, files).await.status, 400, "{body}");
    }
    with_files(&play, LINUS, &submit(json!(["0", "1"]), "b", json!(["a"])), &two).await.good(200);
    let sent = play.received().await;
    let data = &sent.payload["data"];
    let upload = &data["components"][0]["component"];
    let second = upload["values"][1].as_str().expect("an id");
    assert_eq!(fetched(&play, &data["resolved"]["attachments"][second]).await, "two");
    assert_eq!(data["components"][1]["component"]["value"], "b");
    assert_eq!(data["components"][3]["component"]["value"], true);
    play.bench.call("POST", &sent.callback(), says("thanks"), None).await.good(204);
    play.bench.close().await;
}

#[tokio::test]
async fn modals_are_held_to_their_limits() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(LINUS, "ping", json!([])).await;
    let one = |n: usize| json!({ "label": n.to_string(), "value": n.to_string() });
    let many = |n: usize| (0..n).map(one).collect::<Vec<_>>();
    for component in [
        json!({ "type": 19, "custom_id": "x", "max_values": 11 }),
        json!({ "type": 19, "custom_id": "x", "min_values": 3, "max_values": 2 }),
        json!({ "type": 19, "custom_id": "x", "file_types": ["books"] }),
        json!({ "type": 21, "custom_id": "x", "options": many(1) }),
        json!({ "type": 21, "custom_id": "x", "options": many(11) }),
        json!({ "type": 22, "custom_id": "x", "options": [one(1), one(1)] }),
        json!({ "type": 23, "custom_id": "x", "default": "maybe" }),
        json!({ "type": 3, "custom_id": "x", "options": many(1), "disabled": true }),
        json!({ "type": 4, "custom_id": "x", "style": 1, "min_length": 5, "max_length": 2 }),
        json!({ "type": 2, "custom_id": "x", "style": 1, "label": "no button in a modal" }),
    ] {
        let modal = json!({ "type": 9, "data": { "custom_id": "m", "title": "T", "components": [
            { "type": 18, "label": "L", "component": component } ] } });
        let refused = play.bench.call("POST", &sent.callback(), modal, None).await;
        refused.refused(400, 50_035);
    }
    play.bench.call("POST", &sent.callback(), says("no modal after all"), None).await.good(204);
    play.bench.close().await;
}

#[tokio::test]
async fn every_kind_of_component_is_sent_and_used() {
    let mut play = Play::start(Bench::wide()).await;
    let path = format!("/channels/{}/messages", play.channel);
    let parts = json!([
        { "type": 17, "accent_color": 255, "components": [
            { "type": 9, "components": [{ "type": 10, "content": "text" }],
              "accessory": { "type": 2, "style": 1, "label": "Press", "custom_id": "press" } },
            { "type": 12, "items": [{ "media": { "url": "https://example.org/a.png" } }] },
            { "type": 14, "divider": false, "spacing": 2 },
            { "type": 1, "components": [{ "type": 8, "custom_id": "where", "channel_types": [2] }] },
        ] },
        { "type": 1, "components": [{ "type": 5, "custom_id": "who", "max_values": 2,
            "default_values": [{ "id": GRACE.to_string(), "type": "user" }] }] },
    ]);
    let v2 = |components: &Value| json!({ "flags": 1 << 15, "components": components });
    let message = play.bench.bot("POST", &path, v2(&parts)).await.good(200);
    let mut ids = Vec::new();
    numbers(&message["components"], &mut ids);
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!((ids.len(), unique.len()), (10, 10), "every component has a number of its own");
    for bad in [
        json!([{ "type": 10, "content": "a", "id": 5 }, { "type": 10, "content": "b", "id": 5 }]),
        json!([{ "type": 13, "file": { "url": "https://example.org/a.txt" } }]),
        json!([{ "type": 1, "components": [{ "type": 6, "custom_id": "r",
            "default_values": [{ "id": "5", "type": "user" }] }] }]),
        json!([{ "type": 14, "spacing": 3 }]),
        json!(vec![json!({ "type": 10, "content": "x" }); 41]),
    ] {
        play.bench.bot("POST", &path, v2(&bad)).await.refused(400, 50_035);
    }
    let using = |id: &str, values: Value| json!({ "component": { "message_id": message["id"], "custom_id": id, "values": values } });
    let text = play.channel.to_string();
    assert_eq!(play.act(LINUS, using("where", json!([text]))).await.status, 400, "not a voice channel");
    assert_eq!(play.act(LINUS, using("who", json!(["5"]))).await.status, 400, "nobody");
    let sent = play.sent(LINUS, using("who", json!([GRACE.to_string()]))).await;
    assert_eq!(sent.payload["data"]["resolved"]["users"][GRACE.to_string()]["username"], "grace");
    let sent =
        play.sent(LINUS, json!({ "component": { "message_id": message["id"], "custom_id": "press" } })).await;
    play.bench.call("POST", &sent.callback(), json!({ "type": 6 }), None).await.good(204);

    // A message becomes one of components alone only when it loses what it was.
    let plain = play.bench.bot("POST", &path, json!({ "content": "old" })).await.good(200);
    let one = format!("{path}/{}", plain["id"].as_str().expect("an id"));
    let text = json!([{ "type": 10, "content": "new" }]);
    play.bench.bot("PATCH", &one, v2(&text)).await.refused(400, 50_035);
    let mut edit = v2(&text);
    edit["content"] = Value::Null;
    assert_eq!(play.bench.bot("PATCH", &one, edit).await.good(200)["content"], "");
    play.bench.close().await;
}

fn numbers(value: &Value, found: &mut Vec<u64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| numbers(item, found)),
        Value::Object(keys) => {
            if keys.contains_key("type")
                && let Some(id) = keys.get("id").and_then(Value::as_u64)
            {
                found.push(id);
            }
            keys.values().for_each(|value| numbers(value, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn an_activity_is_launched_by_applications_that_have_one() {
    let mut play = Play::start(Bench::wide()).await;
    let launch = json!({ "type": 12 });
    let sent = play.run(LINUS, "ping", json!([])).await;
    play.bench.call("POST", &sent.callback(), launch.clone(), None).await.refused(400, 50_035);
    let path = format!("/applications/{APPLICATION}");
    play.bench.control("PATCH", &path, json!({ "activity": true })).await.good(200);
    let path = format!("{}?with_response=true", sent.callback());
    let answer = play.bench.call("POST", &path, launch, None).await.good(200);
    let instance = answer["resource"]["activity_instance"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(instance, answer["interaction"]["activity_instance_id"]);
    let one = format!("/applications/{APPLICATION}/activity-instances/{instance}");
    let running = play.bench.bot("GET", &one, Value::Null).await.good(200);
    assert_eq!(running["location"]["channel_id"], play.channel.to_string());
    assert_eq!(
        (&running["location"]["kind"], &running["users"]),
        (&json!("gc"), &json!([LINUS.to_string()]))
    );

    // An entry point opens the same without the application's doing, or asks it, as it says itself.
    let commands = format!("/applications/{APPLICATION}/commands");
    let entry = |handler: u8| json!({ "name": "launch", "type": 4, "handler": handler });
    play.bench.bot("POST", &commands, entry(3)).await.refused(400, 50_035);
    play.bench.bot("POST", &commands, entry(2)).await.good(201);
    let runs =
        json!({ "command": { "application_id": APPLICATION.to_string(), "name": "launch", "type": 4 } });
    let launched = play.act(GRACE, runs.clone()).await.good(200);
    assert_eq!(
        (&launched["state"], &launched["activity_instance_id"]),
        (&json!("launched"), &json!(instance)),
        "it joins the one that runs"
    );
    let running = play.bench.bot("GET", &one, Value::Null).await.good(200);
    assert_eq!(running["users"], json!([LINUS.to_string(), GRACE.to_string()]));
    play.bench.bot("POST", &commands, entry(1)).await.good(200);
    let asked = play.sent(GRACE, runs).await;
    assert_eq!(
        (&asked.payload["data"]["type"], &asked.payload["data"]["name"]),
        (&json!(4), &json!("launch"))
    );
    play.bench.call("POST", &asked.callback(), says("no"), None).await.good(204);

    for user in [LINUS, GRACE] {
        let leave = format!("/as/{user}/channels/{}/activities/{APPLICATION}", play.channel);
        play.bench.control("DELETE", &leave, Value::Null).await.good(200);
    }
    play.bench.bot("GET", &one, Value::Null).await.refused(404, 0);
    play.bench.close().await;
}
