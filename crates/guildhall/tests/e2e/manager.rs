//! `guildhall shards start` and what goes with it: several processes of one bot on one machine, started, watched,
//! rolled and stopped by hand.

use std::{
    path::PathBuf, process::Command, sync::atomic::AtomicBool, sync::atomic::Ordering, time::Duration,
};

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::{
    person::Seat,
    stage::{BINARY, BOUND, Stage},
};

/// Stops what runs in the background, however the test ends.
struct Background {
    environment: Vec<(&'static str, String)>,
    folder: PathBuf,
}

impl Drop for Background {
    fn drop(&mut self) {
        let mut command = Command::new(BINARY);
        command
            .args(["shards", "stop", "--deadline", "10"])
            .env_clear()
            .envs(self.environment.iter().cloned());
        let _ = command.current_dir(&self.folder).output();
    }
}

impl Background {
    fn of(stage: &Stage) -> Self {
        Self { environment: stage.environment(), folder: stage.folder().to_owned() }
    }
}

/// Runs a command that must do well, and returns what it printed.
async fn shards(stage: &Stage, args: &[&str]) -> String {
    let output = stage.cli(&[&["shards"], args].concat()).await;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {out}{err}");
    out.into_owned()
}

async fn status(stage: &Stage) -> Value {
    serde_json::from_str(&shards(stage, &["status", "--json"]).await).unwrap()
}

fn local(status: &Value, number: usize) -> &Value {
    &status["local"]["processes"][number - 1]
}

/// Waits until the status is as wanted.
async fn until(stage: &Stage, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let reached = wait::until(BOUND, || async { Some(status(stage).await).filter(&wanted) }).await;
    match reached {
        Some(status) => status,
        None => panic!("not in time: {what}; {:#}", status(stage).await),
    }
}

/// Every shard has its session, and each of the two processes has one.
fn whole(status: &Value) -> bool {
    let shards = status["shards"].as_array().unwrap();
    let processes = status["processes"].as_array().unwrap();
    shards.len() == 2
        && shards.iter().all(|shard| shard["state"] == "active")
        && processes.len() == 2
        && processes.iter().all(|process| process["shards"] == 1)
}

/// Ends a process as a power cut would.
fn kill(status: &Value, number: usize) {
    let pid = local(status, number)["pid"].as_u64().unwrap();
    assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
}

async fn counted(ada: &Seat, messages: u64) {
    let wanted = format!("Messages\n{messages} today");
    let words = wait::until(BOUND, || async {
        let words = ada.run("server_stats", json!({})).await.words();
        words.contains(&wanted).then_some(())
    });
    assert!(words.await.is_some(), "{}, not {wanted}", ada.run("server_stats", json!({})).await.words());
}

#[tokio::test]
async fn several_processes_are_started_rolled_and_stopped_and_no_event_is_lost() {
    let stage = Stage::empty_on_postgres().await;
    let _background = Background::of(&stage);
    let started = shards(&stage, &["start", "--processes", "2", "--shards-per-process", "1"]).await;
    assert!(
        started.contains("process 1 is started") && started.contains("process 2 is started"),
        "{started}"
    );
    let first = until(&stage, "two processes with a shard each", whole).await;
    for number in [1, 2] {
        let row = local(&first, number);
        assert_eq!(row["state"], "running", "{first:#}");
        let known = first["processes"].as_array().unwrap().iter().any(|one| one["id"] == row["instance"]);
        assert!(known, "each is known by its name among all: {first:#}");
    }
    stage.registered("ping").await;
    let known = |status: &Value| status["measured"]["cores"] != 0 && status["measured"]["guilds"] == 3;
    let measured = until(&stage, "the load is measured", known).await;
    assert_eq!((&measured["advice"]["processes"], &measured["advice"]["shards"]), (&json!(2), &json!(2)));
    assert!(shards(&stage, &["status"]).await.contains("advised: 2 shards, 2 processes"));
    assert!(shards(&stage, &["start"]).await.contains("2 processes run already"));
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    ada.run("server_config", json!({ "feature": "statistics", "enabled": true })).await;

    let linus = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    let (rolled, mut said) = (AtomicBool::new(false), 0);
    let talk = async {
        while !rolled.load(Ordering::Relaxed) {
            linus.say("is anybody there").await;
            said += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let roll = async {
        let rolling = shards(&stage, &["restart"]).await;
        rolled.store(true, Ordering::Relaxed);
        rolling
    };
    let (rolling, ()) = tokio::join!(roll, talk);
    assert!(rolling.contains("process 1 is started anew") && rolling.contains("process 2 is started anew"));
    let second = until(&stage, "two processes with a shard each", whole).await;
    for number in [1, 2] {
        assert_ne!(local(&first, number)["pid"], local(&second, number)["pid"]);
    }
    assert!(said > 5, "there was something to lose: {said}");
    counted(&ada, said).await;
    assert_eq!(stage.counter("identifies").await, 2, "a roll spends no identify");

    let logs = shards(&stage, &["logs", "2", "--lines", "5"]).await;
    assert!(!logs.is_empty());
    let found = shards(&stage, &["logs", "--all", "--grep", "asked to (stop|end)", "--json"]).await;
    for number in [1, 2] {
        assert!(found.lines().any(|line| line.starts_with(&format!("{number} | {{"))), "{found}");
    }
    let nothing = stage.cli(&["shards", "logs", "--all", "--grep", "xylophone"]).await;
    assert!(!nothing.status.success());

    assert!(shards(&stage, &["stop", "2"]).await.contains("process 2 is stopped"));
    let left = status(&stage).await;
    assert_eq!(
        (&local(&left, 1)["state"], &local(&left, 2)["state"]),
        (&json!("running"), &json!("stopped"))
    );
    shards(&stage, &["stop"]).await;
    let none = status(&stage).await;
    assert_eq!(none["processes"], json!([]), "they have left in order");
    assert_eq!(local(&none, 1)["state"], "stopped");
}

#[tokio::test]
async fn a_process_that_ends_is_started_again_and_given_up_when_it_cannot_live() {
    let stage = Stage::empty_on_postgres().await;
    let _background = Background::of(&stage);
    shards(&stage, &["start", "--processes", "2", "--shards-per-process", "1"]).await;
    let first = until(&stage, "two processes with a shard each", whole).await;
    assert_eq!(first["local"]["auto_restart"], "off");
    shards(&stage, &["auto-restart", "on", "--tries", "2", "--first-delay-ms", "200"]).await;
    kill(&first, 2);
    let again = until(&stage, "it is started again", |status| {
        local(status, 2)["restarts"] == 1 && local(status, 2)["state"] == "running" && whole(status)
    })
    .await;
    assert_ne!(local(&first, 2)["pid"], local(&again, 2)["pid"]);
    assert_eq!(local(&first, 1)["pid"], local(&again, 1)["pid"], "the other one is left alone");
    assert_eq!(again["local"]["auto_restart"], "on");

    // It cannot write its logs, so that it ends at once whenever it is started.
    let logs = stage.data().join("processes/2/logs");
    std::fs::rename(&logs, logs.with_extension("away")).unwrap();
    std::fs::write(&logs, "").unwrap();
    kill(&again, 2);
    let lost = until(&stage, "it is given up", |status| local(status, 2)["state"] == "given up").await;
    assert!(local(&lost, 2)["given_up"].as_str().unwrap().contains("log folder"), "{lost:#}");
    assert!(shards(&stage, &["status"]).await.contains("WARN  process 2 here is given up"));
    let told = stage.cli(&["shards", "auto-restart", "status"]).await;
    assert_eq!(told.status.code(), Some(1), "a script can tell");
    let whole_on_one = |status: &Value| {
        let shards = status["shards"].as_array().unwrap();
        shards.iter().all(|shard| shard["state"] == "active")
    };
    until(&stage, "the other one runs all shards", whole_on_one).await;

    std::fs::remove_file(&logs).unwrap();
    shards(&stage, &["start"]).await;
    until(&stage, "both run again", whole).await;
    shards(&stage, &["auto-restart", "off"]).await;
    let off = status(&stage).await;
    assert_eq!(off["local"]["auto_restart"], "off");
    kill(&off, 2);
    until(&stage, "it is left", |status| local(status, 2)["state"] == "ended").await;
    assert_eq!(stage.counter("identifies").await, 2, "whatever happened, the sessions went on");
}

#[tokio::test]
async fn without_a_shared_database_nothing_is_started() {
    let stage = Stage::empty().await;
    let refused = stage.cli(&["shards", "start"]).await;
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && error.contains("SQLite") && error.contains("storage.url"),
        "{error}"
    );
    assert!(!stage.data().join("processes/1").exists());
}
