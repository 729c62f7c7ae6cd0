//! Components, modals and suggestions.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{Play, says};

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
