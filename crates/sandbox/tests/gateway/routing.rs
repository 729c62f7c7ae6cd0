//! Who hears what.

use guildhall_sandbox::{
    example, gateway::intents::Intents, model::Message, permissions::Permissions, world::NewGuild,
};
use serde_json::json;

use crate::{INTENTS, channel, client, client::Client, mark, sandbox, say};

#[tokio::test]
async fn content_is_stripped_without_the_intent() {
    let sandbox = sandbox().await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let without = INTENTS & !Intents::MESSAGE_CONTENT.0;
    let mut full = client(&sandbox, example::BOT_TOKEN, INTENTS).await;
    let mut bare = client(&sandbox, example::OTHER_BOT_TOKEN, without).await;
    say(&sandbox, general, "secret");
    let seen = full.event("MESSAGE_CREATE").await;
    assert_eq!(seen["content"], "secret");
    assert_eq!(seen["guild_id"], example::BOOK_CLUB.to_string());
    assert!(seen["member"]["roles"].is_array() && seen["member"].get("user").is_none());
    assert_eq!(bare.event("MESSAGE_CREATE").await["content"], "");
    let mention = Message {
        channel_id: general,
        author_id: example::ADA,
        content: "for you".to_owned(),
        mentions: vec![example::OTHER_APPLICATION],
        ..Message::default()
    };
    sandbox.engine().try_apply(|world, now| world.create_message(mention, now)).unwrap();
    assert_eq!(bare.event("MESSAGE_CREATE").await["content"], "for you", "a mention opens the content");
}

#[tokio::test]
async fn messages_are_heard_only_where_the_bot_sees_them() {
    let sandbox = sandbox().await;
    let staff = channel(&sandbox, example::BOOK_CLUB, "staff");
    let mut client = client(&sandbox, example::BOT_TOKEN, INTENTS).await;
    say(&sandbox, staff, "seen");
    assert_eq!(client.event("MESSAGE_CREATE").await["content"], "seen");
    let hide = |world: &mut guildhall_sandbox::world::World, _| {
        world.update_channel(staff, |channel| {
            channel.overwrites.retain(|overwrite| overwrite.allow == Permissions::NONE);
        })
    };
    sandbox.engine().try_apply(hide).unwrap();
    client.event("CHANNEL_UPDATE").await;
    say(&sandbox, staff, "hidden");
    mark(&sandbox, example::APPLICATION);
    client.event("MARK").await;
}

#[tokio::test]
async fn events_need_their_intents_but_a_bot_hears_of_itself() {
    let sandbox = sandbox().await;
    let mut client = client(&sandbox, example::BOT_TOKEN, 1).await;
    say(&sandbox, channel(&sandbox, example::BOOK_CLUB, "general"), "not asked for");
    for user in [example::LINUS, example::APPLICATION] {
        let rename = |world: &mut guildhall_sandbox::world::World, _| {
            world.update_member(example::BOOK_CLUB, user, |member| member.nick = Some("new".to_owned()))
        };
        sandbox.engine().try_apply(rename).unwrap();
    }
    let update = client.event("GUILD_MEMBER_UPDATE").await;
    assert_eq!(update["user"]["id"], example::APPLICATION.to_string());
    assert_eq!(update["guild_id"], example::BOOK_CLUB.to_string());
}

#[tokio::test]
async fn direct_messages_go_to_shard_zero() {
    let sandbox = sandbox().await;
    let intents = Intents::DIRECT_MESSAGES.0;
    let mut shards = Vec::new();
    for shard in 0..2 {
        let mut client = Client::connect(&sandbox, "v=10").await;
        client.identify(example::BOT_TOKEN, intents, json!({ "shard": [shard, 2] })).await;
        shards.push(client);
    }
    let dm = sandbox.engine().try_apply(|world, now| {
        world.open_dm(example::ADA, example::APPLICATION, now).map(|id| (id, Vec::new()))
    });
    say(&sandbox, dm.unwrap(), "psst");
    let seen = shards[0].event("MESSAGE_CREATE").await;
    assert_eq!(seen["content"], "psst", "a direct message is read without the content intent");
    assert_eq!(seen.get("guild_id"), None);
    mark(&sandbox, example::APPLICATION);
    shards[0].event("MARK").await;
}

#[tokio::test]
async fn overlapping_shard_sets_all_hear() {
    let sandbox = sandbox().await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let mut one = client(&sandbox, example::BOT_TOKEN, INTENTS).await;
    let number = (example::BOOK_CLUB >> 22) % 3;
    let mut other = Client::connect(&sandbox, "v=10").await;
    other.identify(example::BOT_TOKEN, 1 << 9, json!({ "shard": [number, 3] })).await;
    say(&sandbox, general, "twice");
    one.event("MESSAGE_CREATE").await;
    other.event("MESSAGE_CREATE").await;
}

#[tokio::test]
async fn joining_and_leaving_a_guild_is_told() {
    let sandbox = sandbox().await;
    let mut client = client(&sandbox, example::BOT_TOKEN, 1).await;
    let new = NewGuild { name: "New".to_owned(), owner_id: example::ADA, id: None };
    let guild = sandbox.engine().try_apply(|world, now| world.create_guild(new, now)).unwrap();
    sandbox
        .engine()
        .try_apply(|world, now| world.add_bot(guild, example::APPLICATION, Permissions::SEND_MESSAGES, now))
        .unwrap();
    let create = client.event("GUILD_CREATE").await;
    assert_eq!((&create["name"], &create["member_count"]), (&json!("New"), &json!(2)));
    assert_eq!(create["roles"].as_array().unwrap().len(), 2);
    sandbox.engine().try_apply(|world, _| world.set_unavailable(guild, true)).unwrap();
    assert_eq!(client.event("GUILD_DELETE").await["unavailable"], true);
    sandbox.engine().try_apply(|world, _| world.set_unavailable(guild, false)).unwrap();
    client.event("GUILD_CREATE").await;
    sandbox.engine().try_apply(|world, _| world.remove_member(guild, example::APPLICATION)).unwrap();
    let delete = client.event("GUILD_DELETE").await;
    assert_eq!(delete, json!({ "id": guild.to_string() }), "no mark of an outage when a bot is removed");
}

#[tokio::test]
async fn ephemeral_messages_travel_like_direct_ones() {
    let sandbox = sandbox().await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let mut guild_only = client(&sandbox, example::BOT_TOKEN, INTENTS).await;
    let mut direct = client(&sandbox, example::BOT_TOKEN, Intents::DIRECT_MESSAGES.0).await;
    let message = Message {
        channel_id: general,
        author_id: example::APPLICATION,
        application_id: Some(example::APPLICATION),
        content: "for ada alone".to_owned(),
        flags: Message::EPHEMERAL,
        ephemeral_for: Some(example::ADA),
        ..Message::default()
    };
    sandbox.engine().try_apply(|world, now| world.create_message(message, now)).unwrap();
    let seen = direct.event("MESSAGE_CREATE").await;
    assert_eq!(seen["content"], "for ada alone");
    assert!(seen.get("guild_id").is_none() && seen.get("member").is_none());
    mark(&sandbox, example::APPLICATION);
    guild_only.event("MARK").await;
}

#[tokio::test]
async fn audit_log_entries_need_their_intent_and_permission() {
    let sandbox = sandbox().await;
    let moderation = Intents::GUILD_MODERATION.0;
    let mut full = client(&sandbox, example::BOT_TOKEN, moderation).await;
    let mut bare = client(&sandbox, example::OTHER_BOT_TOKEN, moderation).await;
    let mut other = client(&sandbox, example::BOT_TOKEN, INTENTS & !(1 << 9)).await;
    let strip = |world: &mut guildhall_sandbox::world::World, _| {
        let guild = world.guild_mut(example::BOOK_CLUB)?;
        for role in &mut guild.roles {
            if role.tags.is_some_and(|tags| tags.bot_id == Some(example::OTHER_APPLICATION)) {
                role.permissions = role.permissions.without(Permissions::VIEW_AUDIT_LOG);
            }
        }
        Ok::<_, guildhall_sandbox::world::WorldError>(((), Vec::new()))
    };
    sandbox.engine().try_apply(strip).unwrap();
    let rename = |world: &mut guildhall_sandbox::world::World, _| {
        world.update_member(example::BOOK_CLUB, example::LINUS, |member| member.nick = Some("new".to_owned()))
    };
    sandbox.engine().try_apply_as(Some(example::ADA), Some("why".to_owned()), rename).unwrap();
    let entry = full.event("GUILD_AUDIT_LOG_ENTRY_CREATE").await;
    assert_eq!(entry["guild_id"], example::BOOK_CLUB.to_string());
    assert_eq!((&entry["action_type"], &entry["reason"]), (&json!(24), &json!("why")));
    assert_eq!(entry["changes"], json!([{ "key": "nick", "new_value": "new" }]));
    for application in [example::OTHER_APPLICATION, example::APPLICATION] {
        mark(&sandbox, application);
    }
    bare.event("MARK").await;
    other.event("MARK").await;
}

#[tokio::test]
async fn voice_is_told_with_its_channel_and_member() {
    let sandbox = sandbox().await;
    let mut client = client(&sandbox, example::BOT_TOKEN, 1 | Intents::GUILD_VOICE_STATES.0).await;
    let room = guildhall_sandbox::world::NewChannel {
        name: "room".to_owned(),
        kind: guildhall_sandbox::model::ChannelKind::Voice,
        ..guildhall_sandbox::world::NewChannel::default()
    };
    let make = |world: &mut guildhall_sandbox::world::World, now| {
        world.create_channel(example::BOOK_CLUB, room, now)
    };
    let room = sandbox.engine().try_apply(make).unwrap();
    client.event("CHANNEL_CREATE").await;
    let state = guildhall_sandbox::model::VoiceState {
        user_id: example::LINUS,
        channel_id: Some(room),
        session_id: "s".to_owned(),
        ..guildhall_sandbox::model::VoiceState::default()
    };
    let engine = sandbox.engine();
    engine.try_apply(|world, now| world.connect_voice(example::BOOK_CLUB, state, now)).unwrap();
    let told = client.event("VOICE_STATE_UPDATE").await;
    assert_eq!((&told["channel_id"], &told["mute"]), (&json!(room.to_string()), &json!(false)));
    assert_eq!(told["member"]["user"]["id"], example::LINUS.to_string());
    let started = client.event("VOICE_CHANNEL_START_TIME_UPDATE").await;
    assert!(started["voice_start_time"].is_i64());
    engine
        .try_apply(|world, _| world.set_voice_status(example::BOOK_CLUB, room, Some("Reading".to_owned())))
        .unwrap();
    assert_eq!(client.event("VOICE_CHANNEL_STATUS_UPDATE").await["status"], "Reading");
    let mute = |world: &mut guildhall_sandbox::world::World, _| {
        world.update_member(example::BOOK_CLUB, example::LINUS, |member| member.mute = true)
    };
    engine.try_apply(mute).unwrap();
    assert_eq!(client.event("VOICE_STATE_UPDATE").await["mute"], true);
    engine.try_apply(|world, now| world.move_voice(example::BOOK_CLUB, example::LINUS, None, now)).unwrap();
    assert_eq!(client.event("VOICE_STATE_UPDATE").await["channel_id"], json!(null));
    assert_eq!(client.event("VOICE_CHANNEL_START_TIME_UPDATE").await["voice_start_time"], json!(null));
    assert_eq!(client.event("VOICE_CHANNEL_STATUS_UPDATE").await["status"], json!(null));
}

#[tokio::test]
async fn an_automod_action_is_told_without_the_text_to_those_who_may_not_read_it() {
    let sandbox = sandbox().await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let execution = Intents::AUTO_MODERATION_EXECUTION.0;
    let mut full = client(&sandbox, example::BOT_TOKEN, execution | Intents::MESSAGE_CONTENT.0).await;
    let mut bare = client(&sandbox, example::BOT_TOKEN, execution).await;
    let rule = guildhall_sandbox::model::AutomodRule {
        id: 0,
        name: "words".to_owned(),
        creator_id: example::ADA,
        trigger: guildhall_sandbox::model::Trigger::Keyword(guildhall_sandbox::model::Words {
            keywords: vec!["spoiler".to_owned()],
            ..guildhall_sandbox::model::Words::default()
        }),
        actions: vec![guildhall_sandbox::model::AutomodAction::Block { message: None }],
        enabled: true,
        exempt_roles: Vec::new(),
        exempt_channels: Vec::new(),
    };
    let engine = sandbox.engine();
    engine.try_apply(|world, now| world.create_rule(example::BOOK_CLUB, rule, now)).unwrap();
    let mut message = Message {
        channel_id: general,
        author_id: example::LINUS,
        content: "a spoiler".to_owned(),
        ..Message::default()
    };
    let refused = engine.try_apply(|world, now| {
        world.moderate(&mut message, general, now)?;
        Ok::<_, guildhall_sandbox::world::Blocked>(((), Vec::new()))
    });
    assert!(refused.is_err(), "the message is refused, and the event comes nevertheless");
    let told = full.event("AUTO_MODERATION_ACTION_EXECUTION").await;
    assert_eq!((&told["content"], &told["matched_keyword"]), (&json!("a spoiler"), &json!("spoiler")));
    assert_eq!((&told["action"]["type"], &told["user_id"]), (&json!(1), &json!(example::LINUS.to_string())));
    assert!(told.get("message_id").is_none());
    let told = bare.event("AUTO_MODERATION_ACTION_EXECUTION").await;
    assert_eq!((&told["content"], &told["matched_content"]), (&json!(""), &json!("")));
    assert_eq!(told["matched_keyword"], "spoiler");
}

#[tokio::test]
async fn scheduled_events_are_told_to_those_who_see_their_channel() {
    let sandbox = sandbox().await;
    let staff = channel(&sandbox, example::BOOK_CLUB, "staff");
    let intent = Intents::GUILD_SCHEDULED_EVENTS.0;
    let mut full = client(&sandbox, example::BOT_TOKEN, intent).await;
    let mut other = client(&sandbox, example::OTHER_BOT_TOKEN, intent).await;
    let hide = |world: &mut guildhall_sandbox::world::World, _| {
        world.update_channel(staff, |channel| {
            channel.overwrites.retain(|overwrite| overwrite.id != example::OTHER_APPLICATION);
            channel.overwrites.push(guildhall_sandbox::model::Overwrite {
                id: example::OTHER_APPLICATION,
                kind: guildhall_sandbox::model::OverwriteKind::Member,
                allow: Permissions::NONE,
                deny: Permissions::VIEW_CHANNEL,
            });
        })
    };
    sandbox.engine().try_apply(hide).unwrap();
    let event = guildhall_sandbox::model::ScheduledEvent {
        name: "Meeting".to_owned(),
        creator_id: example::ADA,
        channel_id: Some(staff),
        entity_type: 2,
        status: 1,
        ..guildhall_sandbox::model::ScheduledEvent::default()
    };
    let engine = sandbox.engine();
    let id = engine.try_apply(|world, now| world.create_event(example::BOOK_CLUB, event, now)).unwrap();
    engine
        .try_apply(|world, _| world.follow_event(example::BOOK_CLUB, id, None, example::GRACE, true))
        .unwrap();
    assert_eq!(full.event("GUILD_SCHEDULED_EVENT_CREATE").await["name"], "Meeting");
    let added = full.event("GUILD_SCHEDULED_EVENT_USER_ADD").await;
    assert_eq!(
        added,
        json!({
            "guild_scheduled_event_id": id.to_string(),
            "user_id": example::GRACE.to_string(),
            "guild_id": example::BOOK_CLUB.to_string(),
        })
    );
    mark(&sandbox, example::OTHER_APPLICATION);
    other.event("MARK").await;
}
