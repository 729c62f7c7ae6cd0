//! Acting as a person, with a person's permissions.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::id;

#[tokio::test]
async fn people_react_and_take_it_back() {
    let bench = Bench::with(Bench::wide()).await;
    let channel = bench.general();
    let said = bench
        .moved(
            "POST",
            &format!("/as/{}/channels/{channel}/messages", example::ADA),
            json!({ "content": "hi" }),
        )
        .await;
    let of = |user: u64, emoji: &str| {
        format!("/as/{user}/api/channels/{channel}/messages/{}/reactions/{emoji}", id(&said))
    };
    let thumb = |user: u64| of(user, "%F0%9F%91%8D/@me");
    bench.control("PUT", &thumb(example::LINUS), Value::Null).await.good(204);
    bench.control("PUT", &thumb(example::GRACE), Value::Null).await.good(204);
    let path = format!("/channels/{channel}/messages/{}", id(&said));
    let seen = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!((&seen["reactions"][0]["count"], &seen["reactions"][0]["me"]), (&json!(2), &json!(false)));
    assert_eq!(bench.control("PUT", &of(example::LINUS, "word/@me"), Value::Null).await.status, 400);
    bench.control("DELETE", &thumb(example::LINUS), Value::Null).await.good(204);
    // A plain member may not take another's reaction away; the owner may.
    let graces = |user: u64| of(user, &format!("%F0%9F%91%8D/{}", example::GRACE));
    assert_eq!(bench.control("DELETE", &graces(example::LINUS), Value::Null).await.status, 403);
    bench.control("DELETE", &graces(example::ADA), Value::Null).await.good(204);
    let seen = bench.bot("GET", &path, Value::Null).await.good(200);
    assert!(seen["reactions"].as_array().is_none_or(Vec::is_empty), "{seen}");
    bench.close().await;
}

#[tokio::test]
async fn people_attach_files() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/as/{}/channels/{}/messages", example::ADA, bench.general());
    let body = json!({ "files": [
        { "filename": "notes.txt", "text": "hello", "description": "what was said" },
        { "filename": "dot.bin", "base64": "AAEC" },
    ] });
    let sent = bench.moved("POST", &path, body).await;
    assert_eq!(sent["attachments"][0]["description"], "what was said");
    assert_eq!(sent["attachments"][1]["size"], 3);
    let url = sent["attachments"][0]["url"].as_str().expect("an address");
    assert_eq!(bench.client.get(url).send().await.unwrap().text().await.unwrap(), "hello");
    for wrong in [
        json!({ "files": [{ "filename": "a" }] }),
        json!({ "files": [{ "filename": "a/b", "text": "x" }] }),
        json!({ "files": [{ "filename": "a", "base64": "?" }] }),
        json!({ "content": " " }),
    ] {
        assert_eq!(bench.control("POST", &path, wrong.clone()).await.status, 400, "{wrong}");
    }
    bench.close().await;
}

#[tokio::test]
async fn people_come_online() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/as/{}/presence", example::LINUS);
    let set = |status: &str| json!({ "status": status, "activities": [{ "name": "chess", "type": 0 }] });
    let seen = bench.moved("PUT", &path, set("idle")).await;
    assert_eq!((&seen["status"], &seen["activities"][0]["name"]), (&json!("idle"), &json!("chess")));
    assert_eq!(bench.control("PUT", &path, set("asleep")).await.status, 400);
    assert_eq!(bench.control("PUT", "/as/5/presence", set("idle")).await.status, 404);
    bench.close().await;
}
