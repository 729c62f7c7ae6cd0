//! What a server is made of, changed by the bot and by people.

use serde_json::{Value, json};

use crate::stage::{Stage, id, text};

/// The reads that bots commonly do.
pub(crate) async fn surveyed(stage: &mut Stage) {
    let found = stage.order("survey", json!({"guild": stage.guild})).await;
    assert_eq!((&found["same"], &found["guilds"]), (&json!(true), &json!(3)), "{found}");
    assert!(found["roles"].as_u64() > Some(1) && found["channels"].as_u64() > Some(3), "{found}");
}

/// Made, renamed, given, taken and deleted; and one that stands above the bot's own.
pub(crate) async fn roles(stage: &mut Stage) {
    let (guild, linus) = (stage.guild.clone(), stage.linus.clone());
    let order =
        json!({"guild": guild, "name": "Readers", "permissions": "1024", "reason": "a club needs them"});
    let role = text(&stage.order("role_create", order).await, "id");
    assert_eq!(stage.heard_of("role_create", "id", &role).await["name"], "Readers");
    stage.heard_of("audit_entry", "reason", "a club needs them").await;
    let log = stage.order("audit_log", json!({"guild": guild})).await;
    assert!(log["reasons"].as_array().unwrap().contains(&json!("a club needs them")), "{log}");
    stage.order("role_edit", json!({"guild": guild, "role": role, "name": "Avid readers"})).await;
    stage.heard("role_update", |line| line["id"] == role.as_str() && line["name"] == "Avid readers").await;
    stage.order("role_give", json!({"guild": guild, "user": linus, "role": role})).await;
    stage.heard_of("member_update", "user", &linus).await;
    stage.order("role_take", json!({"guild": guild, "user": linus, "role": role})).await;
    stage.order("role_delete", json!({"guild": guild, "role": role})).await;
    stage.heard_of("role_delete", "id", &role).await;
    let high =
        stage.person(&stage.ada, "POST", &format!("/guilds/{guild}/roles"), json!({"name": "High"})).await;
    let high = id(&high);
    let up = json!([{"id": high, "position": 50}]);
    stage.person(&stage.ada, "PATCH", &format!("/guilds/{guild}/roles"), up).await;
    let give = json!({"guild": guild, "user": linus, "role": high});
    assert_eq!(stage.refused("role_give", give).await, (403, 50013), "it stands above the bot");
    // A role with more than the bot has itself.
    let admin = json!({"guild": guild, "name": "Admins", "permissions": "8"});
    assert_eq!(stage.refused("role_create", admin).await, (403, 50013));
}

pub(crate) async fn channels(stage: &mut Stage) {
    let guild = stage.guild.clone();
    for kind in [0, 2, 4] {
        let name = format!("made-{kind}");
        let order = json!({"guild": guild, "name": name, "type": kind});
        let channel = text(&stage.order("channel_create", order).await, "id");
        assert_eq!(stage.heard_of("channel_create", "id", &channel).await["name"], name.as_str());
        stage.order("channel_edit", json!({"channel": channel, "name": format!("kept-{kind}")})).await;
        let renamed = format!("kept-{kind}");
        stage.heard("channel_update", |line| line["id"] == channel.as_str() && line["name"] == renamed).await;
        stage.order("channel_delete", json!({"channel": channel})).await;
        stage.heard_of("channel_delete", "id", &channel).await;
    }
}

/// What a member may do in one channel.
pub(crate) async fn overwrites(stage: &mut Stage) {
    let channel = stage.channel("overwrites").await;
    let (linus, ada) = (stage.linus.clone(), stage.ada.clone());
    let order = json!({"channel": channel, "target": linus, "type": 1, "allow": "0", "deny": "2048"});
    stage.order("overwrite", order).await;
    stage.heard_of("channel_update", "id", &channel).await;
    assert!(stage.control.say(&linus, &channel, "may I?").await.is_err(), "he is denied");
    stage.said(&ada, &channel, "I may").await;
    // Denying what the bot has not got itself (stage hosts' priority, bit 8).
    let order = json!({"channel": channel, "target": linus, "type": 1, "allow": "256", "deny": "0"});
    assert_eq!(stage.refused("overwrite", order).await, (403, 50013));
}

/// Nicknames and timeouts, and the owner, who is above everyone.
pub(crate) async fn people(stage: &mut Stage) {
    let (guild, linus, ada) = (stage.guild.clone(), stage.linus.clone(), stage.ada.clone());
    let channel = stage.channel("people").await;
    // Bots may not change nicknames by default, which is what the first refusal proves.
    let nick = json!({"guild": guild, "user": linus, "nick": "Lin"});
    assert_eq!(stage.refused("nick", nick.clone()).await, (403, 50013));
    permitted(stage, 1 << 27).await;
    stage.order("nick", nick).await;
    stage.heard("member_update", |line| line["user"] == linus.as_str() && line["nick"] == "Lin").await;
    stage.order("timeout", json!({"guild": guild, "user": linus, "seconds": 600})).await;
    stage.heard_of("member_update", "user", &linus).await;
    assert!(stage.control.say(&linus, &channel, "hello?").await.is_err(), "he is in timeout");
    stage
        .person(
            &ada,
            "PATCH",
            &format!("/guilds/{guild}/members/{linus}"),
            json!({"communication_disabled_until": null}),
        )
        .await;
    for what in ["kick", "ban"] {
        assert_eq!(stage.refused(what, json!({"guild": guild, "user": ada})).await, (403, 50013), "{what}");
    }
    assert_eq!(
        stage.refused("timeout", json!({"guild": guild, "user": ada, "seconds": 60})).await,
        (403, 50013)
    );
}

/// Gives the bot's own role further permissions.
async fn permitted(stage: &Stage, bits: u64) {
    let (guild, ada) = (&stage.guild, &stage.ada);
    let roles = stage.person(ada, "GET", &format!("/guilds/{guild}/roles"), Value::Null).await;
    let own = roles.as_array().unwrap().iter().find(|role| role["tags"]["bot_id"] == stage.bot_user.as_str());
    let own = own.expect("the bot's own role");
    let has: u64 = text(own, "permissions").parse().unwrap();
    let body = json!({"permissions": (has | bits).to_string()});
    stage.person(ada, "PATCH", &format!("/guilds/{guild}/roles/{}", id(own)), body).await;
}

/// A newcomer joins, is kicked, joins again, is banned and forgiven.
pub(crate) async fn bans(stage: &mut Stage) {
    let guild = stage.guild.clone();
    let made = stage.control.post("/users", json!({"username": "newcomer"})).await.unwrap();
    let user = id(&made);
    let member = format!("/guilds/{guild}/members/{user}");
    let join = || stage.control.call("PUT", &member, Some(json!({})));
    join().await.unwrap();
    stage.heard_of("member_add", "user", &user).await;
    stage.order("kick", json!({"guild": guild, "user": user})).await;
    stage.heard_of("member_remove", "user", &user).await;
    stage.control.call("PUT", &member, Some(json!({}))).await.unwrap();
    stage.heard_of("member_add", "user", &user).await;
    stage.order("ban", json!({"guild": guild, "user": user, "reason": "spam"})).await;
    stage.heard_of("ban_add", "user", &user).await;
    stage.heard_of("member_remove", "user", &user).await;
    let listed = stage.order("bans", json!({"guild": guild})).await;
    assert_eq!(listed["ids"], json!([user]));
    stage.order("unban", json!({"guild": guild, "user": user})).await;
    stage.heard_of("ban_remove", "user", &user).await;
    assert_eq!(stage.refused("unban", json!({"guild": guild, "user": user})).await, (404, 10026));
}

pub(crate) async fn webhooks(stage: &mut Stage) {
    let channel = stage.channel("webhooks").await;
    let made = stage.order("webhook_create", json!({"channel": channel, "name": "Herald"})).await;
    stage.heard_of("webhooks_update", "channel", &channel).await;
    let (webhook, token) = (text(&made, "id"), text(&made, "token"));
    let with = |more: Value| {
        let mut values = json!({"webhook": webhook, "token": token});
        for (key, value) in more.as_object().into_iter().flatten() {
            values[key] = value.clone();
        }
        values
    };
    let sent =
        stage.order("webhook_send", with(json!({"content": "hear ye", "username": "Town crier"}))).await;
    let message = text(&sent, "id");
    let seen = stage.seen(&channel, &message).await.expect("the message");
    assert_eq!((&seen["author"]["username"], &seen["webhook_id"]), (&json!("Town crier"), &json!(webhook)));
    stage.order("webhook_edit", with(json!({"message": message, "content": "hear ye all"}))).await;
    assert_eq!(stage.seen(&channel, &message).await.expect("the message")["content"], "hear ye all");
    stage.order("webhook_delete", with(json!({}))).await;
    let refused = stage.refused("webhook_send", with(json!({"content": "again"}))).await;
    assert_eq!(refused, (404, 10015));
    let clyde = stage.refused("webhook_create", json!({"channel": channel, "name": "Clyde"})).await;
    assert_eq!(clyde, (400, 50035));
}

/// Made, used by a newcomer, counted and deleted.
pub(crate) async fn invites(stage: &mut Stage) {
    let (guild, channel) = (stage.guild.clone(), stage.channel("invites").await);
    let made = stage.order("invite_create", json!({"channel": channel, "max_uses": 5})).await;
    let code = text(&made, "code");
    stage.heard_of("invite_create", "code", &code).await;
    let user = id(&stage.control.post("/users", json!({"username": "guest"})).await.unwrap());
    stage.control.post(&format!("/as/{user}/invites/{code}"), json!({})).await.unwrap();
    stage.heard_of("member_add", "user", &user).await;
    let counted = stage.order("invite_uses", json!({"guild": guild})).await;
    assert_eq!(counted["uses"][&code], 1, "{counted}");
    stage.order("invite_delete", json!({"guild": guild, "code": code})).await;
    stage.heard_of("invite_delete", "code", &code).await;
    assert_eq!(stage.refused("invite_delete", json!({"guild": guild, "code": code})).await, (404, 10006));
}

pub(crate) async fn settings(stage: &mut Stage) {
    let guild = stage.guild.clone();
    stage.order("guild_edit", json!({"guild": guild, "name": "Riverside Readers"})).await;
    stage.heard_of("guild_update", "name", "Riverside Readers").await;
    stage.order("guild_edit", json!({"guild": guild, "name": "Riverside Book Club"})).await;
    stage.heard_of("guild_update", "name", "Riverside Book Club").await;
    let body = json!({
        "name": "Reading night", "privacy_level": 2, "entity_type": 3, "entity_metadata": {"location": "Here"},
        "scheduled_start_time": "2099-01-01T20:00:00Z", "scheduled_end_time": "2099-01-01T22:00:00Z",
    });
    stage.person(&stage.ada, "POST", &format!("/guilds/{guild}/scheduled-events"), body).await;
    stage.heard_of("scheduled_event_create", "name", "Reading night").await;
    stage.order("presence", json!({"status": "idle", "activity": "a book"})).await;
    let path = format!("/as/{}/presence", stage.linus);
    stage.control.call("PUT", &path, Some(json!({"status": "dnd"}))).await.unwrap();
    let linus = stage.linus.clone();
    stage.heard("presence", |line| line["user"] == linus.as_str() && line["status"] == "dnd").await;
}

/// A server goes away and comes back, and the bot is added to another and removed from it.
pub(crate) async fn outage(stage: &mut Stage) {
    let guild = guildhall_sandbox::example::MAKERS.to_string();
    stage.control.post(&format!("/guilds/{guild}/outage"), json!({"unavailable": true})).await.unwrap();
    let heard = stage.heard_of("guild_delete", "id", &guild).await;
    assert_eq!(heard["unavailable"], true, "{heard}");
    stage.control.post(&format!("/guilds/{guild}/outage"), json!({"unavailable": false})).await.unwrap();
    stage.heard_of("guild_create", "name", "Maple Street Makers").await;
    let body = json!({"name": "New here", "owner_id": stage.ada, "channels": ["general"]});
    let made = stage.control.post("/guilds", body).await.unwrap();
    let bots = format!("/guilds/{}/bots/{}", id(&made), stage.application);
    stage.control.post(&bots, json!({})).await.unwrap();
    stage.heard_of("guild_create", "name", "New here").await;
    stage.control.delete(&bots).await.unwrap();
    let gone = id(&made);
    let heard = stage.heard_of("guild_delete", "id", &gone).await;
    assert_eq!(heard["unavailable"], false, "{heard}");
    stage.control.delete(&format!("/guilds/{gone}")).await.unwrap();
}

/// A person joins a voice channel and leaves it.
pub(crate) async fn voice(stage: &mut Stage) {
    let view = stage.control.get(&format!("/as/{}/guilds/{}", stage.ada, stage.guild)).await.unwrap();
    let room =
        view["channels"].as_array().unwrap().iter().find(|one| one["type"] == 2).expect("a voice channel");
    let room = id(room);
    stage.control.post(&format!("/as/{}/channels/{room}/voice", stage.linus), json!({})).await.unwrap();
    let path = format!("/as/{}/guilds/{}/voice", stage.linus, stage.guild);
    let linus = stage.linus.clone();
    let heard = stage.heard_of("voice_state", "user", &linus).await;
    assert_eq!(heard["channel"], room.as_str());
    stage.control.delete(&path).await.unwrap();
    let heard = stage.heard_of("voice_state", "user", &linus).await;
    assert_eq!(heard["channel"], Value::Null);
}
