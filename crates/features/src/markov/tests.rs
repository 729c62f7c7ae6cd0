//! The feature as members and those who manage a server meet it.

use std::{collections::BTreeSet, time::Duration};

use guildhall_core::{clock::Clock as _, id::GuildId, scope::GuildScope};
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
use crate::testing::{World, body, custom_ids, refused, user, words};

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
    let failed = world.jobs(guild).await;
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
    assert_eq!(refused(busy), "markov-train-busy");
    world.outside.files.lock().clear();
    assert!(world.jobs(1).await.is_empty());
    assert!(said(&world).contains("no longer where you uploaded it"), "{}", said(&world));
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
    assert!(!world.bytes_hold("green"), "it is off the disk");
    assert!(world.bytes_hold("red"));
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
    assert!(world.jobs(1).await.is_empty());
    assert!(said(&world).contains("16 messages"), "{}", said(&world));
    assert_eq!(of(&world, 1).await.messages, 16);
    let rows = world.rows(1, &schema::PAGE, params![0_i64, 100_i64]).await;
    let kept: Vec<String> = rows.iter().map(|row| row.get("content").unwrap()).collect();
    assert_eq!(kept, all);
    let shown = world.outside.shown.lock();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].1[0].contains("6 of 16") && shown[0].1.last().unwrap().contains("16 of 16"), "{shown:?}");
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
        train(&world, guild, &export(&[(1_440_700_000_000_000_000, LINUS, "zebra crossing")]), json!({})).await;
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
    assert!(world.jobs(1).await.is_empty());
    assert_eq!(refused(mark(&world, 1, json!({})).await), "markov-nothing-yet");
    mark(&world, 2, json!({ "seed": "green" })).await.unwrap();
    assert_eq!(refused(manager.press("markov:forget:x").await), "failure-unknown-component");
}
