//! Stops, kills and lost sessions: what was sent meanwhile is not lost, and no identify is spent in vain.

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::json;

use crate::{
    rows::{self, Known},
    stage::{BOUND, Stage},
};

/// Turns the counting of messages on in the book club.
async fn counting(stage: &Stage) {
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let on = ada.run("server_config", json!({ "feature": "statistics", "enabled": true })).await;
    assert!(on.words().contains("Message statistics is on now"), "{}", on.words());
}

/// Waits until `/server_stats` counts exactly this many messages today.
async fn counted(stage: &Stage, messages: u64) {
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let wanted = format!("Messages\n{messages} today");
    let mut last = String::new();
    for _ in 0..40 {
        last = ada.run("server_stats", json!({})).await.words();
        if last.contains(&wanted) {
            return;
        }
    }
    panic!("not {wanted}: {last}");
}

#[tokio::test]
async fn a_stop_drains_and_the_next_start_resumes() {
    let mut stage = Stage::open().await;
    counting(&stage).await;
    let linus = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    for number in 0..5 {
        linus.say(&format!("before {number}")).await;
    }
    assert_eq!(stage.terminate().await.code(), Some(0));
    for number in 0..7 {
        linus.say(&format!("while away {number}")).await;
    }
    stage.start().await;
    stage.ready().await;
    counted(&stage, 12).await;
    assert_eq!(stage.counter("identifies").await, 1, "a stop and a start spend no identify");
    assert_eq!(stage.counter("resumed").await, 1);
    stage.close().await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way() {
    let mut stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let mut sent = Vec::new();
    for number in 0..20 {
        sent.push(ada.send("learn", json!({ "content": format!("Shelf {number} is full.") })).await);
    }
    assert!(stage.terminate().await.success());
    let mut learned = 0;
    for interaction in &sent {
        let record = stage.control.get(&format!("/interactions/{interaction}?wait=10000")).await.unwrap();
        learned += i64::from(record["state"] == "responded" || record["state"] == "deferred");
    }
    let entries = rows::entries(&stage).await;
    assert!(entries.iter().all(|(_, copies)| *copies == 1), "{entries:?}");
    // What is still with Discord is replayed to the next run; what was begun is finished by this one.
    assert_eq!(i64::try_from(entries.len()).unwrap(), learned);
    stage.start().await;
    stage.ready().await;
    assert_eq!(stage.counter("identifies").await, 1);
    stage.close().await;
}

#[tokio::test]
async fn a_kill_loses_nothing() {
    let mut stage = Stage::open().await;
    counting(&stage).await;
    let linus = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    for number in 0..5 {
        linus.say(&format!("before {number}")).await;
    }
    stage.kill().await;
    for number in 0..7 {
        linus.say(&format!("while away {number}")).await;
    }
    stage.start().await;
    stage.ready().await;
    counted(&stage, 12).await;
    assert_eq!(stage.counter("identifies").await, 1, "the session was resumed");
    stage.close().await;
}

#[tokio::test]
async fn a_lost_session_leaves_a_gap_and_the_guilds_are_reconciled() {
    let mut stage = Stage::open().await;
    // The cache of guilds is written behind; an orderly stop writes it.
    assert!(stage.terminate().await.success());
    stage.kick(example::MAKERS).await;
    let harbour = stage.found("Harbour").await;
    stage.invite(harbour).await;
    stage.control.post("/sessions/*/invalidate", json!({ "resumable": false })).await.unwrap();

    stage.start().await;
    stage.counted("identifies", 2).await;
    stage.ready().await;
    assert_eq!(stage.counter("resumed").await, 0);
    let welcome = stage.seat(example::ADA, harbour).await;
    welcome.welcomed().await;
    let seen = wait::until(BOUND, || async {
        (stage.metric("guildhall_runtime_gaps_total").await > 0.0).then_some(())
    });
    seen.await.expect("the gap is counted");
    let reconciled = wait::until(BOUND, || async {
        let counts = stage.page_json("/database").await;
        (counts["counts"]["open gaps"] == 0).then_some(())
    });
    reconciled.await.expect("the gap is reconciled");
    let gone =
        wait::until(BOUND, || async { (stage.page_json("/servers").await["servers"] == 3).then_some(()) });
    gone.await.expect("the bot is in three servers");
    assert!(stage.terminate().await.success());

    assert_eq!(rows::gaps(&stage).await, 1);
    let known = rows::guilds(&stage).await;
    assert!(known.contains(&Known { guild: example::MAKERS, left: true }), "{known:?}");
    assert!(known.contains(&Known { guild: harbour, left: false }), "{known:?}");
    assert!(known.contains(&Known { guild: example::BOOK_CLUB, left: false }), "{known:?}");
    assert_eq!(welcome.welcomes().await.len(), 1);
    stage.close().await;
}

#[tokio::test]
async fn a_session_that_is_lost_while_running_is_replaced() {
    let mut stage = Stage::open().await;
    stage.control.post("/sessions/*/invalidate", json!({ "resumable": false })).await.unwrap();
    stage.counted("identifies", 2).await;
    stage.ready().await;
    let answer = stage.seat(example::ADA, example::BOOK_CLUB).await.run("ping", json!({})).await;
    assert_eq!(answer.record["state"], "responded");
    let gaps = stage.metric("guildhall_runtime_gaps_total").await;
    assert!(gaps >= 1.0, "{gaps} gaps are counted");
    stage.close().await;
}
