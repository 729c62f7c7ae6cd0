//! Files up and down.

use serde_json::{Value, json};

use crate::stage::{Stage, id, text};

/// What a person finds at the address of an attachment.
async fn fetched(stage: &Stage, attachment: &Value) -> String {
    let url = text(attachment, "url");
    let path = url.split_once("//").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    let (status, bytes) = stage.control.raw("GET", &path.expect("a path"), None).await.unwrap();
    assert_eq!(status, 200, "{url}");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Two files by multipart, and one of a person's.
pub(crate) async fn up_and_down(stage: &mut Stage) {
    let channel = stage.channel("files").await;
    let files = json!([{"name": "a.txt", "text": "alpha"}, {"name": "b.txt", "text": "beta"}]);
    let sent = stage.order("send", json!({"channel": channel, "content": "two files", "files": files})).await;
    assert_eq!(sent["files"], json!(["a.txt", "b.txt"]));
    let seen = stage.seen(&channel, sent["id"].as_str().unwrap()).await.expect("the message");
    assert_eq!(fetched(stage, &seen["attachments"][0]).await, "alpha");
    assert_eq!(fetched(stage, &seen["attachments"][1]).await, "beta");
    let body = json!({"content": "mine", "files": [{"filename": "c.txt", "text": "gamma"}]});
    let path = format!("/as/{}/channels/{channel}/messages", stage.linus);
    let sent = stage.control.post(&path, body).await.unwrap();
    let heard = stage.heard_of("message_create", "id", &id(&sent)).await;
    assert_eq!(heard["files"], json!(["c.txt"]));
}

/// An edit keeps one file, drops another and adds a third.
pub(crate) async fn kept_and_added(stage: &mut Stage) {
    let channel = stage.channel("kept-files").await;
    let files = json!([{"name": "a.txt", "text": "alpha"}, {"name": "b.txt", "text": "beta"}]);
    let sent = stage.order("send", json!({"channel": channel, "content": "two files", "files": files})).await;
    let message = text(&sent, "id");
    let seen = stage.seen(&channel, &message).await.expect("the message");
    let kept = id(&seen["attachments"][1]);
    let edit = json!({
        "channel": channel, "message": message, "keep": [kept], "files": [{"name": "c.txt", "text": "gamma"}],
    });
    let edited = stage.order("edit", edit).await;
    assert_eq!(edited["files"], json!(["b.txt", "c.txt"]));
    let seen = stage.seen(&channel, &message).await.expect("the message");
    assert_eq!(fetched(stage, &seen["attachments"][0]).await, "beta");
    assert_eq!(fetched(stage, &seen["attachments"][1]).await, "gamma");
}

/// A file that is too large.
pub(crate) async fn refused(stage: &mut Stage) {
    let channel = stage.channel("large-files").await;
    stage.limits(json!({"attachment_bytes": 1000})).await;
    let files = json!([{"name": "a.txt", "text": "x".repeat(1001)}]);
    let refused =
        stage.refused("send", json!({"channel": channel, "content": "large", "files": files})).await;
    assert!(matches!(refused, (400 | 413, 40005 | 50045)), "{refused:?}");
    stage.usual_limits().await;
}
