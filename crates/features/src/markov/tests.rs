//! The feature as members and those who manage a server meet it.

use std::{collections::BTreeSet, time::Duration};

use guildhall_core::{
    clock::Clock as _,
    event::EventKind,
    id::{ChannelId, GuildId, MessageId},
    scope::GuildScope,
};
use guildhall_framework::{Failure, Reply};
use guildhall_store::{Reason, Subject, params, retention};
use serde_json::{Value, json};
use twilight_model::guild::Permissions;

use super::{
    corpus::{self, Corpus, Text, Which},
    file::Entry,
    schema,
    training::Training,
};
use crate::{
    markov::MarkovOptions,
    testing::{CHANNEL, ME, World, body, custom_ids, refused, user, words},
};

/// Sentences that share words, so that there is something to mix; `mark` makes them this guild's.
fn sentences(mark: &str) -> Vec<String> {
    let mut all = Vec::new();
    for who in ["cats", "dogs", "owls", "bees"] {
        for what in ["sleep all day", "wake all night", "eat all day long", "sing all night long"] {
            all.push(format!("{who} {what} near the {mark} river"));
        }
    }
    all
}

fn list(sentences: &[String]) -> String {
    let all: Vec<Value> = sentences.iter().map(|text| json!({ "message": text })).collect();
    Value::from(all).to_string()
}

async fn train(world: &World, guild: u64, file: &str, options: Value) {
    let manager = world.manager(guild, 20);
    let begun = manager.with_file("train", options, Some(("talk.json", file))).await.unwrap();
    assert!(matches!(begun, Reply::Message { ephemeral: true, .. }));
    let failed = world.jobs_of(guild).await;
    assert!(failed.is_empty(), "{failed:?}");
}

/// What was last said to everyone.
fn said(world: &World) -> String {
    world.sent.lock().last().expect("something was said").body.content.clone()
}

async fn mark(world: &World, guild: u64, options: Value) -> Result<Reply, Failure> {
    world.member(guild, 30).run("mark", options).await
}

fn told(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

#[tokio::test]
async fn two_guilds_are_trained_and_no_word_crosses() {
    let world = World::new().await;
    // Most words are the same in both; some are only one's.
    let (green, blue) = (sentences("green"), sentences("blue"));
    train(&world, 1, &list(&green), json!({})).await;
    assert!(said(&world).contains("16 messages"), "{}", said(&world));
    train(&world, 2, &list(&blue), json!({})).await;
    for (guild, own, foreign) in [(1, &green, "blue"), (2, &blue, "green")] {
        let known: BTreeSet<&str> = own.iter().flat_map(|text| told(text)).collect();
        for _ in 0..100 {
            let reply = mark(&world, guild, json!({})).await.unwrap();
            let text = &body(&reply).content;
            assert!(told(text).is_subset(&known), "{text}");
            assert!(!text.contains(foreign), "{text}");
            assert!(!own.contains(text), "what somebody wrote is not repeated: {text}");
        }
        let reply = mark(&world, guild, json!({ "seed": foreign })).await;
        assert_eq!(refused(reply), "markov-unknown-seed");
    }
    assert_eq!(refused(mark(&world, 3, json!({})).await), "markov-nothing-yet");
}

#[tokio::test]
async fn a_sentence_holds_its_seed_and_shows_its_way() {
    let world = World::new().await;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    for seed in ["owls", "near the green", "OWLS sing"] {
        let reply = mark(&world, 1, json!({ "seed": seed })).await.unwrap();
        let text = body(&reply).content.to_lowercase();
        assert!(seed.to_lowercase().split(' ').any(|word| text.contains(word)), "{seed}: {text}");
        assert!(body(&reply).embeds.is_empty());
    }
    let reply = mark(&world, 1, json!({ "seed": "owls", "debug": true })).await.unwrap();
    let embed = &body(&reply).embeds[0];
    assert!(embed.description.as_deref().unwrap().starts_with("Score "), "{embed:?}");
    assert!(embed.fields[0].value.contains("→") && embed.fields[0].value.contains("owls"), "{embed:?}");
    assert_eq!(embed.fields[1].value, "owls");
    let choices = world.member(1, 30).complete("mark", "seed", "at the ri").await;
    assert_eq!(choices[0].value, "at the river");
    let choices = world.member(1, 30).complete("mark", "seed", "").await;
    assert!(choices.iter().any(|choice| choice.value == "all"), "{choices:?}");
}

#[tokio::test]
async fn reading_aloud_takes_the_permission_for_it() {
    let world = World::new().await;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    let refused = mark(&world, 1, json!({ "tts": true })).await;
    assert!(matches!(refused, Err(Failure::CallerLacks(Permissions::SEND_TTS_MESSAGES))), "{refused:?}");
    let mut caller = world.member(1, 30);
    caller.invocation.user_permissions |= Permissions::SEND_TTS_MESSAGES;
    let reply = caller.run("mark", json!({ "tts": true })).await.unwrap();
    assert!(body(&reply).tts);
}

#[tokio::test]
async fn files_that_cannot_be_learned_from_are_told_and_change_nothing() {
    let world = World::new().await;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    for (file, answer) in [
        ("[{\"message\": \"cut", "no JSON, or is cut short"),
        ("{\"name\": \"x\"}", "JSON of another kind"),
        ("[]", "holds no messages"),
        ("[{\"message\": \"\"}]", "holds no messages"),
    ] {
        train(&world, 1, file, json!({ "clean": true })).await;
        assert!(said(&world).contains(answer), "{}", said(&world));
    }
    mark(&world, 1, json!({})).await.unwrap();
    // The link is dead by the time the job runs.
    let manager = world.manager(1, 20);
    manager.with_file("train", json!({}), Some(("talk.json", "[\"a\"]"))).await.unwrap();
    let busy = manager.with_file("train", json!({}), Some(("talk.json", "[\"a\"]"))).await;
    assert_eq!(refused(busy), "markov-history-busy", "nobody knows yet how much it is");
    world.outside.files.lock().clear();
    assert!(world.jobs_of(1).await.is_empty());
    assert!(said(&world).contains("no longer where you uploaded it"), "{}", said(&world));
    // Forgetting ends what is under way, so that it brings nothing back.
    manager.with_file("train", json!({}), Some(("talk.json", "[\"a\"]"))).await.unwrap();
    *world.outside.failing.lock() = 1;
    manager.press("markov:forget:uploads").await.unwrap();
    assert_eq!(world.jobs_of(1).await.len(), 1);
    world.clock.advance(Duration::from_hours(2));
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(of(&world, 1).await.messages, 0);
    let forbidden = world.services.registry.command("train").unwrap().1.access.caller;
    assert!(forbidden.contains(Permissions::MANAGE_GUILD));
}

#[tokio::test]
async fn clean_replaces_and_without_it_more_is_added() {
    let world = World::new().await;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    train(&world, 1, &list(&sentences("blue")), json!({})).await;
    let corpus = of(&world, 1).await;
    assert_eq!(corpus.messages, 32);
    mark(&world, 1, json!({ "seed": "green" })).await.unwrap();
    train(&world, 1, &list(&sentences("red")), json!({ "clean": true })).await;
    assert_eq!(of(&world, 1).await.messages, 16);
    assert_eq!(refused(mark(&world, 1, json!({ "seed": "green" })).await), "markov-unknown-seed");
    mark(&world, 1, json!({ "seed": "red" })).await.unwrap();
    assert!(!world.files_hold("chains", "green"), "it is off the disk");
    assert!(world.files_hold("chains", "red"));
}

async fn of(world: &World, guild: u64) -> Corpus {
    let scope = GuildScope(GuildId::new(guild).unwrap());
    let mut read = world.services.store.read().await.unwrap();
    Corpus::of(&mut read.guild(scope)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_training_that_was_cut_short_goes_on_where_it_was() {
    let world = World::new().await;
    let all = sentences("green");
    let manager = world.manager(1, 20);
    manager.with_file("train", json!({}), Some(("talk.json", &list(&all)))).await.unwrap();
    let (store, scope) = (&world.services.store, GuildScope(GuildId::new(1).unwrap()));
    let mut training = Training::find(store, scope, 1).await.unwrap().unwrap();
    let mut other = training.clone();
    let some = |from: usize| {
        all[from..from + 3]
            .iter()
            .map(|text| Entry { text: text.clone(), ..Entry::default() })
            .collect::<Vec<_>>()
    };
    let now = world.clock.now();
    assert_eq!(training.store(store, scope, some(0), &|_| false, now).await.unwrap(), Some(3));
    assert_eq!(training.store(store, scope, some(3), &|_| false, now).await.unwrap(), Some(3));
    // Somebody who was taken for dead and goes on from the beginning stores nothing.
    assert_eq!(other.store(store, scope, some(0), &|_| false, now).await.unwrap(), None);
    assert!(world.jobs_of(1).await.is_empty());
    assert!(said(&world).contains("16 messages"), "{}", said(&world));
    assert_eq!(of(&world, 1).await.messages, 16);
    let rows = world.rows(1, &schema::PAGE, params![0_i64, 100_i64]).await;
    let kept: Vec<String> = rows.iter().map(|row| row.get("content").unwrap()).collect();
    assert_eq!(kept, all);
    let shown = world.outside.shown.lock();
    assert_eq!(shown.len(), 1);
    assert!(
        shown[0].1[0].contains("6 of 16") && shown[0].1.last().unwrap().contains("16 of 16"),
        "{shown:?}"
    );
}

fn export(messages: &[(u64, u64, &str)]) -> String {
    let message = |(id, author, text): &(u64, u64, &str)| {
        json!({
            "id": id.to_string(), "type": "Default", "content": text,
            "author": { "id": author.to_string(), "isBot": false },
        })
    };
    json!({
        "channel": { "id": "155101607195836416" },
        "messages": messages.iter().map(message).collect::<Vec<_>>(),
    })
    .to_string()
}

const ADA: u64 = 175_928_847_299_117_063;
const LINUS: u64 = 80_351_110_224_678_912;

#[tokio::test]
async fn whoever_is_erased_or_refuses_is_not_in_any_sentence() {
    let world = World::new().await;
    let (first, all) = (1_440_700_000_000_000_000, sentences("green"));
    let mut messages: Vec<(u64, u64, &str)> =
        (first..).zip(&all).map(|(id, text)| (id, ADA, text.as_str())).collect();
    let canaries = ["zebra cats sleep all day", "zebra dogs sleep all night", "zebra bees wake all day"];
    messages.extend((first + 100..).zip(canaries).map(|(id, text)| (id, LINUS, text)));
    train(&world, 1, &export(&messages), json!({})).await;
    mark(&world, 1, json!({ "seed": "zebra" })).await.unwrap();
    assert!(world.bytes_hold("zebra"));
    let linus = user(LINUS);
    world.services.erase(Subject::User(linus), Reason::Asked).await.unwrap();
    assert_eq!(refused(mark(&world, 1, json!({ "seed": "zebra" })).await), "markov-unknown-seed");
    mark(&world, 1, json!({ "seed": "green" })).await.unwrap();
    assert!(!world.bytes_hold("zebra"), "neither rows nor files hold it");

    // What is brought again is left out once they refuse.
    world.member(1, LINUS).run("privacy", json!({ "optout": { "enabled": true } })).await.unwrap();
    train(&world, 1, &export(&messages), json!({ "clean": true })).await;
    assert!(said(&world).contains("16 messages") && said(&world).contains("3 entries were left out"));
    assert_eq!(refused(mark(&world, 1, json!({ "seed": "zebra" })).await), "markov-unknown-seed");
}

#[tokio::test]
async fn files_follow_also_where_nobody_asks_for_sentences() {
    let world = World::new().await;
    for guild in [1, 2] {
        train(&world, guild, &export(&[(1_440_700_000_000_000_000, LINUS, "zebra crossing")]), json!({}))
            .await;
    }
    world.task("markov_tend").await;
    assert!(world.bytes_hold("zebra"));
    world.services.erase(Subject::User(user(LINUS)), Reason::Asked).await.unwrap();
    assert!(world.bytes_hold("zebra"), "the files are behind");
    world.task("markov_tend").await;
    assert!(!world.bytes_hold("zebra"));
    assert_eq!(refused(mark(&world, 1, json!({})).await), "markov-nothing-yet");
}

#[tokio::test]
async fn what_was_uploaded_stays_and_what_was_heard_goes_with_age() {
    let world = World::new().await;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    let scope = GuildScope(GuildId::new(1).unwrap());
    let now = world.clock.now();
    let heard = Text {
        id: 1_440_700_000_000_000_000,
        author: ADA,
        channel: 9_000,
        parent: None,
        upload: 0,
        content: "zebra cats sleep all day near the pond".to_owned(),
        attachments: Vec::new(),
        heard: Some(now),
    };
    let mut write = world.services.store.write().await.unwrap();
    corpus::add(&mut write.guild(scope), &[heard], now).await.unwrap();
    write.commit().await.unwrap();
    // One message more is taken up without making the chain anew.
    mark(&world, 1, json!({ "seed": "zebra" })).await.unwrap();
    world.clock.advance(Duration::from_hours(24 * 181));
    retention::run(&world.services.store, world.clock.now()).await.unwrap();
    assert_eq!(refused(mark(&world, 1, json!({ "seed": "zebra" })).await), "markov-unknown-seed");
    assert_eq!(of(&world, 1).await.messages, 16);
}

#[tokio::test]
async fn a_message_that_is_deleted_or_edited_is_unlearned_at_once() {
    let world = World::new().await;
    let first = 1_440_700_000_000_000_000;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    let texts = ["zebra cats sleep all day", "zebra dogs sleep all night", "quagga bees wake all day"];
    let messages: Vec<(u64, u64, &str)> = (first..).zip(texts).map(|(id, text)| (id, ADA, text)).collect();
    train(&world, 1, &export(&messages), json!({})).await;
    mark(&world, 1, json!({ "seed": "quagga" })).await.unwrap();
    let scope = GuildScope(GuildId::new(1).unwrap());
    let now = world.clock.now();
    let mut write = world.services.store.write().await.unwrap();
    let mut tx = write.guild(scope);
    assert_eq!(corpus::forget(&mut tx, &[first, first + 1, 7], now).await.unwrap(), 2);
    assert!(corpus::replace(&mut tx, first + 2, "okapi bees wake all day near", &[], now).await.unwrap());
    assert!(!corpus::replace(&mut tx, first, "zebra", &[], now).await.unwrap());
    write.commit().await.unwrap();
    for gone in ["zebra", "quagga"] {
        assert_eq!(refused(mark(&world, 1, json!({ "seed": gone })).await), "markov-unknown-seed", "{gone}");
    }
    mark(&world, 1, json!({ "seed": "okapi" })).await.unwrap();
    assert_eq!(of(&world, 1).await.messages, 17);
    world.task("markov_tend").await;
    assert!(!world.files_hold("chains", "zebra") && !world.files_hold("chains", "quagga"));
    assert!(world.files_hold("chains", "okapi"));
    let mut write = world.services.store.write().await.unwrap();
    let gone = corpus::forget_channel(&mut write.guild(scope), 155_101_607_195_836_416).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(gone, 1);
    assert_eq!(refused(mark(&world, 1, json!({ "seed": "okapi" })).await), "markov-unknown-seed");
}

#[tokio::test]
async fn links_come_from_messages_alone_and_invitations_from_nowhere() {
    let world = World::new().await;
    let mut texts = Vec::new();
    for who in ["cats", "dogs", "owls"] {
        for link in ["https://example.org/x", "https://discord.gg/abc"] {
            texts.push(format!("{who} read all of {link} today or tomorrow"));
            texts.push(format!("{who} hear all of {link} today or yesterday"));
        }
    }
    train(&world, 1, &list(&texts), json!({})).await;
    assert_eq!(refused(mark(&world, 1, json!({})).await), "markov-none");
    // The same, heard in the server.
    let scope = GuildScope(GuildId::new(1).unwrap());
    corpus::clear(&world.services.store, scope, Which::Everything).await.unwrap();
    let now = world.clock.now();
    let heard = |(id, content): (u64, &String)| Text {
        id,
        author: ADA,
        channel: 9_000,
        parent: None,
        upload: 0,
        content: content.clone(),
        attachments: Vec::new(),
        heard: Some(now),
    };
    let heard: Vec<Text> = (1_440_700_000_000_000_000..).zip(&texts).map(heard).collect();
    let mut write = world.services.store.write().await.unwrap();
    corpus::add(&mut write.guild(scope), &heard, now).await.unwrap();
    write.commit().await.unwrap();
    for _ in 0..30 {
        if let Ok(reply) = mark(&world, 1, json!({})).await {
            let text = &body(&reply).content;
            assert!(text.contains("https://example.org/x") && !text.contains("discord.gg"), "{text}");
        }
    }
    let choices = world.member(1, 30).complete("mark", "seed", "http").await;
    assert!(choices.is_empty(), "{choices:?}");
}

#[tokio::test]
async fn figures_export_and_forgetting() {
    let world = World::new().await;
    let manager = world.manager(1, 20);
    let run = |sub: &'static str| manager.run("markov", json!({ sub: {} }));
    assert_eq!(refused(run("export").await), "markov-export-nothing");
    assert!(words(&run("stats").await.unwrap()).contains("0 messages"));
    let all = sentences("green");
    train(&world, 1, &list(&all), json!({})).await;
    let stats = words(&run("stats").await.unwrap());
    assert!(stats.contains("16 messages: 16 uploaded, 0 heard; by 1 person"), "{stats}");
    assert!(stats.contains("2 words a state"), "{stats}");
    let exported = run("export").await.unwrap();
    let file = String::from_utf8(body(&exported).files[0].bytes.clone()).unwrap();
    let read: Vec<Value> = serde_json::from_str(&file).unwrap();
    assert_eq!(read.len(), 16);
    assert_eq!(read[0], json!({ "message": all[15] }));
    // Another server learns from it.
    train(&world, 2, &file, json!({})).await;
    mark(&world, 2, json!({ "seed": "green" })).await.unwrap();

    let ask = manager.run("markov", json!({ "forget": { "what": "everything" } })).await.unwrap();
    let yes = custom_ids(body(&ask))[0].clone();
    assert!(matches!(world.member(1, 30).press(&yes).await, Err(Failure::CallerLacks(_))));
    manager.press("markov:keep").await.unwrap();
    mark(&world, 1, json!({})).await.unwrap();
    manager.press(&yes).await.unwrap();
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(refused(mark(&world, 1, json!({})).await), "markov-nothing-yet");
    mark(&world, 2, json!({ "seed": "green" })).await.unwrap();
    assert_eq!(refused(manager.press("markov:forget:x").await), "failure-unknown-component");
}

/// A world in which learning from messages is permitted.
async fn permitted() -> World {
    World::speaking(MarkovOptions { permission: Some("a test".to_owned()), ..MarkovOptions::default() }).await
}

async fn allows(world: &World, guild: u64, user: u64) {
    let level = json!({ "level": { "level": "permissive" } });
    world.member(guild, user).run("privacy", level).await.unwrap();
}

/// Where an event is handled as the gateway would have it: only by features that are on.
async fn hear(world: &World, guild: u64, kind: EventKind, payload: Value) {
    let key = format!("{kind:?} {payload}");
    world.event(guild, kind, &key, payload).await.unwrap();
}

const FIRST: u64 = 1_440_700_000_000_000_000;

fn message(id: u64, author: u64, content: &str) -> Value {
    json!({
        "id": id.to_string(), "channel_id": CHANNEL.to_string(), "type": 0, "content": content,
        "author": { "id": author.to_string() },
    })
}

async fn listened(world: &World, guild: u64) {
    let add = json!({ "add": { "channel": CHANNEL.to_string() } });
    world.manager(guild, 20).with_channel("listen", add).await.unwrap();
}

#[tokio::test]
async fn learning_takes_the_operator_the_admin_and_the_member() {
    let world = World::new().await;
    let add = json!({ "add": { "channel": CHANNEL.to_string() } });
    let refusal = world.manager(1, 20).with_channel("listen", add).await;
    assert_eq!(refused(refusal), "markov-not-permitted");
    let world = permitted().await;
    allows(&world, 1, ADA).await;
    hear(&world, 1, EventKind::MessageCreate, message(FIRST, ADA, "before anybody asked")).await;
    listened(&world, 1).await;
    hear(&world, 1, EventKind::MessageCreate, message(FIRST + 1, ADA, "zebra cats sleep")).await;
    hear(&world, 1, EventKind::MessageCreate, message(FIRST + 2, LINUS, "who allowed nothing")).await;
    let mut bot = message(FIRST + 3, ADA, "a bot speaks");
    bot["author"]["bot"] = true.into();
    hear(&world, 1, EventKind::MessageCreate, bot).await;
    let mut elsewhere = message(FIRST + 4, ADA, "in another channel");
    elsewhere["channel_id"] = "9001".into();
    hear(&world, 1, EventKind::MessageCreate, elsewhere).await;
    // The same event again, as after a crash.
    let again =
        world.event(1, EventKind::MessageCreate, "x", message(FIRST + 1, ADA, "zebra cats sleep")).await;
    again.unwrap();
    let rows = world.rows(1, &schema::PAGE, params![0_i64, 100_i64]).await;
    let kept: Vec<String> = rows.iter().map(|row| row.get("content").unwrap()).collect();
    assert_eq!(kept, ["zebra cats sleep"]);
    assert_eq!(of(&world, 1).await.messages, 1);
    let feature = world.services.registry.feature("talk").unwrap();
    let enabled = |number| world.services.toggles.enabled(GuildId::new(number).unwrap(), feature);
    assert!(enabled(1) && !enabled(2), "choosing a channel turns it on, here and nowhere else");
    let list = world.manager(1, 20).run("listen", json!({ "list": {} })).await.unwrap();
    assert!(body(&list).content.contains("<#9000>"), "{list:?}");
    let remove = json!({ "remove": { "channel": CHANNEL.to_string() } });
    world.manager(1, 20).with_channel("listen", remove).await.unwrap();
    hear(&world, 1, EventKind::MessageCreate, message(FIRST + 5, ADA, "after it was over")).await;
    assert_eq!(of(&world, 1).await.messages, 1);
}

#[tokio::test]
async fn commands_are_no_talk() {
    let world = permitted().await;
    allows(&world, 1, ADA).await;
    listened(&world, 1).await;
    let prefix = json!({ "set": { "prefix": "!" } });
    world.manager(1, 20).run("prefix", prefix).await.unwrap();
    for (id, content) in [(FIRST, "!mark zebra"), (FIRST + 1, "!dance zebra")] {
        hear(&world, 1, EventKind::MessageCreate, message(id, ADA, content)).await;
    }
    let rows = world.rows(1, &schema::PAGE, params![0_i64, 100_i64]).await;
    let kept: Vec<String> = rows.iter().map(|row| row.get("content").unwrap()).collect();
    assert_eq!(kept, ["!dance zebra"], "what is no command of this bot's is talk");
}

#[tokio::test]
async fn what_discord_says_is_gone_or_different_is_unlearned() {
    let world = permitted().await;
    allows(&world, 1, ADA).await;
    listened(&world, 1).await;
    for number in 0..6 {
        hear(
            &world,
            1,
            EventKind::MessageCreate,
            message(FIRST + number, ADA, &format!("word{number} here")),
        )
        .await;
    }
    let kept = async || {
        let rows = world.rows(1, &schema::PAGE, params![0_i64, 100_i64]).await;
        rows.iter().map(|row| row.get::<String>("content").unwrap()).collect::<Vec<_>>()
    };
    hear(&world, 1, EventKind::MessageDelete, json!({ "id": FIRST.to_string(), "channel_id": "9000" })).await;
    let ids = [(FIRST + 1).to_string(), (FIRST + 2).to_string(), "7".to_owned()];
    hear(&world, 1, EventKind::MessageDeleteBulk, json!({ "ids": ids, "channel_id": "9000" })).await;
    let edited = |id: u64, content: Value, at: Value| json!({ "id": id.to_string(), "channel_id": "9000", "content": content, "edited_timestamp": at });
    let at = json!("2026-11-20T12:00:00+00:00");
    hear(&world, 1, EventKind::MessageUpdate, edited(FIRST + 3, "other words".into(), at.clone())).await;
    // A preview of a link is no edit; an edit that Discord keeps to itself is one.
    hear(&world, 1, EventKind::MessageUpdate, edited(FIRST + 4, "".into(), Value::Null)).await;
    hear(&world, 1, EventKind::MessageUpdate, edited(FIRST + 5, "".into(), at)).await;
    assert_eq!(kept().await, ["other words", "word4 here"]);
    assert_eq!(of(&world, 1).await.messages, 2);
    // In a thread of the channel, which goes with it.
    let thread = json!({ "id": "9100", "parent_id": "9000", "type": 11 });
    hear(&world, 1, EventKind::ThreadCreate, thread).await;
    let mut within = message(FIRST + 6, ADA, "within a thread");
    within["channel_id"] = "9100".into();
    hear(&world, 1, EventKind::MessageCreate, within).await;
    assert_eq!(kept().await.len(), 3);
    // A private thread is no part of its channel.
    hear(&world, 1, EventKind::ThreadCreate, json!({ "id": "9200", "parent_id": "9000", "type": 12 })).await;
    let mut hushed = message(FIRST + 7, ADA, "among few");
    hushed["channel_id"] = "9200".into();
    hear(&world, 1, EventKind::MessageCreate, hushed).await;
    assert_eq!(kept().await.len(), 3);
    hear(&world, 2, EventKind::ChannelDelete, json!({ "id": "9000" })).await;
    assert_eq!(kept().await.len(), 3, "another guild's events touch nothing here");
    hear(&world, 1, EventKind::ChannelDelete, json!({ "id": "9000" })).await;
    assert!(kept().await.is_empty());
    let list = world.manager(1, 20).run("listen", json!({ "list": {} })).await.unwrap();
    assert!(body(&list).content.contains("no channel"), "{list:?}");
}

#[tokio::test]
async fn whoever_mentions_the_bot_is_answered_and_pinged_by_nobody() {
    let world = World::new().await;
    let on = json!({ "feature": "talk", "enabled": true });
    world.manager(1, 20).run("server_config", on).await.unwrap();
    let mut asks = message(FIRST, 30, &format!("<@{ME}> owls"));
    asks["mentions"] = json!([{ "id": ME.to_string() }]);
    hear(&world, 1, EventKind::MessageCreate, asks.clone()).await;
    assert!(world.jobs_of(1).await.is_empty());
    assert!(said(&world).contains("I have learned nothing"), "{}", said(&world));
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    asks["id"] = (FIRST + 1).to_string().into();
    hear(&world, 1, EventKind::MessageCreate, asks.clone()).await;
    assert!(world.jobs_of(1).await.is_empty());
    {
        let sent = world.sent.lock();
        let answer = sent.last().unwrap();
        assert!(answer.body.content.contains("owls"), "{answer:?}");
        assert_eq!(answer.body.reply_to.unwrap().get(), FIRST + 1);
        assert_eq!(answer.channel.get(), CHANNEL);
    }
    // Words that nobody said are no reason to be silent.
    asks["id"] = (FIRST + 2).to_string().into();
    asks["content"] = format!("<@{ME}> xylophone").into();
    hear(&world, 1, EventKind::MessageCreate, asks).await;
    let before = world.sent.lock().len();
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(world.sent.lock().len(), before + 1);
    // A message that is not for the bot.
    hear(&world, 1, EventKind::MessageCreate, message(FIRST + 3, 30, "owls")).await;
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(world.sent.lock().len(), before + 1);
}

#[tokio::test]
async fn in_chosen_channels_every_message_is_answered_but_not_all_at_once() {
    let world = World::new().await;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    let manager = world.manager(1, 20);
    let modify = manager.run("autorespond", json!({ "modify": {} })).await.unwrap();
    let menu = custom_ids(body(&modify))[0].clone();
    let chosen = manager.choose(&menu, &[&CHANNEL.to_string()]).await.unwrap();
    assert!(body(&chosen).content.contains("<#9000>"), "{chosen:?}");
    assert!(matches!(world.member(1, 30).choose(&menu, &[]).await, Err(Failure::CallerLacks(_))));
    let before = world.sent.lock().len();
    for number in 0..3 {
        hear(&world, 1, EventKind::MessageCreate, message(FIRST + number, 30, "what do cats do")).await;
    }
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(world.sent.lock().len(), before + 1);
    assert!(said(&world).contains("cats"), "{}", said(&world));
    manager.choose(&menu, &[]).await.unwrap();
    hear(&world, 1, EventKind::MessageCreate, message(FIRST + 9, 30, "cats")).await;
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(world.sent.lock().len(), before + 1);
}

#[tokio::test]
async fn something_is_said_every_so_often_until_nobody_wishes_it() {
    let world = World::new().await;
    train(&world, 1, &list(&sentences("green")), json!({})).await;
    let manager = world.manager(1, 20);
    let wish = async |minutes: u64| {
        let options = json!({ "speak": { "channel": CHANNEL.to_string(), "minutes": minutes } });
        manager.with_channel("markov", options).await
    };
    assert_eq!(refused(wish(3).await), "markov-speak-often");
    wish(60).await.unwrap();
    wish(60).await.unwrap();
    let count = || world.sent.lock().len();
    let before = count();
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(count(), before, "not yet");
    for said in 1..=3 {
        world.clock.advance(Duration::from_hours(1));
        assert!(world.jobs_of(1).await.is_empty());
        assert_eq!(count(), before + said);
    }
    // Another interval takes the place of the first.
    wish(10).await.unwrap();
    world.clock.advance(Duration::from_hours(1));
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(count(), before + 4);
    wish(0).await.unwrap();
    world.clock.advance(Duration::from_hours(1));
    assert!(world.jobs_of(1).await.is_empty());
    assert_eq!(count(), before + 4);
}

#[tokio::test]
async fn history_is_read_in_pages_with_threads_and_goes_on_after_a_failure() {
    let world = permitted().await;
    let manager = world.manager(1, 20);
    assert_eq!(refused(manager.run("train", json!({})).await), "markov-history-none");
    manager.run("retention", json!({ "set": { "class": "messages", "days": 0 } })).await.unwrap();
    allows(&world, 1, ADA).await;
    listened(&world, 1).await;
    let (channel, thread) = (ChannelId::new(CHANNEL).unwrap(), ChannelId::new(9_200).unwrap());
    let written = |range: std::ops::Range<u64>, place: u64| -> Vec<Value> {
        let one = |number: u64| {
            // Every fifth is by somebody who allows nothing.
            let author = if number.is_multiple_of(5) { LINUS } else { ADA };
            let mut one = message(FIRST + (number << 30), author, &format!("word{number} in {place}"));
            one["channel_id"] = place.to_string().into();
            one
        };
        range.rev().map(one).collect()
    };
    world
        .outside
        .history
        .lock()
        .extend([(channel, written(1..251, CHANNEL)), (thread, written(300..340, 9_200))]);
    world.outside.threads.lock().insert(channel, vec![thread, ChannelId::new(9_201).unwrap()]);
    manager.run("train", json!({})).await.unwrap();
    // The second page does not come at first.
    *world.outside.failing.lock() = 1;
    assert_eq!(world.jobs_of(1).await.len(), 1);
    world.clock.advance(Duration::from_hours(2));
    assert!(world.jobs_of(1).await.is_empty());
    assert!(said(&world).contains("290 messages, of which 232 are new"), "{}", said(&world));
    assert_eq!(of(&world, 1).await.messages, 232);
    let rows = world.rows(1, &schema::PAGE, params![0_i64, 1_000_i64]).await;
    assert!(rows.iter().all(|row| row.get::<u64>("author_id").unwrap() == ADA));
    let shown = world.outside.shown.lock().clone();
    assert!(shown[0].1.last().unwrap().contains("3 of 3 channels"), "{shown:?}");
    // Once more finds nothing new; what is written in the thread is heard now.
    manager.run("train", json!({})).await.unwrap();
    assert!(world.jobs_of(1).await.is_empty());
    assert!(said(&world).contains("290 messages, of which 0 are new"), "{}", said(&world));
    let mut within = message(FIRST + (1_000 << 30), ADA, "within the thread");
    within["channel_id"] = "9200".into();
    hear(&world, 1, EventKind::MessageCreate, within).await;
    assert_eq!(of(&world, 1).await.messages, 233);
}

#[tokio::test]
async fn history_is_read_back_to_the_age_at_which_messages_go() {
    let world = permitted().await;
    allows(&world, 1, ADA).await;
    listened(&world, 1).await;
    let now = world.clock.now();
    let one = |days: u32| {
        let id = MessageId::least_at((now - Duration::from_hours(24) * days).0);
        message(id.unsigned_abs(), ADA, &format!("it is {days} days ago"))
    };
    let history = (1..=350).map(one).collect();
    world.outside.history.lock().insert(ChannelId::new(CHANNEL).unwrap(), history);
    let manager = world.manager(1, 20);
    let begun = manager.run("train", json!({})).await.unwrap();
    assert!(body(&begun).content.contains("retention set"), "{begun:?}");
    assert!(world.jobs_of(1).await.is_empty());
    assert!(said(&world).contains("200 messages, of which 180 are new"), "{}", said(&world));
    // One that keeps messages for good has all of it.
    manager.run("retention", json!({ "set": { "class": "messages", "days": 0 } })).await.unwrap();
    manager.run("train", json!({})).await.unwrap();
    assert!(world.jobs_of(1).await.is_empty());
    assert!(said(&world).contains("350 messages, of which 170 are new"), "{}", said(&world));
}

#[tokio::test]
async fn attachments_come_again_with_links_that_work() {
    let world = World::new().await;
    let with = |link: &str| {
        let one = |text: String| json!({ "message": text, "attachments": [link] });
        sentences("green").into_iter().map(one).collect::<Value>().to_string()
    };
    train(&world, 1, &with("https://cdn.discordapp.com/attachments/1/2/cat.png"), json!({})).await;
    train(&world, 2, &with("https://example.org/attachments/1/2/cat.png"), json!({})).await;
    let said = async |guild: u64| body(&mark(&world, guild, json!({})).await.unwrap()).content.clone();
    let first = said(1).await;
    assert!(first.ends_with("\nhttps://cdn.discordapp.com/attachments/1/2/cat.png?ex=1"), "{first}");
    world.clock.advance(Duration::from_hours(22));
    assert!(said(1).await.ends_with("?ex=1"), "it is remembered");
    world.clock.advance(Duration::from_hours(2));
    assert!(said(1).await.ends_with("?ex=2"), "but not for longer than it works");
    let foreign = said(2).await;
    assert!(!foreign.contains("example.org"), "{foreign}");
    let stats = words(&world.manager(1, 20).run("markov", json!({ "stats": {} })).await.unwrap());
    assert!(stats.contains("3 needed") && stats.contains("33 %"), "{stats}");
}
