//! What a client asks for within a session, and what it hears of it.

use guildhall_sandbox::{
    engine::{FaultKind, FaultRule},
    example,
    model::{ChannelKind, Message, Overwrite, OverwriteKind, Thread},
    permissions::Permissions,
    world::NewChannel,
};
use serde_json::{Value, json};

use crate::{INTENTS, channel, client, sandbox, until};

const GUILD: u64 = example::BOOK_CLUB;

#[tokio::test]
async fn voice_is_joined_changed_and_left() {
    let sandbox = sandbox().await;
    let room = channel(&sandbox, GUILD, "Reading room");
    let mut bot = client(&sandbox, example::BOT_TOKEN, 1 << 7).await;
    let wish = |channel: Option<u64>, mute: bool| {
        let channel = channel.map(|id| id.to_string());
        json!({ "guild_id": GUILD.to_string(), "channel_id": channel, "self_mute": mute, "self_deaf": false })
    };
    bot.send(4, wish(Some(room), false)).await;
    let state = bot.event("VOICE_STATE_UPDATE").await;
    assert_eq!((&state["channel_id"], &state["self_mute"]), (&json!(room.to_string()), &json!(false)));
    let server = bot.event("VOICE_SERVER_UPDATE").await;
    assert_eq!(server["guild_id"], GUILD.to_string());
    assert!(server["token"].is_string() && server["endpoint"].is_string(), "{server}");
    bot.send(4, wish(Some(room), true)).await;
    assert_eq!(bot.event("VOICE_STATE_UPDATE").await["self_mute"], true);
    // Whoever moves it elsewhere, it has to connect anew.
    let made = NewChannel { name: "hall".to_owned(), kind: ChannelKind::Voice, ..NewChannel::default() };
    let engine = sandbox.engine();
    let hall = engine.try_apply(|world, now| world.create_channel(GUILD, made, now)).unwrap();
    engine.try_apply(|world, now| world.move_voice(GUILD, example::APPLICATION, Some(hall), now)).unwrap();
    assert_eq!(bot.event("VOICE_STATE_UPDATE").await["channel_id"], hall.to_string());
    assert!(bot.event("VOICE_SERVER_UPDATE").await["token"].is_string());
    bot.send(4, wish(None, false)).await;
    assert_eq!(
        bot.event("VOICE_STATE_UPDATE").await["channel_id"],
        Value::Null,
        "no server for a mere change"
    );
    sandbox.engine().add_fault(FaultRule::from(FaultKind::NoVoiceEndpoint).times(1)).unwrap();
    bot.send(4, wish(Some(room), false)).await;
    bot.event("VOICE_STATE_UPDATE").await;
    assert_eq!(bot.event("VOICE_SERVER_UPDATE").await["endpoint"], Value::Null);
    // A channel that is none is met with silence, and a wish without sense ends the connection.
    bot.send(4, wish(Some(channel(&sandbox, GUILD, "general")), false)).await;
    let mut other = client(&sandbox, example::OTHER_BOT_TOKEN, 1 << 7).await;
    bot.close(1000).await;
    let left = other.event("VOICE_STATE_UPDATE").await;
    assert_eq!(
        (&left["channel_id"], &left["user_id"]),
        (&Value::Null, &json!(example::APPLICATION.to_string()))
    );
    other
        .send(4, json!({ "guild_id": GUILD.to_string(), "channel_id": room.to_string(), "self_mute": 1 }))
        .await;
    assert_eq!(other.closed().await, 4002);
}

#[tokio::test]
async fn channel_info_tells_what_was_asked_for() {
    let sandbox = sandbox().await;
    let room = channel(&sandbox, GUILD, "Reading room");
    let set = |text: &str| {
        let text = Some(text.to_owned());
        sandbox.engine().try_apply(|world, _| world.set_voice_status(GUILD, room, text)).unwrap();
    };
    set("chapter five");
    let mut bot = client(&sandbox, example::BOT_TOKEN, 0).await;
    let ask = |fields: Value| json!({ "guild_id": GUILD.to_string(), "fields": fields });
    bot.send(43, ask(json!(["status", "voice_start_time"]))).await;
    let info = bot.event("CHANNEL_INFO").await;
    assert_eq!(info["guild_id"], GUILD.to_string());
    assert_eq!(info["channels"], json!([{ "id": room.to_string(), "status": "chapter five" }]));
    bot.send(43, ask(json!(["voice_start_time"]))).await;
    assert_eq!(bot.event("CHANNEL_INFO").await["channels"], json!([]));
    bot.send(43, ask(json!(["colour"]))).await;
    assert_eq!(bot.closed().await, 4002);
}

#[tokio::test]
async fn gained_access_comes_with_the_open_threads() {
    let sandbox = sandbox().await;
    let engine = sandbox.engine();
    let staff = channel(&sandbox, GUILD, "staff");
    let thread = engine
        .try_apply(|world, now| {
            let thread = Thread { owner_id: example::ADA, ..Thread::default() };
            let new = NewChannel {
                name: "plans".to_owned(),
                kind: ChannelKind::PublicThread,
                parent_id: Some(staff),
                thread: Some(thread),
                ..NewChannel::default()
            };
            world.create_channel(GUILD, new, now)
        })
        .unwrap();
    let bot = engine.read(|world| world.applications[&example::OTHER_APPLICATION].bot_id);
    let set = |allow, deny| {
        let overwrite = Overwrite { id: bot, kind: OverwriteKind::Member, allow, deny };
        engine
            .try_apply(|world, _| {
                world.update_channel(staff, |channel| {
                    channel.overwrites.retain(|other| other.id != bot);
                    channel.overwrites.push(overwrite);
                })
            })
            .unwrap();
    };
    set(Permissions::NONE, Permissions::VIEW_CHANNEL);
    assert!(!engine.read(|world| world.can_view(staff, bot)), "the channel is hidden at first");
    let mut client = client(&sandbox, example::OTHER_BOT_TOKEN, 1).await;
    set(Permissions::VIEW_CHANNEL, Permissions::NONE);
    client.event("CHANNEL_UPDATE").await;
    let list = client.event("THREAD_LIST_SYNC").await;
    assert_eq!(list["channel_ids"], json!([staff.to_string()]));
    assert_eq!(list["threads"][0]["id"], thread.to_string());
    assert_eq!(list["members"], json!([]));
    set(Permissions::VIEW_CHANNEL, Permissions::NONE);
    client.event("CHANNEL_UPDATE").await;
    client.send(1, Value::Null).await;
    assert_eq!(client.payload().await["op"], 11, "nothing new is seen, nothing is told");
}

#[tokio::test]
async fn presences_are_taken_five_times_in_20_seconds() {
    let sandbox = sandbox().await;
    let mut bot = client(&sandbox, example::BOT_TOKEN, 0).await;
    let wish = |name: String| json!({ "status": "idle", "since": null, "afk": false, "activities": [{ "name": name, "type": 0 }] });
    let known = || {
        let all = sandbox.engine().read(|world| world.presences.get(&example::APPLICATION).cloned());
        all.unwrap_or_default()["activities"][0]["name"].clone()
    };
    for number in 1..=6 {
        bot.send(3, wish(number.to_string())).await;
    }
    bot.send(1, Value::Null).await;
    assert_eq!(bot.payload().await["op"], 11, "all were heard");
    assert_eq!(known(), "5");
    sandbox.engine().clock().advance_gateway(20_000);
    bot.send(3, wish("7".to_owned())).await;
    until("the presence is taken", || known() == "7").await;
    bot.send(3, json!({ "status": "asleep" })).await;
    assert_eq!(bot.closed().await, 4002);
    until("the session is kept", || sandbox.engine().sessions().len() == 1).await;
    assert_eq!(known(), "7", "a lost socket does not take the bot offline");
}

#[tokio::test]
async fn timers_of_the_socket_follow_the_gateways_clock() {
    let sandbox = sandbox().await;
    let mut bot = client(&sandbox, example::BOT_TOKEN, 0).await;
    for _ in 0..119 {
        bot.send(1, Value::Null).await;
        assert_eq!(bot.payload().await["op"], 11);
    }
    sandbox.engine().clock().advance(3_600_000);
    sandbox.engine().clock().advance_gateway(60_000);
    for _ in 0..100 {
        bot.send(1, Value::Null).await;
        assert_eq!(bot.payload().await["op"], 11, "a new window");
    }
    sandbox.engine().clock().advance_gateway(61_250);
    assert_eq!(bot.closed().await, 4000, "no heartbeat came in time");
}

#[tokio::test]
async fn a_ping_by_reply_opens_content_except_in_answer_to_an_interaction() {
    let sandbox = sandbox().await;
    let general = channel(&sandbox, GUILD, "general");
    let mut bare = client(&sandbox, example::OTHER_BOT_TOKEN, INTENTS & !(1 << 15)).await;
    let bot = sandbox.engine().read(|world| world.applications[&example::OTHER_APPLICATION].bot_id);
    let write = |message: Message| {
        sandbox.engine().try_apply(|world, now| world.create_message(message, now)).unwrap()
    };
    for (metadata, content, seen) in [
        (None, "an answer", "an answer"),
        (Some(json!({ "id": "1", "type": 2 })), "an answer", ""),
        (Some(json!({ "id": "1", "type": 2 })), "an answer to <@B>", "an answer to <@B>"),
    ] {
        let first = Message {
            channel_id: general,
            author_id: bot,
            content: "hello".to_owned(),
            interaction_metadata: metadata,
            ..Message::default()
        };
        let first = write(first);
        bare.event("MESSAGE_CREATE").await;
        let named = |text: &str| text.replace('B', &bot.to_string());
        write(Message {
            channel_id: general,
            author_id: example::ADA,
            kind: 19,
            content: named(content),
            mentions: vec![bot],
            reference: Some(
                json!({ "type": 0, "message_id": first.to_string(), "channel_id": general.to_string() }),
            ),
            ..Message::default()
        });
        assert_eq!(bare.event("MESSAGE_CREATE").await["content"], named(seen));
    }
}

#[tokio::test]
async fn what_a_message_answers_is_opened_apart_from_it() {
    let sandbox = sandbox().await;
    let general = channel(&sandbox, GUILD, "general");
    let mut bare = client(&sandbox, example::OTHER_BOT_TOKEN, INTENTS & !(1 << 15)).await;
    let bot = sandbox.engine().read(|world| world.applications[&example::OTHER_APPLICATION].bot_id);
    // Whose message is answered, whom the answer mentions, and what the bot sees of both.
    for (first, mentions, seen) in [
        (example::LINUS, vec![], ["", ""]),
        (example::LINUS, vec![bot], ["after", ""]),
        (bot, vec![], ["", "before"]),
        (bot, vec![bot], ["after", "before"]),
    ] {
        let message = |author_id, content: &str| Message {
            channel_id: general,
            author_id,
            content: content.to_owned(),
            ..Message::default()
        };
        let write = |message: Message| {
            sandbox.engine().try_apply(|world, now| world.create_message(message, now)).unwrap()
        };
        let before = write(message(first, "before"));
        bare.event("MESSAGE_CREATE").await;
        write(Message {
            kind: 19,
            mentions,
            reference: Some(json!({ "message_id": before.to_string(), "channel_id": general.to_string() })),
            ..message(example::ADA, "after")
        });
        let told = bare.event("MESSAGE_CREATE").await;
        assert_eq!([&told["content"], &told["referenced_message"]["content"]], seen);
    }
}
