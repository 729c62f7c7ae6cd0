//! Interactions: answers, checks, failures, deferral.

use std::time::Duration;

use guildhall_core::{clock::Clock as _, event::EventKind};
use guildhall_framework::operating::Maintenance;
use guildhall_runtime::RuntimeOptions;
use serde_json::{Value, json};

use crate::{
    log,
    stage::{OPERATOR, Stage, guild, options, until},
};

fn words(words: &str) -> Value {
    json!([{ "name": "words", "type": 3, "value": words }])
}

fn how(how: &str) -> Value {
    json!([{ "name": "how", "type": 3, "value": how }])
}

async fn one(stage: &Stage, command: &str, options: Value) -> Value {
    let before = stage.discord.answers().len();
    stage.command(command, options).await;
    stage.answers(before + 1).await[before].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_answered_and_pings_nobody() {
    let stage = Stage::start().await;
    let answer = one(&stage, "ping", json!([])).await;
    assert_eq!(answer["content"], "pong");
    assert_eq!(answer["allowed_mentions"], json!({ "parse": [] }));
    assert_eq!(stage.discord.seen("/callback")[0].body["type"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_writes_sends_and_answers_happens_once_also_when_replayed() {
    let stage = Stage::start().await;
    let data = json!({ "id": "1", "name": "write", "type": 1, "options": words("hello") });
    let payload = stage.payload(&json!({ "type": 2, "data": data }));
    for _ in 0..3 {
        stage.event(EventKind::InteractionCreate, guild(1), 5, &payload).await;
    }
    let answers = stage.answers(1).await;
    assert_eq!((&answers[0]["content"], &answers[0]["flags"]), (&json!("wrote hello"), &json!(64)));
    until("the message", async || stage.discord.messages(30) == ["noted hello"]).await;
    stage.command("ping", json!([])).await;
    assert_eq!(stage.answers(2).await.len(), 2);
    assert_eq!(stage.notes(1).await, ["hello"]);
    until("an empty outbox", async || stage.runtime.snapshot().outbox_waiting == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panics_errors_and_endless_work_give_a_reference_and_change_nothing() {
    let limits = RuntimeOptions { command_limit: Duration::from_millis(300), ..options() };
    let stage = Stage::with(limits).await;
    for (kind, cause) in
        [("panic", "panics on purpose"), ("error", "the disk is on fire"), ("forever", "was stopped after")]
    {
        let answer = one(&stage, "broken", how(kind)).await;
        assert_eq!(answer["flags"], 64, "{kind}");
        let text = answer["content"].as_str().unwrap();
        let reference = text.rsplit(' ').next().unwrap();
        assert_eq!(reference.len(), 8, "{text}");
        let lines = log::with("ref", reference);
        assert_eq!(lines.len(), 1, "one line for {reference}");
        assert!(lines[0]["cause"].as_str().unwrap().contains(cause), "{:?}", lines[0]);
        assert!(!text.contains(cause));
    }
    assert_eq!(stage.notes(1).await, Vec::<String>::new());
    assert_eq!(one(&stage, "ping", json!([])).await["content"], "pong", "and the rest goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_in_the_callers_language() {
    let stage = Stage::start().await;
    let before = one(&stage, "broken", how("refuse")).await;
    assert!(before["content"].as_str().unwrap().starts_with("This server has too many"));
    let data = json!({ "id": "1", "name": "broken", "type": 1, "options": how("refuse") });
    stage.interaction(&json!({ "type": 2, "data": data, "locale": "de" })).await;
    let german = stage.answers(2).await[1]["content"].as_str().unwrap().to_owned();
    assert!(german.starts_with("Auf diesem Server"), "{german}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_operators_is_for_nobody_else() {
    let stage = Stage::start().await;
    let member = |id: u64, permissions: &str| {
        json!({
            "user": { "id": id.to_string(), "username": "ada", "discriminator": "0", "avatar": null },
            "roles": [], "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false,
            "flags": 0, "permissions": permissions,
        })
    };
    let command = json!({ "id": "1", "name": "operate", "type": 1 });
    // An administrator of the guild, and an operator without any say in it.
    for (id, permissions) in [(9, "8"), (OPERATOR, "3072")] {
        let member = member(id, permissions);
        stage.interaction(&json!({ "type": 2, "data": command, "member": member })).await;
    }
    let answers = stage.answers(2).await;
    let mut said: Vec<_> = answers.iter().map(|answer| answer["content"].as_str().unwrap()).collect();
    said.sort_unstable();
    assert!(said[0].starts_with("Only those who run this bot"), "{said:?}");
    assert_eq!(said[1], "operate");
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_checked_before_anything_runs() {
    let stage = Stage::start().await;
    let manage = one(&stage, "manage", json!([])).await;
    assert!(manage["content"].as_str().unwrap().contains("Manage Server"), "{manage}");
    let embed = one(&stage, "embed", json!([])).await;
    assert!(embed["content"].as_str().unwrap().contains("Embed Links"), "{embed}");
    let command = |name: &str| json!({ "id": "1", "name": name, "type": 1 });
    stage.interaction(&json!({ "type": 2, "data": command("embed"), "app_permissions": "8" })).await;
    assert_eq!(stage.answers(3).await[2]["content"], "embed", "an administrator lacks nothing");
    stage.interaction(&json!({ "type": 2, "data": command("unknown") })).await;
    let unknown = stage.answers(4).await[3]["content"].as_str().unwrap().to_owned();
    assert!(unknown.starts_with("I do not know this command"), "{unknown}");
    let direct = json!({
        "type": 2, "data": command("ping"), "guild_id": null, "member": null, "context": 1,
        "user": { "id": "9", "username": "ada", "discriminator": "0", "avatar": null },
    });
    stage.interaction(&direct).await;
    let direct = stage.answers(5).await[4]["content"].as_str().unwrap().to_owned();
    assert!(direct.contains("in servers only"), "{direct}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_that_is_off_stays_off_after_a_restart() {
    let stage = Stage::start().await;
    assert_eq!(one(&stage, "off", json!([])).await["content"], "off");
    let off = one(&stage, "ping", json!([])).await["content"].as_str().unwrap().to_owned();
    assert!(off.contains("turned off"), "{off}");
    stage.message(guild(1), 70, "unheard").await;
    stage.message(guild(2), 71, "heard").await;
    until("the other guild's message", async || stage.notes(2).await == ["heard"]).await;
    assert_eq!(stage.notes(1).await, Vec::<String>::new());
    let stage = stage.crash().await;
    stage.command("ping", json!([])).await;
    // The answers from before the crash may be written once more over themselves.
    until("the second refusal", async || {
        let off = |answer: &Value| answer["content"].as_str().unwrap().contains("turned off");
        stage.discord.answers().iter().filter(|answer| off(answer)).count() == 2
    })
    .await;
    assert!(stage.discord.answers().iter().all(|answer| answer["content"] != "pong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_is_deferred_and_then_edited_in() {
    let early = RuntimeOptions { defer_after: Duration::from_millis(50), ..options() };
    let stage = Stage::with(early).await;
    for writes in [false, true] {
        let options = json!([
            { "name": "millis", "type": 4, "value": 400 }, { "name": "writes", "type": 5, "value": writes },
        ]);
        let id = stage.command("slow", options).await;
        until("the answer", async || stage.discord.seen(&format!("token{id}/messages/@original")).len() == 1)
            .await;
        let callbacks = stage.discord.seen(&format!("/interactions/{id}/"));
        assert_eq!(callbacks.len(), 1);
        assert_eq!(
            (&callbacks[0].body["type"], &callbacks[0].body["data"]["flags"]),
            (&json!(5), &json!(64))
        );
        let edit = &stage.discord.seen("@original").pop().unwrap().body;
        assert_eq!(edit["content"], "at last");
    }
    assert_eq!(stage.notes(1).await, ["slow"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_updates_its_message() {
    let stage = Stage::start().await;
    let message = json!({
        "id": "8", "channel_id": "30", "content": "", "timestamp": "2026-11-20T00:00:00.000000+00:00",
        "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "pinned": false, "type": 0,
        "author": { "id": "500", "username": "bot", "discriminator": "0", "avatar": null, "bot": true },
    });
    let data = json!({ "custom_id": "test:press:a:b", "component_type": 2 });
    stage.interaction(&json!({ "type": 3, "data": data, "message": message })).await;
    let answers = stage.answers(1).await;
    assert_eq!(answers[0]["content"], "pressed");
    assert_eq!(stage.discord.seen("/callback")[0].body["type"], 7);
    assert_eq!(stage.notes(1).await, ["a+b"]);
    let data = json!({ "custom_id": "gone:press", "component_type": 2 });
    stage.interaction(&json!({ "type": 3, "data": data, "message": message })).await;
    let old = stage.answers(2).await[1]["content"].as_str().unwrap().to_owned();
    assert!(old.contains("older version"), "{old}");
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_are_cut_to_25_and_never_fail() {
    let stage = Stage::start().await;
    for (typed, count) in [("he", 25), ("panic", 0)] {
        let option = json!([{ "name": "words", "type": 3, "value": typed, "focused": true }]);
        let data = json!({ "id": "1", "name": "write", "type": 1, "options": option });
        let before = stage.discord.answers().len();
        stage.interaction(&json!({ "type": 4, "data": data })).await;
        let answer = stage.answers(before + 1).await[before].clone();
        assert_eq!(answer["choices"].as_array().unwrap().len(), count, "{typed}");
    }
    assert_eq!(stage.discord.seen("/callback")[0].body["type"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_interaction_is_dropped_unrun() {
    let stage = Stage::start().await;
    let data = json!({ "id": "1", "name": "write", "type": 1, "options": words("late") });
    let payload = stage.payload(&json!({ "type": 2, "data": data }));
    stage.clock.by(Duration::from_secs(4));
    stage.event(EventKind::InteractionCreate, guild(1), 5, &payload).await;
    assert_eq!(one(&stage, "ping", json!([])).await["content"], "pong");
    assert_eq!(stage.notes(1).await, Vec::<String>::new());
    assert_eq!(stage.discord.answers().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_payloads_stop_nothing() {
    let stage = Stage::start().await;
    for payload in [json!({ "id": "7" }), json!({ "id": "8", "type": 2 }), json!({ "id": "9", "type": "x" })]
    {
        stage.event(EventKind::InteractionCreate, guild(1), 1, &payload).await;
    }
    stage.event(EventKind::MessageCreate, guild(1), 2, &json!({ "content": 7 })).await;
    assert_eq!(one(&stage, "ping", json!([])).await["content"], "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_in_a_direct_message_is_kept_and_happens_once() {
    let stage = Stage::start().await;
    let data = json!({ "id": "1", "name": "own", "type": 1, "options": [] });
    let mut payload = stage.payload(&json!({ "type": 2, "data": data }));
    let fields = payload.as_object_mut().unwrap();
    fields.remove("guild_id");
    let member = fields.remove("member").unwrap();
    payload["user"] = member["user"].clone();
    stage.direct(&payload).await;
    assert_eq!(stage.answers(1).await[0]["content"], "chosen");
    let ada = guildhall_core::id::UserId::new(9).unwrap();
    let strict = guildhall_store::platform::privacy::Choice::STRICT;
    assert_eq!(stage.runtime.services().consents.of(ada), strict);
    // Told again after a crash, it says that it is done and does nothing.
    let stage = stage.crash().await;
    assert_eq!(stage.runtime.services().consents.of(ada), strict, "loaded again");
    stage.direct(&payload).await;
    until("the second answer", async || stage.discord.answers().len() >= 2).await;
    let second = stage.discord.answers()[1].clone();
    assert!(second["content"].as_str().unwrap().starts_with("That was done already"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_lets_operators_in_and_nobody_else_also_after_a_restart() {
    let stage = Stage::start().await;
    let now = stage.clock.now();
    let maintenance = Maintenance { words: "Back soon, @everyone".to_owned(), since: now };
    let services = stage.runtime.services();
    services.operating.set_maintenance(&stage.store, Some(maintenance), now).await.unwrap();
    let told = one(&stage, "ping", json!([])).await;
    let text = told["content"].as_str().unwrap();
    assert!(text.contains("maintenance") && text.ends_with("Back soon, @\u{200b}everyone"), "{text}");
    assert_eq!((&told["flags"], &told["allowed_mentions"]), (&json!(64), &json!({ "parse": [] })));
    assert!(stage.runtime.snapshot().maintenance);
    let stage = stage.crash().await;
    let told = one(&stage, "write", words("hello")).await;
    assert!(told["content"].as_str().unwrap().contains("maintenance"), "{told}");
    assert_eq!(stage.notes(1).await, Vec::<String>::new());
    let ping = json!({ "id": "1", "name": "ping", "type": 1, "options": [] });
    let mut operator = stage.payload(&json!({ "type": 2, "data": ping }));
    operator["member"]["user"]["id"] = json!(OPERATOR.to_string());
    let before = stage.discord.answers().len();
    stage.event(EventKind::InteractionCreate, guild(1), 0, &operator).await;
    assert_eq!(stage.answers(before + 1).await[before]["content"], "pong");
    // What members write still has its effects.
    stage.message(guild(1), 77, "in the background").await;
    until("the note", async || stage.notes(1).await == ["in the background"]).await;
    let services = stage.runtime.services();
    services.operating.set_maintenance(&stage.store, None, now).await.unwrap();
    assert_eq!(one(&stage, "ping", json!([])).await["content"], "pong");
}
