//! What those who run the bot do to all of its processes at once.

use std::time::Duration;

use guildhall_sandbox::example;
use guildhall_testkit::{process::Process, wait};
use serde_json::{Value, json};

use crate::{
    person::{Seat, words},
    stage::{BOUND, Stage, channel, known, number},
};

/// Servers beside those of the example world.
const SERVERS: usize = 20;

/// The lease of a job that a killed process ran lasts a minute.
const LONG: Duration = Duration::from_mins(3);

/// The settings of each process.
fn settings() -> Vec<(&'static str, String)> {
    vec![
        ("GUILDHALL_OPERATORS__IDS", example::ADA.to_string()),
        ("GUILDHALL_DISCORD__SHARD_COUNT", "2".to_owned()),
    ]
}

/// A new server of Grace's that is on this shard of two.
async fn found_on(stage: &Stage, shard: u64) -> u64 {
    loop {
        let body =
            json!({ "name": "Grace's", "owner_id": example::GRACE.to_string(), "channels": ["general"] });
        let guild = number(&stage.control.post("/guilds", body).await.unwrap()["id"]);
        if (guild >> 22) % 2 == shard {
            stage.invite(guild).await;
            return guild;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// What the answer to a command says, once it says this.
async fn until_said(seat: &Seat, command: &str, options: Value, wanted: &str) -> String {
    let said = wait::until(LONG, || async {
        let said = seat.run(command, options.clone()).await.words();
        said.contains(wanted).then_some(said)
    });
    said.await.unwrap_or_else(|| panic!("/{command} never said {wanted}"))
}

/// How many announcements a server has.
async fn announced(stage: &Stage, guild: u64) -> usize {
    let seat = stage.seat(example::ADA, guild).await;
    let told = |message: &&Value| words(message).contains("A message from those who run this bot");
    seat.messages().await.iter().filter(told).count()
}

#[tokio::test]
async fn an_announcement_reaches_every_server_once_though_every_process_is_killed() {
    let stage = Stage::empty_on_postgres().await;
    let mut servers = Vec::new();
    for server in 0..SERVERS {
        let guild = stage.found(&format!("Server {server}")).await;
        stage.invite(guild).await;
        servers.push(guild);
    }
    let (one, _) = stage.process("one", &settings()).await;
    let (two, _) = stage.process("two", &settings()).await;
    let home = channel(&stage.control, example::BOOK_CLUB, "general").await;
    known(&stage.control, home, "global_broadcast").await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let message = json!({ "message": "We move on Friday, @everyone" });
    let shown = ada.run("global_broadcast send", message).await;
    assert!(shown.hidden() && shown.words().contains("We move on Friday"), "{shown:?}");
    let begun = ada.press(&shown.message, "Send to every server").await;
    assert!(begun.words().contains("on its way"), "{begun:?}");
    let first = wait::until(BOUND, || async {
        for guild in &servers {
            if announced(&stage, *guild).await > 0 {
                return Some(());
            }
        }
        None
    });
    first.await.expect("the first server has it");
    // Each of them dies in the middle, and another goes on.
    one.kill().await.unwrap();
    let (one, _) = stage.process("one", &settings()).await;
    two.kill().await.unwrap();
    let (two, _) = stage.process("two", &settings()).await;
    until_said(&ada, "global_broadcast status", json!({}), "Done").await;
    let all = wait::until(BOUND, || async {
        let mut counts = Vec::new();
        for guild in &servers {
            counts.push(announced(&stage, *guild).await);
        }
        counts.iter().all(|count| *count > 0).then_some(counts)
    });
    let all = all.await.expect("every server has it");
    assert!(all.iter().all(|count| *count == 1), "{all:?}");
    for guild in &servers {
        let seat = stage.seat(example::ADA, *guild).await;
        for message in seat.messages().await {
            assert_eq!(message["mention_everyone"], false, "{message}");
        }
    }
    end(stage, vec![one, two]).await;
}

#[tokio::test]
async fn maintenance_is_heard_by_all_processes_and_outlives_them() {
    let stage = Stage::empty_on_postgres().await;
    let houses = [found_on(&stage, 0).await, found_on(&stage, 1).await];
    let (one, web) = stage.process("one", &settings()).await;
    let (two, _) = stage.process("two", &settings()).await;
    let home = channel(&stage.control, example::BOOK_CLUB, "general").await;
    known(&stage.control, home, "maintenance_mode").await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let mut graces = Vec::new();
    for house in houses {
        let body = stage.control.get(&format!("/as/{}/guilds/{house}", example::GRACE)).await.unwrap();
        let general =
            body["channels"].as_array().unwrap().iter().find(|one| one["name"] == "general").unwrap();
        let (control, channel) = (stage.control.clone(), number(&general["id"]));
        graces.push(Seat { control, user: example::GRACE, channel });
    }
    until_said(&ada, "global_stats", json!({}), "2 processes, 2 of 2 shards are up").await;
    for grace in &graces {
        assert!(!grace.run("ping", json!({})).await.words().contains("maintenance"));
    }
    ada.run("maintenance_mode on", json!({ "message": "New disks." })).await;
    for grace in &graces {
        until_said(grace, "ping", json!({}), "Those who run me say: New disks.").await;
    }
    assert!(!ada.run("ping", json!({})).await.words().contains("maintenance"));
    for (page, wanted) in
        [("/ready", "answered with a notice"), ("/metrics", "guildhall_runtime_maintenance 1")]
    {
        let shown = wait::until(BOUND, || async {
            let (status, page) = web.raw("GET", page, None).await.unwrap();
            assert_eq!(status, 200, "it stays ready");
            String::from_utf8(page.to_vec()).unwrap().contains(wanted).then_some(())
        });
        shown.await.unwrap_or_else(|| panic!("{page} never showed {wanted}"));
    }
    let shards = stage.cli(&["shards", "status", "--json"]).await;
    let shards: Value = serde_json::from_slice(&shards.stdout).unwrap();
    assert_eq!(shards["maintenance"]["words"], "New disks.", "{shards}");
    one.kill().await.unwrap();
    let (one, _) = stage.process("one", &settings()).await;
    for grace in &graces {
        until_said(grace, "ping", json!({}), "maintenance").await;
    }
    ada.run("maintenance_mode off", json!({})).await;
    for grace in &graces {
        until_said(grace, "ping", json!({}), "I am here").await;
    }
    end(stage, vec![one, two]).await;
}

#[tokio::test]
async fn a_feature_is_there_for_the_servers_that_are_named() {
    let stage = Stage::empty().await;
    let mut settings = settings();
    settings.push(("GUILDHALL_ROLLOUT__KNOWLEDGE", format!("0,{}", example::BOOK_CLUB)));
    let (bot, _) = stage.process("one", &settings).await;
    let home = channel(&stage.control, example::BOOK_CLUB, "general").await;
    known(&stage.control, home, "learn").await;
    let inside = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let house = found_on(&stage, 0).await;
    let body = stage.control.get(&format!("/as/{}/guilds/{house}", example::GRACE)).await.unwrap();
    let general = body["channels"].as_array().unwrap().iter().find(|one| one["name"] == "general").unwrap();
    let outside =
        Seat { control: stage.control.clone(), user: example::GRACE, channel: number(&general["id"]) };
    let learn = json!({ "content": "Be kind." });
    assert!(!inside.run("learn", learn.clone()).await.words().contains("step by step"));
    let refused = outside.run("learn", learn).await;
    assert!(refused.words().contains("step by step"), "{refused:?}");
    end(stage, vec![bot]).await;
}

/// Stops the processes in order.
async fn end(stage: Stage, processes: Vec<Process>) {
    for process in processes {
        assert!(process.terminate(BOUND).await.unwrap().success());
    }
    stage.close().await;
}
