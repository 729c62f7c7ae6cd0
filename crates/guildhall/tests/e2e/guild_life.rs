//! A server's life with the bot: invited, kicked, invited again, in an outage, with permissions missing.

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::{
    rows::{self, Known},
    stage::{BOUND, Stage, number},
};

/// Waits until the bot counts this many servers.
async fn in_servers(stage: &Stage, count: u64) {
    let counted = wait::until(BOUND, || async {
        (stage.page_json("/servers").await["servers"] == count).then_some(())
    });
    counted.await.unwrap_or_else(|| panic!("the bot is not in {count} servers"));
}

/// The labels of a message's buttons.
fn labels(message: &Value) -> Vec<&str> {
    let rows = message["components"].as_array().unwrap();
    let buttons = rows.iter().flat_map(|row| row["components"].as_array().unwrap());
    buttons.filter_map(|button| button["label"].as_str()).collect()
}

#[tokio::test]
async fn an_invited_bot_greets_once_however_often_it_is_invited() {
    let mut stage = Stage::open().await;
    let harbour = stage.found("Harbour").await;
    stage.invite(harbour).await;
    let ada = stage.seat(example::ADA, harbour).await;
    let welcome = ada.welcomed().await;
    assert_eq!(labels(&welcome), ["Quick setup", "See features", "Privacy"]);
    in_servers(&stage, 4).await;
    assert!(ada.run("server_info", json!({})).await.words().contains("Known to me since"));
    let features = ada.press(&welcome, "See features").await;
    assert!(features.hidden() && features.words().contains("Knowledge"), "{}", features.words());
    let form = ada.press(&welcome, "Quick setup").await;
    assert_eq!(
        (&form.record["state"], &form.record["modal"]["title"]),
        (&json!("modal"), &json!("Quick setup"))
    );
    let plain = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    let elsewhere = plain.welcomed().await;
    let refused = plain.press(&elsewhere, "Quick setup").await;
    assert!(refused.hidden() && refused.words().contains("Manage Server"), "{}", refused.words());

    stage.kick(harbour).await;
    in_servers(&stage, 3).await;
    stage.invite(harbour).await;
    in_servers(&stage, 4).await;
    // An answer that needs the database comes after what the events before it have written.
    let learned = ada.run("learn", json!({ "content": "The harbour opens at six." })).await;
    assert!(learned.words().contains("Learned as entry 1"), "{}", learned.words());
    assert!(stage.terminate().await.success());
    assert_eq!(ada.welcomes().await.len(), 1, "the second invitation is no news");
    let known = rows::guilds(&stage).await;
    assert!(known.contains(&Known { guild: harbour, left: false }), "{known:?}");
    stage.close().await;
}

#[tokio::test]
async fn a_kicked_bot_marks_the_server_as_left() {
    let mut stage = Stage::open().await;
    stage.kick(example::GAMES).await;
    in_servers(&stage, 2).await;
    assert!(stage.terminate().await.success());
    let known = rows::guilds(&stage).await;
    assert!(known.contains(&Known { guild: example::GAMES, left: true }), "{known:?}");
    assert!(known.contains(&Known { guild: example::MAKERS, left: false }), "{known:?}");
    stage.close().await;
}

#[tokio::test]
async fn an_outage_changes_nothing() {
    let mut stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    ada.run("learn", json!({ "content": "The book swap is on Sunday." })).await;
    let outage = format!("/guilds/{}/outage", example::BOOK_CLUB);
    let since = stage.sandbox.engine().journal().last();
    stage.control.post(&outage, json!({ "unavailable": true })).await.unwrap();
    let told = format!("/journal/wait?after={since}&kind=gateway_out&contains=GUILD_DELETE&timeout_ms=30000");
    stage.control.get(&told).await.expect("the bot is told of the outage");
    stage.control.post(&outage, json!({ "unavailable": false })).await.unwrap();
    in_servers(&stage, 3).await;
    let found = ada.run("ask_knowledge", json!({ "query": "When is the book swap?" })).await;
    assert!(found.words().contains("The book swap is on Sunday."), "{}", found.words());
    let welcomes = ada.welcomes().await.len();
    assert!(stage.terminate().await.success());
    assert_eq!(ada.welcomes().await.len(), welcomes);
    assert!(welcomes <= 1, "{welcomes} welcomes");
    let known = rows::guilds(&stage).await;
    assert!(known.contains(&Known { guild: example::BOOK_CLUB, left: false }), "{known:?}");
    stage.close().await;
}

#[tokio::test]
async fn a_channel_where_the_bot_may_not_write_is_named_with_a_repair() {
    let stage = Stage::open().await;
    // Discord docs: Permissions, SEND_MESSAGES is bit 11.
    let deny =
        json!({ "id": example::APPLICATION.to_string(), "type": 1, "deny": (1_u64 << 11).to_string() });
    let body = json!({ "name": "reading-list", "permission_overwrites": [deny] });
    let made = stage.control.post(&format!("/guilds/{}/channels", example::BOOK_CLUB), body).await.unwrap();
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let healthy = ada.run("server_info", json!({})).await.words();
    assert!(healthy.contains("I have every permission"), "{healthy}");
    let shown = ada.at(number(&made["id"])).run("server_info", json!({})).await.words();
    assert!(shown.contains("Send Messages"), "{shown}");
    assert!(shown.contains(&format!("missing in <#{}>", number(&made["id"]))), "{shown}");
    assert!(shown.contains("choose Permissions"), "{shown}");
    stage.close().await;
}
