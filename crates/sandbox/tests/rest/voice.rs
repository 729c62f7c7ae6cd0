//! Voice states, stages, and the status and sounds of a voice channel.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

const MUTE: u64 = 1 << 22;
const STAGE: u64 = MUTE | 1 << 4 | 1 << 24;

impl Bench {
    /// The owner makes a channel.
    async fn room(&self, kind: u8, more: Value) -> String {
        let mut body = json!({ "name": "room", "type": kind });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        id(&self.person(example::ADA, "POST", &format!("/guilds/{GUILD}/channels"), body).await.good(201))
    }

    async fn join(&self, user: u64, channel: &str) -> crate::bot::Got {
        self.control("POST", &format!("/as/{user}/channels/{channel}/voice"), json!({})).await
    }
}

#[tokio::test]
async fn people_join_where_they_may_and_while_there_is_room() {
    let bench = Bench::with(Bench::wide()).await;
    let small = bench.room(2, json!({ "user_limit": 1 })).await;
    let state = bench.join(example::LINUS, &small).await.good(200);
    assert_eq!((&state["channel_id"], &state["suppress"]), (&json!(small), &json!(false)));
    assert_eq!(bench.join(example::MARGARET, &small).await.status, 403, "it is full");
    bench.join(example::ADA, &small).await.good(200);
    let closed =
        json!({ "permission_overwrites": [{ "id": GUILD.to_string(), "type": 0, "deny": "1048576" }] });
    let closed = bench.room(2, closed).await;
    assert_eq!(bench.join(example::LINUS, &closed).await.status, 403);
    let linus = format!("/guilds/{GUILD}/voice-states/{}", example::LINUS);
    let seen = bench.bot("GET", &linus, Value::Null).await.good(200);
    assert_eq!((&seen["channel_id"], &seen["session_id"]), (&json!(small), &state["session_id"]));
    assert_eq!(seen["member"]["user"]["username"], "linus");
    bench.bot("GET", &format!("/guilds/{GUILD}/voice-states/@me"), Value::Null).await.refused(404, 10_065);
    let leave = format!("/as/{}/guilds/{GUILD}/voice", example::LINUS);
    bench.control("DELETE", &leave, Value::Null).await.good(200);
    bench.bot("GET", &linus, Value::Null).await.refused(404, 10_065);
    bench.close().await;
}

#[tokio::test]
async fn on_a_stage_one_asks_to_speak() {
    let bench = Bench::with(Bench::wide()).await;
    let stage = bench.room(13, json!({})).await;
    let open = json!({ "channel_id": stage, "topic": "Poems" });
    bench.bot("POST", "/stage-instances", open.clone()).await.refused(403, 50_013);
    bench.grant(STAGE);
    let made = bench.bot("POST", "/stage-instances", open.clone()).await.good(200);
    assert_eq!((&made["topic"], &made["privacy_level"]), (&json!("Poems"), &json!(2)));
    bench.bot("POST", "/stage-instances", open).await.refused(400, 150_006);
    let one = format!("/stage-instances/{stage}");
    bench.bot("PATCH", &one, json!({ "topic": "" })).await.refused(400, 50_035);
    assert_eq!(bench.bot("PATCH", &one, json!({ "topic": "Prose" })).await.good(200)["topic"], "Prose");

    assert_eq!(bench.join(example::LINUS, &stage).await.good(200)["suppress"], true);
    let me = format!("/guilds/{GUILD}/voice-states/@me");
    let asks = json!({ "request_to_speak_timestamp": "2999-01-01T00:00:00Z" });
    assert_eq!(bench.person(example::LINUS, "PATCH", &me, asks).await.status, 204);
    bench.person(example::LINUS, "PATCH", &me, json!({ "suppress": false })).await.refused(403, 50_013);
    let linus = format!("/guilds/{GUILD}/voice-states/{}", example::LINUS);
    let voice_state = bench.bot("GET", &linus, Value::Null).await.good(200);
    assert_eq!(voice_state["request_to_speak_timestamp"], "2999-01-01T00:00:00.000000+00:00");
    assert_eq!(bench.bot("PATCH", &linus, json!({ "suppress": false })).await.status, 204);
    assert_eq!(bench.bot("GET", &linus, Value::Null).await.good(200)["suppress"], false);
    assert_eq!(bench.bot("PATCH", &linus, json!({ "suppress": true })).await.status, 204);
    let voice_state = bench.bot("GET", &linus, Value::Null).await.good(200);
    assert_eq!(
        (&voice_state["suppress"], &voice_state["request_to_speak_timestamp"]),
        (&json!(true), &Value::Null)
    );
    // In an ordinary voice channel there is nothing to ask for.
    let voice = bench.room(2, json!({})).await;
    bench.join(example::LINUS, &voice).await.good(200);
    bench.bot("PATCH", &linus, json!({ "suppress": true })).await.refused(400, 50_024);

    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_067);
    let log = bench.bot("GET", &format!("/guilds/{GUILD}/audit-logs?limit=100"), Value::Null).await.good(200);
    let kinds = log["audit_log_entries"].as_array().expect("a list").iter().map(|e| &e["action_type"]);
    let kinds: Vec<&Value> = kinds.filter(|kind| (83..=85).contains(&kind.as_u64().unwrap_or(0))).collect();
    assert_eq!(kinds, [85, 84, 83]);
    bench.close().await;
}

#[tokio::test]
async fn a_voice_channel_has_a_status_and_sounds() {
    let bench = Bench::with(Bench::wide()).await;
    let voice = bench.room(2, json!({})).await;
    let status = format!("/channels/{voice}/voice-status");
    bench.person(example::LINUS, "PUT", &status, json!({ "status": "x" })).await.refused(403, 50_013);
    bench.bot("PUT", &status, json!({ "status": "x".repeat(501) })).await.refused(400, 50_035);
    bench.grant(1 << 48);
    assert_eq!(bench.bot("PUT", &status, json!({ "status": "Reading" })).await.status, 204);
    let log = bench.bot("GET", &format!("/guilds/{GUILD}/audit-logs?limit=1"), Value::Null).await.good(200);
    let entry = &log["audit_log_entries"][0];
    assert_eq!((&entry["action_type"], &entry["options"]["status"]), (&json!(192), &json!("Reading")));

    let play = format!("/channels/{voice}/send-soundboard-sound");
    let quack = json!({ "sound_id": "1" });
    bench.person(example::LINUS, "POST", &play, quack.clone()).await.refused(400, 40_032);
    bench.join(example::LINUS, &voice).await.good(200);
    assert_eq!(bench.person(example::LINUS, "POST", &play, quack.clone()).await.status, 204);
    bench.person(example::LINUS, "POST", &play, json!({ "sound_id": "9" })).await.refused(404, 10_097);
    let deaf = format!("/as/{}/channels/{voice}/voice", example::LINUS);
    bench.control("POST", &deaf, json!({ "self_deaf": true })).await.good(200);
    bench.person(example::LINUS, "POST", &play, quack).await.refused(403, 50_013);
    let effect = format!("/as/{}/channels/{voice}/voice/effects", example::LINUS);
    bench.control("POST", &effect, json!({ "emoji": "\u{1f389}" })).await.good(200);
    bench.close().await;
}

#[tokio::test]
async fn a_stage_without_speakers_closes_by_itself() {
    let bench = Bench::with(Bench::wide()).await;
    bench.grant(STAGE);
    let stage = bench.room(13, json!({})).await;
    let one = format!("/stage-instances/{stage}");
    let open = json!({ "channel_id": stage, "topic": "Poems" });
    let pass = async |ms: u64| bench.control("POST", "/clock/advance", json!({ "ms": ms })).await.good(200);
    bench.join(example::LINUS, &stage).await.good(200);
    bench.bot("POST", "/stage-instances", open.clone()).await.good(200);
    pass(4 * 60_000).await;
    let linus = format!("/guilds/{GUILD}/voice-states/{}", example::LINUS);
    assert_eq!(bench.bot("PATCH", &linus, json!({ "suppress": false })).await.status, 204);
    let taken = json!({ "request_to_speak_timestamp": null });
    let me = format!("/guilds/{GUILD}/voice-states/@me");
    assert_eq!(bench.person(example::LINUS, "PATCH", &me, taken).await.status, 204);
    pass(10 * 60_000).await;
    bench.bot("GET", &one, Value::Null).await.good(200);
    assert_eq!(bench.bot("PATCH", &linus, json!({ "suppress": true })).await.status, 204);
    pass(5 * 60_000).await;
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_067);
    bench.bot("POST", "/stage-instances", open).await.good(200);
    bench.close().await;
}
