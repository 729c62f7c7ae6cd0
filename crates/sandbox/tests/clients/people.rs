//! People come, go, are given roles and are sent away, all in the web client.

use serde_json::json;

use crate::show::Show;

/// What moves in the places and menus: an invite's link, a new person, a ban, voice, a forum.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_come_and_go() {
    let mut show = Show::open().await;
    show.click("server-menu").await;
    show.click("create-invite").await;
    show.step("see", json!({"testid": "invite-link"})).await;
    show.step("key", json!({"name": "Control+c"})).await;
    let link = show.step("clipboard", json!({})).await["text"].clone();
    assert!(link.as_str().unwrap().contains("/?invite="), "{link}");
    show.click("invite-dialog-close").await;

    show.click("make-menu").await;
    show.click("new-person").await;
    show.step("put", json!({"testid": "field-username", "value": "newcomer"})).await;
    show.step("put", json!({"testid": "field-join", "checked": false})).await;
    show.click("dialog-submit").await;
    show.browser.choose("newcomer", "Direct messages", "Guildhall").await.unwrap();
    assert_eq!(show.count("[data-testid=server-item]").await, 0, "they are in no server yet");
    show.click("make-menu").await;
    show.click("join-invite").await;
    show.step("put", json!({"testid": "field-code", "value": link})).await;
    show.click("dialog-submit").await;
    show.browser.choose("newcomer", "Riverside Book Club", "general").await.unwrap();
    show.step("write", json!({"text": "I am new here"})).await;
    show.browser.expect(json!({"content": "I am new here", "author": "newcomer"})).await.unwrap();

    show.browser.choose("ada", "Riverside Book Club", "general").await.unwrap();
    show.step("click", json!({"testid": "message-author", "contains": "newcomer"})).await;
    show.click("ban").await;
    show.click("dialog-submit").await;
    show.click("members-toggle").await;
    show.step("see", json!({"testid": "member", "contains": "newcomer", "gone": true})).await;
    show.click("server-menu").await;
    show.click("show-bans").await;
    show.step("see", json!({"testid": "ban-row", "contains": "newcomer"})).await;
    show.click("unban").await;
    show.step("see", json!({"testid": "ban-row", "gone": true})).await;
    show.click("bans-dialog-close").await;
    show.close().await;
}

/// A new voice channel is joined and left; a forum takes posts; an outage shows itself and ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_of_other_kinds() {
    let mut show = Show::open().await;
    made(&mut show, "ideas", "15").await;
    show.click("new-post").await;
    show.step("put", json!({"testid": "field-name", "value": "The first"})).await;
    show.step("put", json!({"testid": "field-content", "value": "What I think"})).await;
    show.click("dialog-submit").await;
    show.step("see", json!({"testid": "room-title", "contains": "The first"})).await;
    show.browser.expect(json!({"content": "What I think"})).await.unwrap();
    show.click("thread-menu").await;
    show.click("parent-channel").await;
    show.step("see", json!({"testid": "thread-row", "contains": "The first"})).await;

    made(&mut show, "talk", "2").await;
    show.click("server-menu").await;
    show.click("join-voice").await;
    show.step("see", json!({"testid": "voice-person", "contains": "Ada"})).await;
    show.click("server-menu").await;
    show.click("leave-voice").await;
    show.step("see", json!({"testid": "voice-person", "gone": true})).await;
    show.close().await;
}

async fn made(show: &mut Show, name: &str, kind: &str) {
    show.click("server-menu").await;
    show.click("new-channel").await;
    show.step("put", json!({"testid": "field-name", "value": name})).await;
    show.step("put", json!({"testid": "field-type", "option": kind})).await;
    show.click("dialog-submit").await;
    show.step("see", json!({"testid": "room-title", "contains": name})).await;
}
