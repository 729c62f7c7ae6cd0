//! Polls, forwards, stickers and voice messages.

use guildhall_sandbox::example;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

fn poll(hours: u64, several: bool) -> Value {
    let answer = |text: &str| json!({ "poll_media": { "text": text, "emoji": { "name": "📚" } } });
    json!({ "poll": {
        "question": { "text": "What next" }, "answers": [answer("Dune"), answer("Emma")],
        "duration": hours, "allow_multiselect": several,
    } })
}

async fn vote(bench: &Bench, user: u64, path: &str, answers: &[u32]) -> crate::bot::Got {
    bench.control("PUT", &format!("/as/{user}{path}/vote"), json!({ "answer_ids": answers })).await
}

#[tokio::test]
async fn a_poll_is_voted_in_and_ends_by_the_clock() {
    let bench = Bench::with(Bench::wide()).await;
    let channel = bench.general();
    let messages = format!("/channels/{channel}/messages");
    bench.bot("POST", &messages, poll(769, false)).await.refused(400, 50_035);
    let mut fraction = poll(1, false);
    fraction["poll"]["duration"] = json!(1.5);
    bench.bot("POST", &messages, fraction.clone()).await.refused(400, 50_035);
    // As discord.py writes it.
    fraction["poll"]["duration"] = json!(1.0);
    let made = bench.bot("POST", &messages, fraction).await.good(200);
    assert_eq!(made["poll"]["answers"][1]["poll_media"]["text"], "Emma");
    let path = format!("/channels/{channel}/polls/{}", id(&made));
    vote(&bench, example::LINUS, &path, &[1]).await.good(200);
    let both = vote(&bench, example::ADA, &path, &[1, 2]).await;
    assert_eq!(both.status, 400, "one answer only: {}", both.text);
    assert_eq!(vote(&bench, example::ADA, &path, &[3]).await.status, 404);
    assert_eq!(vote(&bench, example::OTHER_APPLICATION, &path, &[1]).await.status, 403, "bots cannot vote");
    vote(&bench, example::ADA, &path, &[2]).await.good(200);
    let shown = vote(&bench, example::ADA, &path, &[1]).await.good(200);
    assert_eq!(
        shown["poll"]["results"]["answer_counts"][0],
        json!({ "id": 1, "count": 2, "me_voted": true })
    );
    let voters = format!("{path}/answers/1");
    let first = bench.bot("GET", &format!("{voters}?limit=1"), Value::Null).await.good(200);
    assert_eq!(first["users"][0]["username"], "ada");
    let next = format!("{voters}?after={}", example::ADA);
    assert_eq!(bench.bot("GET", &next, Value::Null).await.good(200)["users"][0]["username"], "linus");
    let edit = format!("{messages}/{}", id(&made));
    bench.bot("PATCH", &edit, json!({ "content": "changed" })).await.refused(400, 520_003);

    bench.control("POST", "/clock/advance", json!({ "ms": 3_600_000 })).await.good(200);
    let ended = bench.bot("GET", &edit, Value::Null).await.good(200);
    assert_eq!(ended["poll"]["results"]["is_finalized"], true);
    let all = bench.bot("GET", &messages, Value::Null).await.good(200);
    assert_eq!((&all[0]["type"], &all[0]["message_reference"]["message_id"]), (&json!(46), &made["id"]));
    let fields = all[0]["embeds"][0]["fields"].as_array().expect("fields");
    let field = |name: &str| fields.iter().find(|f| f["name"] == name).map(|f| f["value"].clone());
    assert_eq!(field("victor_answer_text"), Some(json!("Dune")));
    assert_eq!(field("total_votes"), Some(json!("2")));
    assert_eq!(vote(&bench, example::GRACE, &path, &[1]).await.status, 400);
    bench.bot("POST", &format!("{path}/expire"), json!({})).await.refused(400, 520_001);
    bench.close().await;
}

#[tokio::test]
async fn polls_are_ended_early_by_their_author_and_need_the_right() {
    let bench = Bench::with(Bench::wide()).await;
    let channel = bench.general();
    let messages = format!("/channels/{channel}/messages");
    let theirs =
        bench.control("POST", &format!("/as/{}/api{messages}", example::LINUS), poll(24, true)).await;
    let theirs = format!("/channels/{channel}/polls/{}", id(&theirs.good(200)));
    vote(&bench, example::ADA, &theirs, &[1, 2]).await.good(200);
    bench.bot("POST", &format!("{theirs}/expire"), json!({})).await.refused(403, 50_005);
    let plain = id(&bench.bot("POST", &messages, json!({ "content": "no poll" })).await.good(200));
    bench
        .bot("POST", &format!("/channels/{channel}/polls/{plain}/expire"), json!({}))
        .await
        .refused(400, 520_006);
    let own = id(&bench.bot("POST", &messages, poll(24, false)).await.good(200));
    let ended =
        bench.bot("POST", &format!("/channels/{channel}/polls/{own}/expire"), json!({})).await.good(200);
    assert_eq!(ended["poll"]["results"]["is_finalized"], true);
    let overwrite = format!("/channels/{channel}/permissions/{}", example::LINUS);
    bench.bot("PUT", &overwrite, json!({ "type": 1, "deny": (1_u64 << 49).to_string() })).await.good(204);
    let refused =
        bench.control("POST", &format!("/as/{}/api{messages}", example::LINUS), poll(24, false)).await;
    refused.refused(403, 50_013);
    bench.close().await;
}

#[tokio::test]
async fn a_forward_is_a_copy_of_what_can_be_read() {
    let bench = Bench::with(Bench::wide()).await;
    let (from, to) = (bench.general(), bench.channel(GUILD, "introductions"));
    let (from, to) = (format!("/channels/{from}/messages"), format!("/channels/{to}/messages"));
    let wrote = json!({ "content": "worth reading" });
    let original =
        id(&bench.control("POST", &format!("/as/{}/api{from}", example::LINUS), wrote).await.good(200));
    let forward = json!({ "message_reference": { "type": 1, "message_id": original, "channel_id": bench.general().to_string() } });
    let missing = json!({ "message_reference": { "type": 1, "message_id": original } });
    bench.bot("POST", &to, missing).await.refused(400, 50_035);
    let copy = bench.bot("POST", &to, forward.clone()).await.good(200);
    assert_eq!((&copy["type"], &copy["flags"]), (&json!(0), &json!(1 << 14)));
    let inside = &copy["message_snapshots"][0]["message"];
    assert_eq!(inside["content"], "worth reading");
    assert!(inside.get("author").is_none());
    let edit = format!("/as/{}/api{from}/{original}", example::LINUS);
    bench.control("PATCH", &edit, json!({ "content": "changed" })).await.good(200);
    let still = bench.bot("GET", &format!("{to}/{}", id(&copy)), Value::Null).await.good(200);
    assert_eq!(still["message_snapshots"][0]["message"]["content"], "worth reading", "it never changes");
    // Without the intent a bot cannot read it, and so not forward it.
    bench.sandbox.engine().apply(|world, _| {
        let application = world.applications.get_mut(&example::APPLICATION).expect("the application");
        application.privileged = guildhall_sandbox::gateway::intents::Intents::NONE;
        ((), Vec::new())
    });
    bench.bot("POST", &to, forward).await.refused(400, 160_014);
    let read = bench.bot("GET", &format!("{from}/{original}"), Value::Null).await.good(200);
    assert_eq!(read["content"], "");
    let asked = bench.bot("POST", &from, poll(1, false)).await.good(200);
    assert!(asked["poll"].is_object(), "one's own is always readable");
    let reply = json!({ "content": "so", "message_reference": { "message_id": original } });
    let reply = bench.bot("POST", &from, reply).await.good(200);
    assert_eq!((&reply["content"], &reply["referenced_message"]["content"]), (&json!("so"), &json!("")));
    bench.close().await;
}

#[tokio::test]
async fn voice_messages_are_one_audio_file() {
    let bench = Bench::with(Bench::wide()).await;
    let messages = format!("/channels/{}/messages", bench.general());
    let audio =
        || Part::bytes(vec![0; 8]).file_name("voice-message.ogg").mime_str("audio/ogg").expect("a type");
    let payload =
        json!({ "flags": 8192, "attachments": [{ "id": 0, "duration_secs": 1.5, "waveform": "AAAA" }] });
    let send = |payload: Value, part: Part| {
        Form::new().text("payload_json", payload.to_string()).part("files[0]", part)
    };
    let voice = bench.upload(&messages, send(payload.clone(), audio())).await.good(200);
    assert_eq!((&voice["flags"], &voice["attachments"][0]["duration_secs"]), (&json!(8192), &json!(1.5)));
    let mut with_text = payload.clone();
    with_text["content"] = json!("and text");
    bench.upload(&messages, send(with_text, audio())).await.refused(400, 50_159);
    let image = Part::bytes(vec![0; 8]).file_name("a.png").mime_str("image/png").expect("a type");
    bench.upload(&messages, send(payload, image)).await.refused(400, 50_160);
    bench.upload(&messages, send(json!({ "flags": 8192 }), audio())).await.refused(400, 50_161);
    let edit = format!("{messages}/{}", id(&voice));
    bench.bot("PATCH", &edit, json!({ "content": "x" })).await.refused(400, 50_162);
    bench.bot("POST", &messages, json!({ "sticker_ids": ["5"] })).await.refused(400, 50_081);
    bench.close().await;
}
