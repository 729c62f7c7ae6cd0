//! A message to every server, from the preview to the last of them.

use std::{collections::BTreeMap, time::Duration};

use guildhall_framework::{Failure, directory::GuildFacts};
use guildhall_store::params;
use serde_json::json;
use twilight_model::guild::Permissions;

use super::super::schema;
use crate::testing::{OPERATOR, World, body, custom_ids, guild, refused, user, words};

/// A world of so many servers.
async fn world(servers: u64) -> World {
    let world = World::new().await;
    for number in 1..=servers {
        let facts = GuildFacts {
            id: guild(number),
            name: format!("House {number}"),
            owner: user(1),
            members: 5,
            channels: 2,
            roles: 1,
            locale: "en-US".to_owned(),
        };
        world.directory.guilds.lock().insert(guild(number), facts);
    }
    world
}

/// Writes a message and gives the ids of its buttons: send, discard.
async fn preview(world: &World, message: &str) -> Vec<String> {
    let options = json!({ "send": { "message": message } });
    let shown = world.operator(1).run("global_broadcast", options).await.unwrap();
    assert!(matches!(shown, guildhall_framework::Reply::Message { ephemeral: true, .. }));
    custom_ids(body(&shown))
}

/// How many messages went to each server.
fn posted(world: &World) -> BTreeMap<u64, usize> {
    let mut posted = BTreeMap::new();
    for message in world.sent.lock().iter() {
        assert!(message.patient, "nobody waits for it");
        *posted.entry(message.guild.get()).or_default() += 1;
    }
    posted
}

async fn status(world: &World) -> String {
    words(&world.operator(1).run("global_broadcast", json!({ "status": {} })).await.unwrap())
}

#[tokio::test]
async fn every_server_that_wants_it_has_it_once() {
    let world = world(25).await;
    world.manager(3, 20).run("announcements", json!({ "receive": false })).await.unwrap();
    world.manager(4, 20).run("announcements", json!({ "channel": { "#": "77" } })).await.unwrap();
    let buttons = preview(&world, "Hello @everyone,\\nwe move.").await;
    assert!(posted(&world).is_empty() && !world.job().await, "nothing goes before it is confirmed");
    world.operator(1).press(&buttons[0]).await.unwrap();
    world.operator(1).press(&buttons[0]).await.unwrap();
    assert!(world.job().await && world.job().await);
    let halfway = posted(&world).len();
    assert!(halfway < 25, "it is paced");
    world.jobs(Duration::from_secs(20)).await;
    let all = posted(&world);
    assert_eq!(all.len(), 24, "{all:?}");
    assert!(all.values().all(|count| *count == 1) && !all.contains_key(&3), "{all:?}");
    {
        let sent = world.sent.lock();
        let chosen = sent.iter().find(|message| message.guild == guild(4)).unwrap();
        assert_eq!(chosen.channel.get(), 77);
        let text = chosen.body.embeds[0].description.as_deref().unwrap();
        assert!(text.starts_with("Hello @\u{200b}everyone,\nwe move.\n"), "{text}");
        assert!(text.contains("/announcements"), "{text}");
    }
    let told = status(&world).await;
    assert!(told.contains("24 have it, 0 are next, 1 want none") && told.contains("Done"), "{told}");
    let again = world.operator(1).press(&buttons[0]).await.unwrap();
    assert!(words(&again).contains("24 have it"), "an old button sends nothing: {again:?}");
    world.jobs(Duration::from_secs(10)).await;
    assert_eq!(posted(&world), all);
}

#[tokio::test]
async fn a_run_that_is_repeated_after_a_crash_gives_nobody_a_second_one() {
    let world = world(8).await;
    let buttons = preview(&world, "Hello").await;
    world.operator(1).press(&buttons[0]).await.unwrap();
    assert!(world.job().await && world.job().await);
    // The process ended after the servers were given their jobs, and before it was written down how far it was.
    let mut write = world.services.store.write().await.unwrap();
    let back = guildhall_store::operator("test_back", "UPDATE broadcast SET reached = 0");
    write.operator(guildhall_store::OperatorPath::Diagnosis).execute(&back, params![]).await.unwrap();
    write.commit().await.unwrap();
    world.jobs(Duration::from_secs(20)).await;
    let all = posted(&world);
    assert_eq!((all.len(), all.values().sum::<usize>()), (8, 8), "{all:?}");
    assert!(status(&world).await.contains("8 have it"));
}

#[tokio::test]
async fn it_can_be_stopped_and_the_rest_is_left_out() {
    let world = world(40).await;
    let buttons = preview(&world, "Hello").await;
    world.operator(1).press(&buttons[0]).await.unwrap();
    world.job().await;
    world.job().await;
    let shown = world.operator(1).run("global_broadcast", json!({ "status": {} })).await.unwrap();
    let stop = custom_ids(body(&shown))[0].clone();
    assert_eq!(
        refused(world.operator(1).run("global_broadcast", json!({ "send": { "message": "x" } })).await),
        "broadcast-under-way"
    );
    let stopped = world.operator(1).press(&stop).await.unwrap();
    assert!(words(&stopped).contains("Stopped"), "{stopped:?}");
    world.jobs(Duration::from_secs(20)).await;
    assert!(posted(&world).is_empty(), "{:?}", posted(&world));
    let told = status(&world).await;
    assert!(told.contains("0 have it, 0 are next") && told.contains("10 were left out"), "{told}");
    let none = world.operator(1).run("global_broadcast", json!({ "cancel": {} })).await;
    assert_eq!(refused(none), "broadcast-none-under-way");
    let rows = world.rows(11, &schema::STATE, params![1_i64]).await;
    assert!(rows.is_empty());
}

#[tokio::test]
async fn a_preview_is_for_operators_and_for_a_quarter_of_an_hour() {
    let world = world(2).await;
    assert!(status(&world).await.contains("No message was sent"));
    let buttons = preview(&world, "Hello").await;
    let mut forger = world.member(1, 20);
    forger.invocation.user_permissions = Permissions::all();
    for button in &buttons {
        assert_eq!(refused(forger.press(button).await), "failure-operators-only");
    }
    let discarded = world.operator(1).press(&buttons[1]).await.unwrap();
    assert!(words(&discarded).contains("Nothing was sent"));
    world.operator(1).press(&buttons[0]).await.unwrap();
    let late = preview(&world, "Hello").await;
    world.clock.advance(Duration::from_mins(16));
    assert_eq!(refused(world.operator(1).press(&late[0]).await), "broadcast-too-old");
    assert_eq!(refused(world.operator(1).press("announcements:send:x").await), "failure-unknown-component");
    let empty = world.operator(1).run("global_broadcast", json!({ "send": { "message": " \\n " } })).await;
    assert!(matches!(&empty, Err(Failure::Refused(text)) if text.key == "broadcast-empty"), "{empty:?}");
    world.jobs(Duration::from_secs(5)).await;
    assert!(posted(&world).is_empty());
    assert_eq!(world.operator(1).invocation.user, Some(user(OPERATOR)));
}
