//! Threads: started, joined, archived, locked, listed, searched; posts in a forum; slow mode.

use guildhall_sandbox::{Limits, example};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

const HOUR: u64 = 3_600_000;

async fn advance(bench: &Bench, ms: u64) {
    bench.control("POST", "/clock/advance", json!({ "ms": ms })).await.good(200);
}

/// The content types of a channel's messages, oldest first.
async fn types(bench: &Bench, channel: &str) -> Vec<u64> {
    let all = bench.bot("GET", &format!("/channels/{channel}/messages"), Value::Null).await.good(200);
    let mut types: Vec<u64> =
        all.as_array().expect("a list").iter().map(|m| m["type"].as_u64().expect("a type")).collect();
    types.reverse();
    types
}

#[tokio::test]
async fn a_thread_is_started_from_a_message_once() {
    let bench = Bench::with(Bench::wide()).await;
    let channel = bench.general();
    let messages = format!("/channels/{channel}/messages");
    let asked = id(&bench.bot("POST", &messages, json!({ "content": "shall we" })).await.good(200));
    bench.bot("POST", &messages, json!({ "content": "something newer" })).await.good(200);
    let start = format!("{messages}/{asked}/threads");
    bench.bot("POST", &start, json!({ "name": "" })).await.refused(400, 50_035);
    bench.bot("POST", &start, json!({ "name": "x", "auto_archive_duration": 61 })).await.refused(400, 50_035);
    let thread = bench.bot("POST", &start, json!({ "name": "Plans", "auto_archive_duration": 60 })).await;
    let thread = thread.good(201);
    assert_eq!((&thread["id"], &thread["type"]), (&json!(asked), &json!(11)));
    assert_eq!(thread["member"]["user_id"], example::APPLICATION.to_string());
    assert_eq!((&thread["message_count"], &thread["member_count"]), (&json!(0), &json!(1)));
    bench.bot("POST", &start, json!({ "name": "again" })).await.refused(400, 160_004);

    let starter = bench.bot("GET", &format!("{messages}/{asked}"), Value::Null).await.good(200);
    assert_eq!((&starter["thread"]["name"], &starter["flags"]), (&json!("Plans"), &json!(32)));
    let inside = bench.bot("GET", &format!("/channels/{asked}/messages"), Value::Null).await.good(200);
    assert_eq!((&inside[0]["type"], &inside[0]["content"]), (&json!(21), &json!("")));
    assert_eq!(inside[0]["referenced_message"]["content"], "shall we");
    assert_eq!(types(&bench, &channel.to_string()).await, [0, 0, 18], "the channel is told of it");
    let delete = format!("/channels/{asked}/messages/{}", id(&inside[0]));
    bench.bot("DELETE", &delete, Value::Null).await.refused(403, 50_021);

    let sent = bench.bot("POST", &format!("/channels/{asked}/messages"), json!({ "content": "yes" })).await;
    let sent = sent.good(200);
    assert_eq!((&inside[0]["position"], &sent["position"]), (&json!(0), &json!(0)));
    let sent = id(&sent);
    let path = format!("/channels/{asked}");
    let counts = |shown: &Value| (shown["message_count"].clone(), shown["total_message_sent"].clone());
    assert_eq!(counts(&bench.bot("GET", &path, Value::Null).await.good(200)), (json!(1), json!(1)));
    bench.bot("DELETE", &format!("{path}/messages/{sent}"), Value::Null).await.good(204);
    assert_eq!(counts(&bench.bot("GET", &path, Value::Null).await.good(200)), (json!(0), json!(1)));
    let next = bench.bot("POST", &format!("{path}/messages"), json!({ "content": "so" })).await.good(200);
    assert_eq!(next["position"], 1, "places are not given again");
    bench
        .bot("POST", &format!("{path}/messages/{sent}/threads"), json!({ "name": "deeper" }))
        .await
        .refused(400, 50_024);
    bench.close().await;
}

#[tokio::test]
async fn threads_archive_themselves_and_messages_wake_them() {
    let bench = Bench::with(Bench::wide()).await;
    let start = format!("/channels/{}/threads", bench.general());
    let body = json!({ "name": "Quiet", "type": 11, "auto_archive_duration": 60 });
    let thread = id(&bench.bot("POST", &start, body).await.good(201));
    let path = format!("/channels/{thread}");
    let archived =
        async || bench.bot("GET", &path, Value::Null).await.good(200)["thread_metadata"]["archived"] == true;
    advance(&bench, HOUR - 60_000).await;
    bench.bot("POST", &format!("{path}/messages"), json!({ "content": "still here" })).await.good(200);
    advance(&bench, HOUR - 60_000).await;
    assert!(!archived().await, "a message moves the moment");
    advance(&bench, 60_000).await;
    assert!(archived().await);

    let message = bench.bot("GET", &format!("{path}/messages"), Value::Null).await.good(200)[0].clone();
    let reaction = format!("{path}/messages/{}/reactions/%F0%9F%91%8D/@me", id(&message));
    bench.bot("PUT", &reaction, Value::Null).await.refused(400, 50_083);
    bench
        .bot("PUT", &format!("{path}/thread-members/{}", example::LINUS), Value::Null)
        .await
        .refused(400, 50_083);
    bench.bot("PATCH", &path, json!({ "name": "Renamed" })).await.refused(400, 50_083);
    let list = format!("/channels/{}/threads/archived/public", bench.general());
    let listed = bench.bot("GET", &list, Value::Null).await.good(200);
    assert_eq!((&listed["threads"][0]["id"], &listed["has_more"]), (&json!(thread), &json!(false)));
    assert_eq!(listed["members"][0]["id"], json!(thread));
    let write = format!("/as/{}/api{path}/messages", example::LINUS);
    bench.control("POST", &write, json!({ "content": "wake up" })).await.good(200);
    assert!(!archived().await, "sending opens it");
    let joined = format!("{path}/thread-members/{}", example::LINUS);
    bench.bot("GET", &joined, Value::Null).await.good(200);

    bench.bot("PATCH", &path, json!({ "archived": true, "locked": true })).await.good(200);
    bench.control("POST", &write, json!({ "content": "hello" })).await.refused(403, 160_005);
    let open = format!("/as/{}/api{path}", example::LINUS);
    bench.control("PATCH", &open, json!({ "archived": false })).await.refused(403, 50_013);
    bench.bot("PATCH", &path, json!({ "archived": false })).await.good(200);
    bench.control("POST", &write, json!({ "content": "hello" })).await.refused(403, 160_005);
    bench.bot("PATCH", &path, json!({ "locked": false, "name": "Loud" })).await.good(200);
    bench.control("PATCH", &open, json!({ "name": "Mine" })).await.refused(403, 50_013);
    bench.control("POST", &write, json!({ "content": "hello" })).await.good(200);
    assert!(types(&bench, &thread).await.contains(&4), "a new name leaves a message");
    let active = bench.bot("GET", &format!("/guilds/{GUILD}/threads/active"), Value::Null).await.good(200);
    assert_eq!(active["threads"][0]["name"], "Loud");
    bench.bot("DELETE", &path, Value::Null).await.good(200);
    bench.bot("GET", &path, Value::Null).await.refused(404, 10_003);
    bench.close().await;
}

#[tokio::test]
async fn private_threads_are_seen_by_their_members() {
    let bench = Bench::with(Bench::wide()).await;
    let general = bench.general();
    let as_linus = format!("/as/{}", example::LINUS);
    let begin = format!("{as_linus}/api/channels/{general}/threads");
    let thread =
        id(&bench.control("POST", &begin, json!({ "name": "Secret", "invitable": false })).await.good(201));
    let read = |user: u64| format!("/as/{user}/api/channels/{thread}/messages");
    bench.control("GET", &read(example::MARGARET), Value::Null).await.refused(403, 50_001);
    let shown = bench.bot("GET", &format!("/channels/{thread}"), Value::Null).await.good(200);
    assert_eq!((&shown["type"], &shown["thread_metadata"]["invitable"]), (&json!(12), &json!(false)));
    assert!(shown.get("member").is_none(), "the bot sees it by its right to manage threads");

    let add = |by: u64, who: &str| format!("/as/{by}/api/channels/{thread}/thread-members/{who}");
    let margaret = example::MARGARET.to_string();
    bench.control("PUT", &add(example::LINUS, &margaret), Value::Null).await.good(204);
    bench.control("GET", &read(example::MARGARET), Value::Null).await.good(200);
    let grace = example::GRACE.to_string();
    bench.control("PUT", &add(example::MARGARET, &grace), Value::Null).await.refused(403, 50_013);
    bench
        .control("DELETE", &add(example::MARGARET, &example::LINUS.to_string()), Value::Null)
        .await
        .refused(403, 50_013);
    assert_eq!(types(&bench, &thread).await, [1], "someone was added");
    let members = format!("/channels/{thread}/thread-members");
    let listed =
        bench.bot("GET", &format!("{members}?with_member=true&limit=1"), Value::Null).await.good(200);
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["member"]["user"]["username"], "linus");
    let next = format!("{members}?with_member=true&after={}", example::LINUS);
    assert_eq!(bench.bot("GET", &next, Value::Null).await.good(200)[0]["user_id"], margaret);
    bench.control("DELETE", &add(example::MARGARET, "@me"), Value::Null).await.good(204);
    bench.control("GET", &read(example::MARGARET), Value::Null).await.refused(403, 50_001);

    bench.bot("PUT", &format!("{members}/@me"), Value::Null).await.good(204);
    bench.bot("PATCH", &format!("/channels/{thread}"), json!({ "archived": true })).await.good(200);
    for list in ["threads/archived/private", "users/@me/threads/archived/private"] {
        let found = bench.bot("GET", &format!("/channels/{general}/{list}"), Value::Null).await.good(200);
        assert_eq!(found["threads"][0]["id"], json!(thread), "{list}");
    }
    let public = format!("/channels/{general}/threads/archived/public");
    assert_eq!(bench.bot("GET", &public, Value::Null).await.good(200)["threads"], json!([]));
    bench.close().await;
}

#[tokio::test]
async fn limits_and_permissions_of_threads() {
    let bench = Bench::with(Limits { active_threads: 2, thread_members: 2, ..Bench::wide() }).await;
    let general = bench.general();
    let start = format!("/channels/{general}/threads");
    bench.bot("POST", &start, json!({ "name": "x", "type": 10 })).await.refused(400, 50_024);
    let first = id(&bench.bot("POST", &start, json!({ "name": "one", "type": 11 })).await.good(201));
    bench.bot("POST", &start, json!({ "name": "two" })).await.good(201);
    bench.bot("POST", &start, json!({ "name": "three" })).await.refused(400, 160_006);
    let member = |user: u64| format!("/channels/{first}/thread-members/{user}");
    bench.bot("PUT", &member(example::LINUS), Value::Null).await.good(204);
    bench.bot("PUT", &member(example::GRACE), Value::Null).await.refused(400, 30_033);
    bench.bot("GET", &member(example::GRACE), Value::Null).await.refused(404, 10_007);
    bench.bot("DELETE", &member(example::LINUS), Value::Null).await.good(204);

    let deny = |bits: u64| json!({ "type": 1, "allow": "0", "deny": bits.to_string() });
    let overwrite = format!("/channels/{general}/permissions/{}", example::LINUS);
    bench.bot("PUT", &overwrite, deny(1 << 35 | 1 << 36 | 1 << 38)).await.good(204);
    let begin = format!("/as/{}/api{start}", example::LINUS);
    for kind in [11, 12] {
        let body = json!({ "name": "x", "type": kind });
        bench.control("POST", &begin, body).await.refused(403, 50_013);
    }
    let write = format!("/as/{}/api/channels/{first}/messages", example::LINUS);
    bench.control("POST", &write, json!({ "content": "hello" })).await.refused(403, 50_013);
    let above = format!("/as/{}/api/channels/{general}/messages", example::LINUS);
    bench.control("POST", &above, json!({ "content": "hello" })).await.good(200);
    bench.close().await;
}

#[tokio::test]
async fn a_forum_holds_posts_with_tags() {
    let bench = Bench::with(Bench::wide()).await;
    let all = format!("/guilds/{GUILD}/channels");
    let body = json!({
        "name": "Help Desk", "type": 15, "flags": 16, "default_thread_rate_limit_per_user": 30,
        "available_tags": [{ "name": "open" }, { "name": "solved", "moderated": true }],
    });
    let forum = bench.bot("POST", &all, body).await.good(201);
    let (open, solved) = (id(&forum["available_tags"][0]), id(&forum["available_tags"][1]));
    let path = format!("/channels/{}/threads", id(&forum));
    let post =
        |tags: Value| json!({ "name": "Broken", "message": { "content": "help" }, "applied_tags": tags });
    bench.bot("POST", &path, json!({ "name": "no message" })).await.refused(400, 50_035);
    bench.bot("POST", &path, post(json!([]))).await.refused(400, 40_067);
    bench.bot("POST", &path, post(json!(["5"]))).await.refused(400, 10_087);
    let begin = format!("/as/{}/api{path}", example::LINUS);
    bench.control("POST", &begin, post(json!([solved]))).await.refused(403, 50_013);
    bench.control("POST", &begin, post(json!([open]))).await.good(201);
    let payload = post(json!([open, solved])).to_string();
    let part = Part::bytes(b"log".to_vec()).file_name("log.txt");
    let upload = Form::new().text("payload_json", payload).part("files[0]", part);
    let made = bench.upload(&path, upload).await.good(201);
    assert_eq!((&made["message"]["id"], &made["rate_limit_per_user"]), (&made["id"], &json!(30)));
    assert_eq!(made["applied_tags"], json!([open, solved]));
    let url = made["message"]["attachments"][0]["url"].as_str().expect("an address");
    assert!(url.contains(&format!("/attachments/{}/", id(&made))), "{url}");
    assert_eq!(bench.fetch(url).await.text, "log");
    let messages = format!("/channels/{}/messages", id(&forum));
    bench.bot("POST", &messages, json!({ "content": "x" })).await.refused(400, 50_008);
    let only = json!({ "applied_tags": [solved], "flags": 2 });
    let edited = bench.bot("PATCH", &format!("/channels/{}", id(&made)), only).await.good(200);
    assert_eq!((&edited["applied_tags"], &edited["flags"]), (&json!([solved]), &json!(2)));
    let find = format!("{path}/search?tag={solved}&name=brok");
    let found = bench.bot("GET", &find, Value::Null).await.good(200);
    assert_eq!((&found["total_results"], &found["threads"][0]["id"]), (&json!(1), &made["id"]));
    assert_eq!(found["first_messages"][0]["content"], "help");
    bench.close().await;
}

#[tokio::test]
async fn slow_mode_holds_people_but_not_bots() {
    let bench = Bench::with(Bench::wide()).await;
    let general = bench.general();
    bench.bot("PATCH", &format!("/channels/{general}"), json!({ "rate_limit_per_user": 60 })).await.good(200);
    let messages = format!("/channels/{general}/messages");
    for text in ["one", "two"] {
        bench.bot("POST", &messages, json!({ "content": text })).await.good(200);
    }
    let write = format!("/as/{}/api{messages}", example::LINUS);
    let one = id(&bench.control("POST", &write, json!({ "content": "one" })).await.good(200));
    // What was written counts even when it is gone.
    bench.bot("DELETE", &format!("{messages}/{one}"), Value::Null).await.good(204);
    let refused = bench.control("POST", &write, json!({ "content": "two" })).await;
    let left = refused.body["retry_after"].as_f64().expect("how long");
    assert!(left > 0.0 && left <= 60.0, "{left}");
    assert_eq!(refused.header("x-ratelimit-scope"), Some("user"));
    refused.refused(429, 20_016);
    let ada = format!("/as/{}/api{messages}", example::ADA);
    for text in ["one", "two"] {
        bench.control("POST", &ada, json!({ "content": text })).await.good(200);
    }
    advance(&bench, 60_000).await;
    bench.control("POST", &write, json!({ "content": "two" })).await.good(200);
    bench.close().await;
}
