//! Threads: started, spoken in, archived, joined.

use serde_json::json;

use crate::stage::{Stage, text};

/// From a message, whose id it shares.
pub(crate) async fn from_message(stage: &mut Stage) {
    let channel = stage.channel("from-message").await;
    let linus = stage.linus.clone();
    let message = stage.said(&linus, &channel, "let us talk").await;
    let made =
        stage.order("thread_start", json!({"channel": channel, "message": message, "name": "talk"})).await;
    assert_eq!(made["id"], message);
    let heard = stage.heard_of("thread_create", "id", &message).await;
    assert_eq!(heard["name"], "talk");
    let again = json!({"channel": channel, "message": message, "name": "talk again"});
    stage.refused_by_either("thread_start", again, (400, 160_004)).await;
}

/// On its own, with words of the bot and of a person.
pub(crate) async fn own(stage: &mut Stage) {
    let channel = stage.channel("own-thread").await;
    let made = stage.order("thread_start", json!({"channel": channel, "name": "side talk"})).await;
    let thread = text(&made, "id");
    stage.heard_of("thread_create", "id", &thread).await;
    stage.order("send", json!({"channel": thread, "content": "welcome"})).await;
    let linus = stage.linus.clone();
    stage.said(&linus, &thread, "thanks").await;
    let found = stage.order("history", json!({"channel": thread, "limit": 10})).await;
    assert_eq!(found["contents"].as_array().unwrap()[..2], [json!("thanks"), json!("welcome")]);
}

/// A post in a forum starts with a message of its own id.
pub(crate) async fn forum(stage: &mut Stage) {
    let body = json!({"name": "questions", "type": 15});
    let made = stage.control.post(&format!("/guilds/{}/channels", stage.guild), body).await.unwrap();
    let forum = text(&made, "id");
    stage.heard_of("channel_create", "id", &forum).await;
    let order = json!({"channel": forum, "forum": true, "name": "How?", "content": "Like this"});
    let post = text(&stage.order("thread_start", order).await, "id");
    let first = stage.order("fetch", json!({"channel": post, "message": post})).await;
    assert_eq!(first["content"], "Like this");
}

/// Archived by the bot; whoever writes opens it again, unless it is locked.
pub(crate) async fn archived(stage: &mut Stage) {
    let channel = stage.channel("archived").await;
    let made = stage.order("thread_start", json!({"channel": channel, "name": "for later"})).await;
    let thread = text(&made, "id");
    stage.heard_of("thread_create", "id", &thread).await;
    stage.order("thread_edit", json!({"thread": thread, "archived": true})).await;
    stage.heard("thread_update", |line| line["id"] == thread.as_str() && line["archived"] == true).await;
    let linus = stage.linus.clone();
    stage.said(&linus, &thread, "not yet").await;
    stage.heard("thread_update", |line| line["id"] == thread.as_str() && line["archived"] == false).await;
    stage.order("thread_edit", json!({"thread": thread, "archived": true, "locked": true})).await;
    stage.heard("thread_update", |line| line["id"] == thread.as_str() && line["archived"] == true).await;
    assert!(stage.control.say(&linus, &thread, "but").await.is_err(), "locked");
}

/// Who is in it.
pub(crate) async fn members(stage: &mut Stage) {
    let channel = stage.channel("thread-members").await;
    let order = json!({"channel": channel, "name": "a few", "private": true});
    let thread = text(&stage.order("thread_start", order).await, "id");
    let linus = stage.linus.clone();
    stage.order("thread_add", json!({"thread": thread, "user": linus})).await;
    stage.heard_of("thread_members", "id", &thread).await;
    let mut expected = vec![stage.bot_user.clone(), linus.clone()];
    expected.sort();
    let found = stage.order("thread_members", json!({"thread": thread})).await;
    assert_eq!(found["ids"], json!(expected));
    stage.order("thread_remove", json!({"thread": thread, "user": linus})).await;
    let found = stage.order("thread_members", json!({"thread": thread})).await;
    assert_eq!(found["ids"], json!([stage.bot_user]));
    stage.order("thread_join", json!({"thread": thread})).await;
}

/// Where the bot may not start one.
pub(crate) async fn refused(stage: &mut Stage) {
    let deny = (1_u64 << 35 | 1 << 36).to_string();
    let body = json!({"name": "no-threads", "permission_overwrites": [
        {"id": stage.guild, "type": 0, "allow": "0", "deny": deny},
    ]});
    let made = stage.control.post(&format!("/guilds/{}/channels", stage.guild), body).await.unwrap();
    let channel = text(&made, "id");
    stage.heard_of("channel_create", "id", &channel).await;
    let order = json!({"channel": channel, "name": "anyway"});
    assert_eq!(stage.refused("thread_start", order).await, (403, 50013));
    let unknown = json!({"thread": "175928847299117063", "archived": true});
    assert_eq!(stage.refused("thread_edit", unknown).await, (404, 10003));
}
