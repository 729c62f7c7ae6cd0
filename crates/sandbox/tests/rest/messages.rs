//! Messages, files, pins, reactions.

use guildhall_sandbox::{Limits, example};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::id;

#[tokio::test]
async fn a_repeated_nonce_gives_the_earlier_message() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let body = json!({ "content": "once", "nonce": "row-17", "enforce_nonce": true });
    let first = bench.bot("POST", &path, body.clone()).await.good(200);
    let again = bench.bot("POST", &path, body).await.good(200);
    assert_eq!(first["id"], again["id"]);
    assert_eq!(first["nonce"], "row-17");
    let loose = bench.bot("POST", &path, json!({ "content": "once", "nonce": "row-17" })).await.good(200);
    assert_ne!(first["id"], loose["id"], "without enforce_nonce nothing is looked up");
    let all = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    bench.close().await;
}

#[tokio::test]
async fn messages_are_written_edited_paged_and_removed() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(id(&bench.bot("POST", &path, json!({ "content": format!("line {n}") })).await.good(200)));
    }
    let page = async |query: String| bench.bot("GET", &(path.clone() + &query), Value::Null).await.good(200);
    let contents = |page: &Value| -> Vec<String> {
        page.as_array()
            .expect("a list")
            .iter()
            .map(|m| m["content"].as_str().expect("text").to_owned())
            .collect()
    };
    assert_eq!(contents(&page("?limit=2".to_owned()).await), ["line 4", "line 3"]);
    assert_eq!(contents(&page(format!("?limit=2&before={}", ids[3])).await), ["line 2", "line 1"]);
    assert_eq!(contents(&page(format!("?limit=2&after={}", ids[1])).await), ["line 3", "line 2"]);
    assert_eq!(contents(&page(format!("?limit=3&around={}", ids[2])).await), ["line 3", "line 2", "line 1"]);
    bench.bot("GET", &format!("{path}?limit=101"), Value::Null).await.refused(400, 50_035);

    let one = format!("{path}/{}", ids[0]);
    let edited = bench.bot("PATCH", &one, json!({ "content": "line zero" })).await.good(200);
    assert_eq!(edited["content"], "line zero");
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_008);

    let bulk = format!("{path}/bulk-delete");
    bench.bot("POST", &bulk, json!({ "messages": [ids[1]] })).await.refused(400, 50_016);
    bench.bot("POST", &bulk, json!({ "messages": [ids[1], ids[1]] })).await.refused(400, 50_035);
    bench
        .bot("POST", &bulk, json!({ "messages": ["175928847299117063", ids[1]] }))
        .await
        .refused(400, 50_034);
    let gone = bench.bot("POST", &bulk, json!({ "messages": [ids[1], ids[2]] })).await;
    assert_eq!(gone.status, 204);
    assert_eq!(contents(&page(String::new()).await), ["line 4", "line 3"]);
    bench.close().await;
}

#[tokio::test]
async fn replies_pins_and_reactions() {
    let bench = Bench::with(Bench::wide()).await;
    let channel = bench.general();
    let path = format!("/channels/{channel}/messages");
    let wrote = bench
        .control("POST", &format!("/as/{}{path}", example::LINUS), json!({ "content": "question" }))
        .await;
    let asked = id(&wrote.good(200));
    let body = json!({ "content": "answer", "message_reference": { "message_id": asked } });
    let reply = bench.bot("POST", &path, body).await.good(200);
    assert_eq!(reply["type"], 19);
    assert_eq!(reply["referenced_message"]["content"], "question");
    assert_eq!(reply["mentions"][0]["id"], example::LINUS.to_string());
    let body = json!({ "content": "x", "message_reference": { "message_id": "5" } });
    bench.bot("POST", &path, body).await.refused(400, 50_035);

    assert_eq!(
        bench.bot("PUT", &format!("/channels/{channel}/messages/pins/{asked}"), Value::Null).await.status,
        204
    );
    let pins = bench.bot("GET", &format!("/channels/{channel}/messages/pins"), Value::Null).await.good(200);
    assert_eq!(pins["items"][0]["message"]["id"], asked);
    assert_eq!(pins["has_more"], false);
    let old = bench.bot("GET", &format!("/channels/{channel}/pins"), Value::Null).await.good(200);
    assert_eq!(old[0]["pinned"], true);
    assert_eq!(
        bench.bot("DELETE", &format!("/channels/{channel}/pins/{asked}"), Value::Null).await.status,
        204
    );

    let emoji = format!("{path}/{asked}/reactions/%F0%9F%91%8D");
    assert_eq!(bench.bot("PUT", &format!("{emoji}/@me"), Value::Null).await.status, 204);
    let shown = bench.bot("GET", &format!("{path}/{asked}"), Value::Null).await.good(200);
    assert_eq!(shown["reactions"][0]["count"], 1);
    assert_eq!(shown["reactions"][0]["me"], true);
    let users = bench.bot("GET", &emoji, Value::Null).await.good(200);
    assert_eq!(users[0]["id"], example::APPLICATION.to_string());
    bench.bot("PUT", &format!("{path}/{asked}/reactions/word/@me"), Value::Null).await.refused(400, 10_014);
    assert_eq!(bench.bot("DELETE", &format!("{path}/{asked}/reactions"), Value::Null).await.status, 204);
    bench.close().await;
}

#[tokio::test]
async fn mentions_are_what_the_sender_allows() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let text = format!("<@{}> <@{}> @everyone", example::ADA, example::LINUS);
    let plain = bench.bot("POST", &path, json!({ "content": text })).await.good(200);
    assert_eq!(plain["mentions"].as_array().map(Vec::len), Some(2));
    assert_eq!(plain["mention_everyone"], false, "the bot lacks MENTION_EVERYONE");
    let silent = json!({ "content": text, "allowed_mentions": { "parse": [] } });
    assert_eq!(bench.bot("POST", &path, silent).await.good(200)["mentions"], json!([]));
    let one = json!({ "content": text, "allowed_mentions": { "users": [example::ADA.to_string()] } });
    let one = bench.bot("POST", &path, one).await.good(200);
    assert_eq!(one["mentions"][0]["username"], "ada");
    assert_eq!(one["mentions"].as_array().map(Vec::len), Some(1));
    let loud =
        bench.control("POST", &format!("/as/{}{path}", example::ADA), json!({ "content": text })).await;
    assert_eq!(loud.good(200)["mention_everyone"], true, "the owner may");
    bench.close().await;
}

#[tokio::test]
async fn files_come_by_multipart_and_are_served() {
    let bench = Bench::with(Limits { attachment_bytes: 100, ..Bench::wide() }).await;
    let path = format!("/channels/{}/messages", bench.general());
    let part = |text: &str| Part::bytes(text.as_bytes().to_vec()).file_name("notes.txt");
    let payload = json!({ "content": "see", "attachments": [{ "id": 0, "description": "what was said" }],
        "embeds": [{ "title": "t", "image": { "url": "attachment://notes.txt" } }] });
    let form = Form::new().text("payload_json", payload.to_string()).part("files[0]", part("hello"));
    let sent = bench.upload(&path, form).await.good(200);
    let file = &sent["attachments"][0];
    assert_eq!((&file["filename"], &file["size"]), (&json!("notes.txt"), &json!(5)));
    assert_eq!(file["description"], "what was said");
    assert_eq!(sent["embeds"][0].get("image"), None, "no image");
    let served = bench.fetch(file["url"].as_str().expect("an address")).await;
    assert_eq!((served.status, served.text.as_str()), (200, "hello"));
    assert_eq!(served.header("content-disposition"), Some("attachment"));
    let big = Form::new().part("files[0]", part(&"x".repeat(101)));
    bench.upload(&path, big).await.refused(413, 50_045);
    let kept =
        bench.bot("PATCH", &format!("{path}/{}", id(&sent)), json!({ "attachments": [] })).await.good(200);
    assert_eq!(kept["attachments"], json!([]));
    bench.close().await;
}

#[tokio::test]
async fn direct_messages_need_a_shared_server() {
    let bench = Bench::with(Bench::wide()).await;
    let linus = json!({ "recipient_id": example::LINUS.to_string() });
    let dm = bench.bot("POST", "/users/@me/channels", linus.clone()).await.good(200);
    assert_eq!((&dm["type"], &dm["recipients"][0]["username"]), (&json!(1), &json!("linus")));
    assert_eq!(bench.bot("POST", "/users/@me/channels", linus).await.good(200)["id"], dm["id"]);
    let messages = format!("/channels/{}/messages", id(&dm));
    bench.bot("POST", &messages, json!({ "content": "hello" })).await.good(200);
    let seen =
        bench.control("GET", &format!("/as/{}{messages}", example::LINUS), Value::Null).await.good(200);
    assert_eq!(seen[0]["content"], "hello");
    let stranger = bench.control("POST", "/users", json!({ "username": "stranger" })).await.good(200);
    let dm =
        bench.bot("POST", "/users/@me/channels", json!({ "recipient_id": stranger["id"] })).await.good(200);
    let messages = format!("/channels/{}/messages", id(&dm));
    bench.bot("POST", &messages, json!({ "content": "hello" })).await.refused(403, 50_278);
    bench.close().await;
}
