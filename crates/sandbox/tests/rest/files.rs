//! Attachments: links that expire, fresh ones, spoilers, images in embeds.

use guildhall_sandbox::{Limits, example};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::id;

fn file(name: &str, text: &str) -> Part {
    Part::bytes(text.as_bytes().to_vec()).file_name(name.to_owned())
}

#[tokio::test]
async fn links_expire_and_are_made_fresh() {
    let bench = Bench::with(Limits { attachment_lifetime: 60_000, ..Bench::wide() }).await;
    let messages = format!("/channels/{}/messages", bench.general());
    let sent =
        bench.upload(&messages, Form::new().part("files[0]", file("notes.txt", "hello"))).await.good(200);
    let link = sent["attachments"][0]["url"].as_str().expect("an address").to_owned();
    let (bare, query) = link.split_once('?').expect("a signature");
    assert!(query.starts_with("ex=") && query.contains("&is=") && query.contains("&hm="), "{link}");
    assert_eq!(bench.fetch(&link).await.text, "hello");
    assert_eq!(bench.fetch(bare).await.status, 404);
    let forged = link.replace("hm=", "hm=0");
    assert_eq!(bench.fetch(&forged).await.status, 404);

    bench.control("POST", "/clock/advance", json!({ "ms": 60_000 })).await.good(200);
    let late = bench.fetch(&link).await;
    assert_eq!((late.status, late.text.as_str()), (404, "This content is no longer available."));
    let again = bench.bot("GET", &format!("{messages}/{}", id(&sent)), Value::Null).await.good(200);
    let fresh = again["attachments"][0]["url"].as_str().expect("an address");
    assert_eq!(bench.fetch(fresh).await.text, "hello", "a message read anew has fresh links");
    let ask = json!({ "attachment_urls": [link, "https://example.org/a.png"] });
    let got = bench.bot("POST", "/attachments/refresh-urls", ask).await.good(200);
    let fresh = got["refreshed_urls"][0]["refreshed"].as_str().expect("an address");
    assert_eq!(got["refreshed_urls"][0]["original"], json!(link));
    assert_eq!(bench.fetch(fresh).await.text, "hello");
    assert_eq!(got["refreshed_urls"][1]["refreshed"], Value::Null);
    for wrong in [json!([]), json!(vec!["x"; 51])] {
        let ask = json!({ "attachment_urls": wrong });
        bench.bot("POST", "/attachments/refresh-urls", ask).await.refused(400, 50_035);
    }
    // The route is not in Discord's description, so that nothing is checked against it.
    bench.sandbox.shutdown().await;
}

#[tokio::test]
async fn files_are_described_hidden_and_shown_in_embeds() {
    let bench = Bench::with(Bench::wide()).await;
    let messages = format!("/channels/{}/messages", bench.general());
    let payload = json!({
        "attachments": [{ "id": 0, "is_spoiler": true }, { "id": 1 }],
        "embeds": [{ "title": "t", "image": { "url": "attachment://a.png" }, "thumbnail": { "url": "attachment://b.txt" } }],
    });
    let form = Form::new().text("payload_json", payload.to_string());
    let form = form.part("files[0]", file("a.png", "png")).part("files[1]", file("b.txt", "text"));
    let sent = bench.upload(&messages, form).await.good(200);
    assert_eq!((&sent["attachments"][0]["flags"], &sent["attachments"][1]["flags"]), (&json!(8), &json!(0)));
    assert_eq!(sent["embeds"][0]["image"]["url"], sent["attachments"][0]["url"]);
    assert_eq!(sent["embeds"][0].get("thumbnail"), None, "embeds show images only");
    // Nothing is known of a file that is no image; of one that is, the embed tells its size.
    assert_eq!(sent["embeds"][0]["image"]["width"], 0);
    let gif = [&b"GIF89a"[..], &[3, 0, 2, 0, 0, 0, 0]].concat();
    let form = Form::new().text("payload_json", payload.to_string());
    let form =
        form.part("files[0]", Part::bytes(gif).file_name("a.png")).part("files[1]", file("b.txt", "text"));
    let image = bench.upload(&messages, form).await.good(200);
    let size = |value: &Value| (value["width"].as_u64(), value["height"].as_u64());
    assert_eq!(size(&image["attachments"][0]), (Some(3), Some(2)));
    assert_eq!(size(&image["embeds"][0]["image"]), (Some(3), Some(2)));
    assert_eq!(size(&image["attachments"][1]), (None, None));
    let (first, second) = (id(&sent["attachments"][0]), id(&sent["attachments"][1]));
    let path = format!("{messages}/{}", id(&sent));
    let body = json!({ "attachments": [
        { "id": first, "is_spoiler": false, "description": "a picture" }, { "id": second, "is_spoiler": true },
    ] });
    let edited = bench.bot("PATCH", &path, body).await.good(200);
    let files = &edited["attachments"];
    assert_eq!((&files[0]["flags"], &files[1]["flags"]), (&json!(0), &json!(8)));
    assert_eq!(files[0]["description"], "a picture");
    let only = bench.bot("PATCH", &path, json!({ "attachments": [{ "id": second }] })).await.good(200);
    assert_eq!(only["attachments"].as_array().map(Vec::len), Some(1));

    // Someone who manages messages hides the embeds of another, and can change nothing else.
    let theirs = format!("/as/{}/api{messages}", example::LINUS);
    let other = bench.control("POST", &theirs, json!({ "embeds": [{ "title": "t" }] })).await.good(200);
    let other = format!("{messages}/{}", id(&other));
    let hidden = bench.bot("PATCH", &other, json!({ "flags": 4 })).await.good(200);
    assert_eq!((&hidden["embeds"], &hidden["edited_timestamp"]), (&json!([]), &Value::Null));
    assert_eq!(bench.bot("PATCH", &other, json!({ "flags": 0 })).await.good(200)["embeds"][0]["title"], "t");
    bench.bot("PATCH", &other, json!({ "flags": 4, "content": "x" })).await.refused(403, 50_005);
    bench.close().await;
}

#[tokio::test]
async fn old_messages_are_edited_only_so_often() {
    let bench = Bench::with(Limits { old_edits: 2, ..Bench::wide() }).await;
    let messages = format!("/channels/{}/messages", bench.general());
    let path = format!(
        "{messages}/{}",
        id(&bench.bot("POST", &messages, json!({ "content": "0" })).await.good(200))
    );
    for text in ["1", "2", "3"] {
        bench.bot("PATCH", &path, json!({ "content": text })).await.good(200);
    }
    bench.control("POST", "/clock/advance", json!({ "ms": 3_600_001 })).await.good(200);
    for text in ["4", "5"] {
        bench.bot("PATCH", &path, json!({ "content": text })).await.good(200);
    }
    let refused = bench.bot("PATCH", &path, json!({ "content": "6" })).await;
    refused.refused(429, 30_046);
    assert!(refused.body["retry_after"].as_f64().is_some_and(|left| left > 0.0 && left <= 3_600.0));
    bench.close().await;
}

#[tokio::test]
async fn a_forward_keeps_the_files_of_what_it_copied() {
    let bench = Bench::with(Bench::wide()).await;
    let messages = format!("/channels/{}/messages", bench.general());
    let sent =
        bench.upload(&messages, Form::new().part("files[0]", file("notes.txt", "hello"))).await.good(200);
    let there = format!("/channels/{}/messages", bench.channel(example::MAKERS, "general"));
    let forward = json!({ "message_reference": {
        "type": 1, "channel_id": bench.general().to_string(), "message_id": id(&sent),
    } });
    let copy = bench.bot("POST", &there, forward).await.good(200);
    bench.bot("DELETE", &format!("{messages}/{}", id(&sent)), Value::Null).await.good(204);
    let copy = format!("{there}/{}", id(&copy));
    let shown = bench.bot("GET", &copy, Value::Null).await.good(200);
    let link =
        shown["message_snapshots"][0]["message"]["attachments"][0]["url"].as_str().expect("an address");
    assert_eq!(bench.fetch(link).await.text, "hello");
    bench.bot("DELETE", &copy, Value::Null).await.good(204);
    assert_eq!(bench.fetch(link).await.status, 404, "nothing holds it any more");
    bench.close().await;
}
