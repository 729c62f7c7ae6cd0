//! Messages both ways: written, read, changed, pinned, reacted to, deleted.

use serde_json::{Value, json};

use crate::stage::{Library, Stage, id, text};
use crate::steps::sorted;

/// How many messages the history step pages through.
const LONG: usize = 250;

/// The bot's own message, its reply, its edit and its deletion.
pub(crate) async fn spoken(stage: &mut Stage) {
    let channel = stage.channel("spoken").await;
    let ada = stage.ada.clone();
    let question = stage.said(&ada, &channel, "anyone?").await;
    let embeds = json!([{"title": "A title", "fields": [{"name": "a", "value": "b", "inline": true}]}]);
    let order =
        json!({"channel": channel, "content": "from the bot", "embeds": embeds, "reply_to": question});
    let sent = stage.order("send", order).await;
    let message = text(&sent, "id");
    let seen = stage.seen(&channel, &message).await.expect("ada sees it");
    assert_eq!((&seen["content"], &seen["author"]["id"]), (&json!("from the bot"), &json!(stage.bot_user)));
    assert_eq!(seen["message_reference"]["message_id"], question);
    assert_eq!((&seen["type"], &seen["embeds"][0]["title"]), (&json!(19), &json!("A title")));
    assert!(seen["edited_timestamp"].is_null());
    stage.heard_of("message_create", "id", &message).await;
    stage.order("edit", json!({"channel": channel, "message": message, "content": "changed"})).await;
    stage
        .heard("message_update", |line| line["id"] == message.as_str() && line["content"] == "changed")
        .await;
    let seen = stage.seen(&channel, &message).await.expect("ada still sees it");
    assert!(seen["edited_timestamp"].is_string());
    stage.order("delete", json!({"channel": channel, "message": message})).await;
    stage.heard_of("message_delete", "id", &message).await;
    assert!(stage.seen(&channel, &message).await.is_none());
}

/// A person's message, its edit and its deletion.
pub(crate) async fn heard(stage: &mut Stage) {
    let channel = stage.channel("heard").await;
    let sent = stage.control.say(&stage.ada, &channel, "first words").await.unwrap();
    let message = id(&sent);
    let heard = stage.heard_of("message_create", "id", &message).await;
    assert_eq!((&heard["content"], &heard["author"]), (&json!("first words"), &json!(stage.ada)));
    assert_eq!(heard["guild"], stage.guild.as_str());
    let path = format!("/as/{}/channels/{channel}/messages/{message}", stage.ada);
    stage.control.patch(&path, json!({"content": "second thoughts"})).await.unwrap();
    let heard = stage.heard_of("message_update", "id", &message).await;
    assert_eq!(heard["content"], "second thoughts");
    let fetched = stage.order("fetch", json!({"channel": channel, "message": message})).await;
    assert_eq!(fetched["content"], "second thoughts");
    stage.control.delete(&path).await.unwrap();
    stage.heard_of("message_delete", "id", &message).await;
}

/// What is not there, what is another's, what is empty, and places that are closed.
pub(crate) async fn refused(stage: &mut Stage) {
    let channel = stage.channel("refused").await;
    let ada = stage.ada.clone();
    let message = stage.said(&ada, &channel, "ada's own").await;
    let missing = json!({"channel": channel, "message": "175928847299117063"});
    assert_eq!(stage.refused("fetch", missing).await, (404, 10008));
    let edit = json!({"channel": channel, "message": message, "content": "mine now"});
    assert_eq!(stage.refused("edit", edit).await, (403, 50005));
    let long = json!({"channel": channel, "content": "x".repeat(2001)});
    stage.refused_by_either("send", long, (400, 50035)).await;
    let everyone = stage.guild.clone();
    for (name, bit, code) in [("unseen", 1_u64 << 10, 50001_u64), ("mute", 1 << 11, 50013)] {
        let overwrite = json!({"id": everyone, "type": 0, "allow": "0", "deny": bit.to_string()});
        let body = json!({"name": name, "permission_overwrites": [overwrite]});
        let made = stage.control.post(&format!("/guilds/{}/channels", stage.guild), body).await.unwrap();
        let closed = id(&made);
        if code == 50013 {
            stage.heard_of("channel_create", "id", &closed).await;
        } else if stage.library == Library::DiscordJs {
            // It finds the channel in its cache or asks for it, which is refused as well.
            let order = json!({"channel": closed, "content": "hello"});
            assert_eq!(stage.refused("send", order).await, (403, code));
            continue;
        }
        let order = json!({"channel": closed, "content": "hello"});
        assert_eq!(stage.refused("send", order).await, (403, code), "{name}");
    }
}

/// 250 messages, before, after and around.
pub(crate) async fn history(stage: &mut Stage) {
    let channel = stage.channel("history").await;
    let mut ids = Vec::new();
    for n in 0..LONG {
        ids.push(id(&stage.control.say(&stage.ada, &channel, &format!("line {n}")).await.unwrap()));
    }
    let newest_first =
        |from: usize, to: usize| -> Value { (from..to).rev().map(|n| json!(format!("line {n}"))).collect() };
    let all = stage.order("history", json!({"channel": channel, "limit": 1000})).await;
    assert_eq!(all["contents"], newest_first(0, LONG));
    let before = stage.order("history", json!({"channel": channel, "limit": 150, "before": ids[200]})).await;
    assert_eq!(before["contents"], newest_first(50, 200));
    let after = stage.order("history", json!({"channel": channel, "limit": 150, "after": ids[50]})).await;
    assert_eq!(after["contents"], newest_first(51, 201));
    let around = stage.order("history", json!({"channel": channel, "limit": 11, "around": ids[100]})).await;
    assert_eq!(around["contents"], newest_first(95, 106));
}

/// Pins of one's own and of others, listed and taken off.
pub(crate) async fn pins(stage: &mut Stage) {
    let channel = stage.channel("pins").await;
    let linus = stage.linus.clone();
    let first = stage.said(&linus, &channel, "keep this").await;
    let second = stage.said(&linus, &channel, "and this").await;
    for message in [&first, &second] {
        stage.order("pin", json!({"channel": channel, "message": message})).await;
        stage.heard_of("pins_update", "channel", &channel).await;
    }
    let listed = stage.order("pins", json!({"channel": channel})).await;
    assert_eq!(listed["ids"], json!([second, first]), "the newest pin first");
    stage.order("unpin", json!({"channel": channel, "message": second})).await;
    let listed = stage.order("pins", json!({"channel": channel})).await;
    assert_eq!(listed["ids"], json!([first]));
    let missing = json!({"channel": channel, "message": "175928847299117063"});
    assert_eq!(stage.refused("pin", missing).await, (404, 10008));
}

/// The bot's own reaction and a person's, who reacted, and an emoji that is none.
pub(crate) async fn reactions(stage: &mut Stage) {
    let channel = stage.channel("reactions").await;
    let linus = stage.linus.clone();
    let message = stage.said(&linus, &channel, "like it?").await;
    let thumb = "\u{1F44D}";
    let on = |emoji: &str| json!({"channel": channel, "message": message, "emoji": emoji});
    stage.order("react", on(thumb)).await;
    let bot = stage.bot_user.clone();
    let heard = stage.heard_of("reaction_add", "user", &bot).await;
    assert_eq!((&heard["message"], &heard["emoji"]), (&json!(message), &json!(thumb)));
    let path = format!("/channels/{channel}/messages/{message}/reactions/%F0%9F%91%8D/@me");
    stage.person(&linus, "PUT", &path, Value::Null).await;
    stage.heard_of("reaction_add", "user", &linus).await;
    let listed = stage.order("reactions", on(thumb)).await;
    let users = sorted(&listed["users"]);
    let mut expected = vec![bot.clone(), linus.clone()];
    expected.sort();
    assert_eq!((users, &listed["count"]), (expected, &json!(2)));
    stage.order("unreact", on(thumb)).await;
    stage.heard_of("reaction_remove", "user", &bot).await;
    assert_eq!(stage.refused("react", on("nothing")).await, (400, 10014));
}

/// Many at once.
pub(crate) async fn bulk_delete(stage: &mut Stage) {
    let channel = stage.channel("bulk-delete").await;
    let linus = stage.linus.clone();
    let mut messages = Vec::new();
    for n in 0..5 {
        messages.push(stage.said(&linus, &channel, &format!("line {n}")).await);
    }
    stage.order("bulk_delete", json!({"channel": channel, "messages": messages[..4]})).await;
    stage.heard("message_delete_bulk", |line| line["count"] == 4).await;
    let left = stage.control.messages(&linus, &channel).await.unwrap();
    assert_eq!(left.len(), 1);
}

/// Who types, and a conversation outside any server.
pub(crate) async fn typing_and_dm(stage: &mut Stage) {
    let channel = stage.channel("typing").await;
    stage.order("typing", json!({"channel": channel})).await;
    let linus = stage.linus.clone();
    stage.person(&linus, "POST", &format!("/channels/{channel}/typing"), Value::Null).await;
    let heard = stage.heard_of("typing", "user", &linus).await;
    assert_eq!(heard["channel"], channel);
    let sent = stage.order("dm", json!({"user": linus, "content": "psst"})).await;
    let direct = text(&sent, "channel");
    let answer = stage.control.say(&linus, &direct, "what is it?").await.unwrap();
    let heard = stage.heard_of("message_create", "id", &id(&answer)).await;
    assert_eq!((&heard["content"], &heard["guild"]), (&json!("what is it?"), &Value::Null));
}

/// A poll, a vote, and its end.
pub(crate) async fn polls(stage: &mut Stage) {
    let channel = stage.channel("polls").await;
    let answer = |text: &str| json!({"poll_media": {"text": text}});
    let poll = json!({
        "question": {"text": "Tea?"}, "answers": [answer("Yes"), answer("No")], "duration": 24,
        "allow_multiselect": false, "layout_type": 1,
    });
    let order = json!({"channel": channel, "poll": poll});
    let sent = stage.order("send", order).await;
    let message = text(&sent, "id");
    let linus = stage.linus.clone();
    let vote = format!("/as/{linus}/channels/{channel}/polls/{message}/vote");
    stage.control.call("PUT", &vote, Some(json!({"answer_ids": [1]}))).await.unwrap();
    let heard = stage.heard_of("poll_vote", "user", &linus).await;
    assert_eq!(heard["answer"], 1);
    stage.order("poll_end", json!({"channel": channel, "message": message})).await;
    let seen = stage.seen(&channel, &message).await.expect("the poll");
    assert_eq!(seen["poll"]["results"]["is_finalized"], true);
}

/// A message of an announcement channel goes to its followers; elsewhere there are none.
pub(crate) async fn crosspost(stage: &mut Stage) {
    let body = json!({"name": "announcements", "type": 5});
    let made = stage.control.post(&format!("/guilds/{}/channels", stage.guild), body).await.unwrap();
    let channel = id(&made);
    stage.heard_of("channel_create", "id", &channel).await;
    let sent = stage.order("send", json!({"channel": channel, "content": "news"})).await;
    stage.order("crosspost", json!({"channel": channel, "message": sent["id"]})).await;
    let seen = stage.seen(&channel, sent["id"].as_str().unwrap()).await.expect("the news");
    assert_eq!(seen["flags"], 1, "crossposted");
}
