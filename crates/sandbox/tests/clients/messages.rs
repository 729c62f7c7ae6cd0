//! Messages both ways, and the reads that bots commonly do.

use guildhall_testkit::wait;
use serde_json::json;

use crate::stage::{BOUND, Library, Stage};

pub(crate) async fn play(library: Library) {
    let mut stage = Stage::open(library).await;
    heard(&mut stage).await;
    spoken(&mut stage).await;
    surveyed(&mut stage).await;
    stage.close().await;
}

/// The bot hears of a user's message, its edit and its deletion.
async fn heard(stage: &mut Stage) {
    let sent = stage.control.say(&stage.ada, &stage.channel, "first words").await.unwrap();
    let heard = stage.bot.event("message", BOUND).await.unwrap();
    assert_eq!(heard["id"], sent["id"]);
    assert_eq!(heard["author"], stage.ada);
    assert_eq!(heard["content"], "first words");
    let path =
        format!("/as/{}/channels/{}/messages/{}", stage.ada, stage.channel, sent["id"].as_str().unwrap());
    stage.control.patch(&path, json!({"content": "second thoughts"})).await.unwrap();
    let heard = stage.bot.event("edited", BOUND).await.unwrap();
    assert_eq!((&heard["id"], &heard["content"]), (&sent["id"], &json!("second thoughts")));
    stage.control.delete(&path).await.unwrap();
    let heard = stage.bot.event("deleted", BOUND).await.unwrap();
    assert_eq!(heard["id"], sent["id"]);
}

/// The user sees the bot's message, its edit and its deletion.
async fn spoken(stage: &mut Stage) {
    let channel = stage.channel.clone();
    let said = stage.order("send", json!({"channel": channel, "content": "from the bot"})).await;
    let id = said["id"].as_str().unwrap().to_owned();
    let seen = stage.seen(&id).await.expect("the user sees it");
    assert_eq!(seen["content"], "from the bot");
    assert_eq!(seen["author"]["id"], stage.bot_user);
    assert!(seen["edited_timestamp"].is_null());
    stage.order("edit", json!({"channel": channel, "message": id, "content": "from the bot, edited"})).await;
    let seen = stage.seen(&id).await.expect("the user still sees it");
    assert_eq!(seen["content"], "from the bot, edited");
    assert!(seen["edited_timestamp"].is_string());
    stage.order("delete", json!({"channel": channel, "message": id})).await;
    let gone = wait::until(BOUND, || async { stage.seen(&id).await.is_none().then_some(()) }).await;
    assert!(gone.is_some(), "the user no longer sees it");
}

async fn surveyed(stage: &mut Stage) {
    for n in 0..3 {
        stage.control.say(&stage.linus, &stage.channel, &format!("line {n}")).await.unwrap();
    }
    let found = stage.order("survey", json!({"channel": stage.channel})).await;
    assert_eq!(found["same"], true, "{found}");
    assert_eq!(found["guilds"], 3);
    assert_eq!(found["commands"], 6);
    assert_eq!(found["missing"], 10008, "an unknown message has its own code");
    assert!(found["history"].as_u64() >= Some(3), "{found}");
    assert!(found["members"].as_u64() >= Some(3), "{found}");
}
