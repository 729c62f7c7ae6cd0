//! How an interaction is answered, in time and for whom.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{Play, command, says};

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
    assert_eq!(play.late_answers().await, 1);
    play.bench.close().await;
}

#[tokio::test]
async fn a_series_goes_to_its_channels_in_turns() {
    let mut play = Play::start(Limits { interaction_deadline: 50, ..Bench::wide() }).await;
    let place = json!({ "name": "second", "type": 0 });
    let second = play.bench.bot("POST", &format!("/guilds/{}/channels", crate::GUILD), place).await.good(201);
    let places = [play.channel.to_string(), second["id"].as_str().expect("an id").to_owned()];
    let mut series = json!({
        "user_id": example::LINUS.to_string(), "application_id": example::APPLICATION.to_string(),
        "channel_ids": places, "command": "ping", "count": 4, "rate": 1000,
    });
    let done = play.bench.control("POST", "/series", series.clone()).await.good(200);
    assert_eq!((&done["unanswered"], &done["missed"]), (&json!(4), &json!(0)));
    for place in places.iter().cycle().take(4) {
        assert_eq!(play.received().await.payload["channel_id"], json!(place));
    }
    assert_eq!(play.late_answers().await, 0);
    series["channel_ids"] = json!([]);
    assert_eq!(play.bench.control("POST", "/series", series).await.status, 400);
    play.bench.close().await;
}

#[tokio::test]
async fn a_wrong_token_or_id_is_unknown() {
    let mut play = Play::start(Bench::wide()).await;
    let sent = play.run(example::LINUS, "ping", json!([])).await;
    let other = format!("/interactions/{}/{}x/callback", sent.id, sent.token);
    play.bench.call("POST", &other, says("x"), None).await.refused(404, 10_062);
    assert_eq!(play.late_answers().await, 0, "nobody's interaction is no late one");
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
