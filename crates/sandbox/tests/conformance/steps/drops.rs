//! Every way to lose a connection, and no event lost or doubled over it.

use std::collections::BTreeSet;
use std::time::Duration;

use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::stage::{BOUND, Library, Stage};

const BEFORE: usize = 5;
const AWAY: usize = 10;
const AFTER: usize = 5;

/// What the documentation has a client do.
#[derive(PartialEq)]
enum Wanted {
    /// Resume: nothing is lost.
    Resume,
    /// Resume, or begin anew: libraries differ.
    Either,
    /// Begin anew: what happened meanwhile is lost, but nothing is doubled.
    Anew,
}

pub(crate) async fn op_7(stage: &mut Stage) {
    through(stage, Wanted::Resume, "/sessions/*/reconnect", json!({})).await;
}

pub(crate) async fn tcp_cut(stage: &mut Stage) {
    through(stage, Wanted::Resume, "/sessions/*/drop", json!({})).await;
}

pub(crate) async fn close_4000(stage: &mut Stage) {
    through(stage, Wanted::Resume, "/sessions/*/close", json!({"code": 4000})).await;
}

pub(crate) async fn close_4001(stage: &mut Stage) {
    through(stage, Wanted::Either, "/sessions/*/close", json!({"code": 4001})).await;
}

pub(crate) async fn close_4008(stage: &mut Stage) {
    through(stage, Wanted::Either, "/sessions/*/close", json!({"code": 4008})).await;
}

pub(crate) async fn close_4009(stage: &mut Stage) {
    through(stage, Wanted::Either, "/sessions/*/close", json!({"code": 4009})).await;
}

pub(crate) async fn op_9_resumable(stage: &mut Stage) {
    through(stage, Wanted::Either, "/sessions/*/invalidate", json!({"resumable": true})).await;
}

pub(crate) async fn op_9(stage: &mut Stage) {
    through(stage, Wanted::Anew, "/sessions/*/invalidate", json!({"resumable": false})).await;
}

/// Heartbeats are no longer answered: the bot has to notice by itself.
pub(crate) async fn zombie(stage: &mut Stage) {
    let silence = json!({"kind": "heartbeat_silence", "application": stage.application, "for_ms": 10_000});
    through(stage, Wanted::Either, "/faults", silence).await;
    stage.control.delete("/faults").await.unwrap();
}

/// The server asks for a heartbeat, which is answered at once; nothing is interrupted.
pub(crate) async fn asked_to_beat(stage: &mut Stage) {
    let since = stage.sandbox.engine().journal().last();
    stage.control.post("/sessions/*/heartbeat", json!({})).await.unwrap();
    let path = format!("/journal/wait?kind=gateway_in&contains=op%201&after={since}&timeout_ms=20000");
    stage.control.get(&path).await.unwrap();
}

/// Nothing goes through for a while.
pub(crate) async fn partition(stage: &mut Stage) {
    let fault =
        json!({"kind": "partition", "mode": "refuse", "application": stage.application, "for_ms": 1_500});
    stage.fault(fault).await;
    through(stage, Wanted::Resume, "/sessions/*/drop", json!({})).await;
}

/// Talks before, during and after a disturbance, and looks at what the bot heard.
async fn through(stage: &mut Stage, wanted: Wanted, path: &str, body: Value) {
    let channel = stage.channel("drops").await;
    let (identifies, resumes) = (stage.counter("identifies").await, stage.counter("resumed").await);
    say(stage, &channel, 0..BEFORE).await;
    let mut heard = Vec::new();
    while heard.len() < BEFORE {
        heard.extend(word(stage, &channel).await);
    }
    stage.control.post(path, body).await.unwrap();
    say(stage, &channel, BEFORE..BEFORE + AWAY).await;
    let bound = BOUND + Duration::from_secs(15);
    let back = wait::until(bound, || async {
        let is_back = stage.counter("resumed").await > resumes;
        let anew = stage.counter("identifies").await > identifies;
        (is_back || anew).then_some(anew)
    });
    let anew = back.await.unwrap_or_else(|| panic!("the bot did not come back"));
    match wanted {
        Wanted::Resume => assert!(!anew, "the bot began anew where it can resume"),
        Wanted::Anew => assert!(anew, "the bot resumed what is invalid"),
        Wanted::Either if anew => stage.note("begins a new session"),
        Wanted::Either => {}
    }
    if !anew {
        stage.bot.event("resumed", BOUND).await.unwrap_or_else(|error| panic!("{error}"));
    }
    let total = BEFORE + AWAY + AFTER;
    say(stage, &channel, BEFORE + AWAY..total).await;
    stage.control.say(&stage.ada, &channel, "the end").await.unwrap();
    let mut ended = false;
    // One library tells of each event in a task of its own, so that the end may overtake others.
    let due: Vec<usize> =
        (0..total).filter(|number| !anew || !(BEFORE..BEFORE + AWAY).contains(number)).collect();
    while !ended || !due.iter().all(|number| heard.contains(number)) {
        match word(stage, &channel).await {
            Some(number) => heard.push(number),
            None => ended = true,
        }
    }
    if stage.library == Library::Serenity {
        stage.note("hands events over in no order, so only their number is checked");
        heard.sort_unstable();
    }
    let distinct: BTreeSet<usize> = heard.iter().copied().collect();
    assert_eq!(distinct.len(), heard.len(), "doubled: {heard:?}");
    assert!(heard.is_sorted(), "out of order: {heard:?}");
}

/// The number that the bot hears next; none at the end.
async fn word(stage: &mut Stage, channel: &str) -> Option<usize> {
    let line = stage.heard("message_create", |line| line["channel"] == channel).await;
    line["content"].as_str()?.strip_prefix("count ")?.parse().ok()
}

async fn say(stage: &Stage, channel: &str, numbers: std::ops::Range<usize>) {
    for n in numbers {
        stage.control.say(&stage.ada, channel, &format!("count {n}")).await.unwrap();
    }
}
