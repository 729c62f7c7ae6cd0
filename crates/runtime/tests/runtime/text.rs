//! Text commands: behind the prefix, through every check, answered once.

use std::time::Duration;

use guildhall_core::{clock::Clock as _, event::EventKind};
use guildhall_discord::gateway::Interest as _;
use guildhall_framework::{
    operating::Maintenance,
    text_command::{OWNER, PREFIX, Prefix},
};
use guildhall_runtime::{RuntimeOptions, interest::Interest};
use guildhall_store::platform::setting;
use serde_json::{Value, json};

use crate::{
    discord::Fault,
    stage::{ADA, CHANNEL, HIDDEN, OPERATOR, Stage, USUAL, guild, options, until},
};

/// Where direct messages go.
const DIRECT: u64 = 900;
/// A thread of the channel.
const THREAD: u64 = 32;

fn is_in(stage: &Stage, place: u64, everyone: u64) {
    stage.is_in_with_channels(guild(place), everyone);
}

async fn set(stage: &Stage, place: u64, prefix: &str) {
    let mut write = stage.store.write().await.unwrap();
    let mut tx = write.guild(guildhall_core::scope::GuildScope(guild(place)));
    let value = json!(prefix).to_string();
    setting::set(&mut tx, OWNER, PREFIX, &value, stage.clock.now()).await.unwrap();
    write.commit().await.unwrap();
    stage.runtime.services().prefixes.set(guild(place), Prefix::new(prefix).ok());
    stage.runtime.interest().refresh(guild(place));
}

/// A stage whose guild 1 has the prefix `!`; the feature does not hear messages.
async fn with_prefix(options: RuntimeOptions) -> Stage {
    let stage = Stage::with(options).await;
    for place in [1, 2] {
        is_in(&stage, place, USUAL);
    }
    set(&stage, 1, "!").await;
    stage
}

async fn say(stage: &Stage, place: u64, content: &str) {
    say_with(stage, place, content, &json!({})).await;
}

async fn say_with(stage: &Stage, place: u64, content: &str, more: &Value) {
    let message = stage.written(content, more);
    deliver(stage, place, &message).await;
}

async fn deliver(stage: &Stage, place: u64, message: &Value) {
    stage.event(EventKind::MessageCreate, guild(place), 1, message).await;
}

/// What was said in a channel but for what the feature says of every message that it hears.
fn said(stage: &Stage, channel: u64) -> Vec<String> {
    let messages = stage.discord.messages(channel).into_iter();
    messages.filter(|words| !words.starts_with("echo ") && !words.starts_with("noted ")).collect()
}

async fn answer(stage: &Stage, channel: u64, content: &str) -> String {
    answer_with(stage, channel, content, &json!({})).await
}

async fn answer_with(stage: &Stage, channel: u64, content: &str, more: &Value) -> String {
    let before = said(stage, channel).len();
    say_with(stage, 1, content, more).await;
    until(&format!("an answer to {content}"), async || said(stage, channel).len() > before).await;
    said(stage, channel)[before].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_answers_as_a_reply_that_pings_nobody() {
    let stage = with_prefix(options()).await;
    let message = stage.written("!PING", &json!({}));
    deliver(&stage, 1, &message).await;
    until("the answer", async || said(&stage, CHANNEL) == ["pong"]).await;
    let sent = stage.discord.seen("/channels/30/messages");
    let reply = sent.iter().find(|seen| seen.body["content"] == "pong").unwrap();
    assert_eq!(reply.body["message_reference"]["message_id"], message["id"]);
    assert_eq!(reply.body["message_reference"]["fail_if_not_exists"], false);
    assert_eq!(reply.body["allowed_mentions"], json!({ "parse": [] }));
    assert!(reply.body["enforce_nonce"] == true);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_answered() {
    let stage = with_prefix(options()).await;
    say(&stage, 2, "!ping").await;
    for content in ["ping", " !ping", "!pong", "!", "! ping", "?ping", "!pin g", "say !ping"] {
        say(&stage, 1, content).await;
    }
    let bot = json!({ "id": "77", "username": "b", "discriminator": "0", "avatar": null, "bot": true });
    say_with(&stage, 1, "!ping", &json!({ "author": bot })).await;
    say_with(&stage, 1, "!ping", &json!({ "webhook_id": "78" })).await;
    say_with(&stage, 1, "!ping", &json!({ "type": 6 })).await;
    say_with(&stage, 1, "!ping", &json!({ "channel_id": "999" })).await;
    let edit = stage.written("!ping", &json!({}));
    stage.event(EventKind::MessageUpdate, guild(1), 2, &edit).await;
    assert_eq!(answer(&stage, CHANNEL, "!ping").await, "pong");
    assert_eq!(said(&stage, CHANNEL), ["pong"]);
    assert!(said(&stage, DIRECT).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slash_command_hides_is_a_direct_message() {
    let stage = with_prefix(options()).await;
    let hidden = answer(&stage, DIRECT, "!write \"to be kept\"").await;
    assert_eq!(hidden, "`!write \"to be kept\"` in Book ˋClubˋ:\nwrote to be kept");
    assert_eq!(stage.discord.seen("/users/@me/channels")[0].body["recipient_id"], ADA.to_string());
    // The handler's own message goes where it sent it.
    until("the note", async || stage.discord.messages(CHANNEL).contains(&"noted to be kept".to_owned()))
        .await;
    // A failure is for the caller alone, as with a slash command.
    for (content, start) in
        [("!broken refuse", "This server has too many"), ("!broken error", "Something went wrong")]
    {
        let told = answer(&stage, DIRECT, content).await;
        assert!(told.lines().nth(1).unwrap().starts_with(start), "{told}");
    }
    assert!(said(&stage, CHANNEL).is_empty(), "{:?}", said(&stage, CHANNEL));
    let noted = stage.notes(1).await;
    assert!(!noted.contains(&"written before it broke".to_owned()), "{noted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_direct_messages_is_told_how_to_ask_and_nothing_else() {
    let stage = with_prefix(options()).await;
    stage.discord.fault("/channels/900/messages", Fault::Code(403, 50_007));
    for content in ["!write secret one", "!write secret two"] {
        let told = answer(&stage, CHANNEL, content).await;
        assert!(told.starts_with("The answer is for you alone") && told.contains("/write"), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
    assert_eq!(stage.discord.seen("/channels/900/messages").len(), 1, "it is not tried again at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_cannot_be_read_are_answered_with_the_usage() {
    let stage = with_prefix(options()).await;
    let missing = answer(&stage, CHANNEL, "!write").await;
    assert!(
        missing.starts_with("`words` is missing") && missing.contains("Usage: `!write <words…>`"),
        "{missing}"
    );
    let wrong = answer(&stage, CHANNEL, "!slow soon yes").await;
    assert!(wrong.starts_with("`millis` cannot be `soon`: it is a whole number"), "{wrong}");
    assert!(stage.notes(1).await.iter().all(|note| note.starts_with('!')));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_of_slash_commands_holds() {
    let stage = with_prefix(options()).await;
    let alone = |told: String| told.lines().nth(1).unwrap().to_owned();
    assert!(alone(answer(&stage, DIRECT, "!manage").await).contains("Manage Server"));
    assert!(alone(answer(&stage, DIRECT, "!operate").await).starts_with("Only those who run this bot"));
    // By a role, and by owning the server.
    let keeper = json!({ "member": { "roles": ["40"] } });
    assert!(answer_with(&stage, DIRECT, "!manage", &keeper).await.ends_with("\nmanage"));
    let owner = json!({ "author": { "id": "5", "username": "o", "discriminator": "0", "avatar": null } });
    assert!(answer_with(&stage, DIRECT, "!manage", &owner).await.ends_with("\nmanage"));
    let operator = json!({ "author": { "id": OPERATOR.to_string(), "username": "o", "discriminator": "0", "avatar": null } });
    assert!(answer_with(&stage, DIRECT, "!operate", &operator).await.ends_with("\noperate"));
    assert_eq!(answer(&stage, CHANNEL, "!embed").await, "embed");
    // Who may not use slash commands, may not use these.
    is_in(&stage, 1, USUAL & !(1 << 31));
    assert!(alone(answer(&stage, DIRECT, "!ping").await).starts_with("You need these permissions"));
    is_in(&stage, 1, USUAL);
    let now = stage.clock.now();
    let maintenance = Maintenance { words: "Back soon".to_owned(), since: now };
    let services = stage.runtime.services();
    services.operating.set_maintenance(&stage.store, Some(maintenance), now).await.unwrap();
    assert!(alone(answer(&stage, DIRECT, "!ping").await).contains("maintenance"));
    services.operating.set_maintenance(&stage.store, None, now).await.unwrap();
    assert_eq!(answer(&stage, CHANNEL, "!off").await, "off");
    assert!(alone(answer(&stage, DIRECT, "!ping").await).contains("turned off"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_servers_settings_forbid_is_forbidden_here_too() {
    let stage = with_prefix(options()).await;
    let id = guildhall_core::id::CommandId::new(70).unwrap();
    stage.runtime.services().command_ids.write().insert("ping".to_owned(), id);
    let application = json!({
        "id": "500", "name": "bot", "icon": null, "description": "", "bot_public": true,
        "bot_require_code_grant": false, "verify_key": "", "team": null, "flags": 0,
    });
    stage.discord.there("/applications/@me", application);
    let settings = json!([{
        "id": "70", "application_id": "500", "guild_id": "1",
        "permissions": [{ "id": "40", "type": 1, "permission": true }, { "id": "1", "type": 1, "permission": false }],
    }]);
    stage.discord.there("/applications/500/guilds/1/commands/permissions", settings);
    let refused = answer(&stage, DIRECT, "!ping").await;
    assert!(refused.contains("The settings of this server do not let you"), "{refused}");
    assert_eq!(answer(&stage, CHANNEL, "!embed").await, "embed", "another command");
    let keeper = json!({ "member": { "roles": ["40"] } });
    assert_eq!(answer_with(&stage, CHANNEL, "!ping", &keeper).await, "pong");
    assert_eq!(stage.discord.seen("/commands/permissions").len(), 1, "kept for a while");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_and_a_crash_give_no_second_answer() {
    let stage = with_prefix(options()).await;
    let (ping, write) = (stage.written("!ping", &json!({})), stage.written("!write hello", &json!({})));
    for _ in 0..3 {
        deliver(&stage, 1, &ping).await;
        deliver(&stage, 1, &write).await;
    }
    until("both answers", async || said(&stage, CHANNEL).len() + said(&stage, DIRECT).len() >= 2).await;
    let stage = stage.crash().await;
    // The prefix is loaded again, and Discord tells of the guild again.
    is_in(&stage, 1, USUAL);
    deliver(&stage, 1, &ping).await;
    deliver(&stage, 1, &write).await;
    assert_eq!(answer(&stage, CHANNEL, "!embed").await, "embed");
    until("an empty outbox", async || stage.runtime.snapshot().outbox_waiting == 0).await;
    assert_eq!((said(&stage, CHANNEL).len(), said(&stage, DIRECT).len()), (2, 1));
    assert_eq!(stage.notes(1).await.iter().filter(|note| *note == "hello").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_is_not_run() {
    let stage = with_prefix(options()).await;
    let late = stage.written("!write late", &json!({}));
    stage.clock.by(Duration::from_mins(3));
    deliver(&stage, 1, &late).await;
    assert_eq!(answer(&stage, CHANNEL, "!ping").await, "pong");
    assert!(said(&stage, DIRECT).is_empty());
    assert!(!stage.notes(1).await.contains(&"late".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_is_announced_by_typing() {
    let stage = with_prefix(RuntimeOptions { defer_after: Duration::from_millis(20), ..options() }).await;
    assert_eq!(answer(&stage, CHANNEL, "!dawdle").await, "dawdle");
    assert_eq!(stage.discord.seen("/channels/30/typing").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_are_as_their_channel() {
    let stage = with_prefix(options()).await;
    stage
        .discord
        .channel(json!({ "id": THREAD.to_string(), "type": 11, "guild_id": "1", "parent_id": "30" }));
    stage.discord.channel(json!({ "id": "33", "type": 11, "guild_id": "2", "parent_id": "30" }));
    let there = |id: &str| json!({ "channel_id": id });
    let answer = answer_with(&stage, THREAD, "!ping", &there("32")).await;
    assert_eq!(answer, "pong");
    // Of another server, or nothing known of it.
    for place in ["33", "34"] {
        say_with(&stage, 1, "!ping", &there(place)).await;
    }
    answer_with(&stage, THREAD, "!ping", &there("32")).await;
    assert!(said(&stage, 33).is_empty() && said(&stage, 34).is_empty());
    assert_eq!(stage.discord.seen("/channels/32").iter().filter(|seen| seen.method == "GET").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_is_looked_for_in_this_server_alone() {
    let stage = with_prefix(options()).await;
    stage.discord.there(
        "/guilds/1/channels",
        json!([
            { "id": CHANNEL.to_string(), "type": 0, "guild_id": "1", "name": "general" },
            { "id": HIDDEN.to_string(), "type": 0, "guild_id": "1", "name": "hidden" },
        ]),
    );
    stage.discord.there(
        "/guilds/1/threads/active",
        json!({ "threads": [
        { "id": THREAD.to_string(), "type": 11, "guild_id": "1", "parent_id": "30", "name": "thread" },
    ], "members": [] }),
    );
    stage.discord.there("/guilds/1/roles", json!([{
        "id": "40", "name": "keeper", "color": 0, "colors": { "primary_color": 0 }, "hoist": false, "managed": false,
        "mentionable": false, "permissions": "32", "position": 1, "flags": 0,
    }]));
    let bo = json!({ "id": "12", "username": "bo", "discriminator": "0", "avatar": null });
    stage.discord.there("/guilds/1/members/12", json!({
        "user": bo, "roles": ["40"], "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false,
        "flags": 0,
    }));
    for (content, told) in [
        ("!resolve channel:<#30>", "channel general 0"),
        ("!resolve channel:32", "channel thread 0"),
        ("!resolve role:<@&40>", "role keeper"),
        ("!resolve user:12", "user bo 32"),
        ("!resolve who:40", "role keeper"),
        ("!resolve who:12", "user bo 32"),
    ] {
        let answer = answer(&stage, CHANNEL, content).await;
        let (words, held) = told.rsplit_once(' ').unwrap();
        match held.parse::<u64>() {
            Ok(held) => assert!(answer.starts_with(words), "{content}: {answer} {held}"),
            Err(_) => assert_eq!(answer, told, "{content}"),
        }
    }
    let mention = json!({ "mentions": [{
        "id": "13", "username": "cy", "discriminator": "0", "avatar": null, "member": { "roles": ["40"], "nick": null },
    }] });
    let cy = answer_with(&stage, CHANNEL, "!resolve user:<@13>", &mention).await;
    assert!(cy.starts_with("user cy ") && cy.ends_with(&(USUAL | 1 << 5).to_string()), "{cy}");
    for content in ["!resolve channel:31", "!resolve channel:35", "!resolve role:35", "!resolve user:<@14>"] {
        let told = answer(&stage, CHANNEL, content).await;
        assert!(told.contains("cannot be"), "{content}: {told}");
    }
    // No single channel is asked for: a foreign one would count as a refusal.
    assert!(stage.discord.seen("/channels/").iter().all(|seen| seen.method != "GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_lets_calls_through_and_nothing_else() {
    let stage = with_prefix(options()).await;
    let services = stage.runtime.services();
    for place in [1, 2] {
        services.toggles.set(guild(place), "test", false);
    }
    let interest = Interest::new(std::sync::Arc::clone(services));
    let wants = |place: u64, content: &str| {
        let message = stage.written(content, &json!({})).to_string();
        interest.event(guild(place), EventKind::MessageCreate, message.as_bytes())
    };
    assert!(interest.any().contains(EventKind::MessageCreate));
    assert!(wants(1, "!ping") && wants(1, "!write \"a\nb\" \u{1f980}"));
    for content in ["", "ping", "hello !ping", "!dance", "\\!ping", "\u{0}!ping", "\"!ping"] {
        assert!(!wants(1, content), "{content}");
    }
    assert!(!wants(2, "!ping"));
    for message in
        ["", "{", "{\"content\":7}", "{\"content\":\"!ping", "{\"embeds\":[{\"content\":\"!ping\"}]}"]
    {
        assert!(!interest.event(guild(1), EventKind::MessageCreate, message.as_bytes()), "{message}");
    }
    let escaped = b"{\"content\":\"\\u0021ping\"}";
    assert!(interest.event(guild(1), EventKind::MessageCreate, escaped));
    services.prefixes.set(guild(1), None);
    interest.refresh(guild(1));
    assert!(!wants(1, "!ping"));
}
