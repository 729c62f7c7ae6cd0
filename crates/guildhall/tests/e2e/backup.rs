//! Backup, kill, restore: what was acknowledged before the snapshot is there afterwards.

use std::{
    path::Path,
    process::Output,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    person::{Seat, words},
    rows,
    stage::{BOUND, Stage},
};

fn said(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs `guildhall backup` with a key.
async fn backup(stage: &Stage, key: &Path, args: &[&str]) -> Output {
    let args = [&["backup"], args].concat();
    stage.cli_with(&args, &[("GUILDHALL_BACKUP__IDENTITY_FILE", key.to_str().unwrap())]).await
}

/// Entries that one server takes on a day, and some to spare.
const FACTS: u32 = 60;

/// What was taught and acknowledged.
type Learned = Arc<Mutex<Vec<String>>>;

/// Somebody who teaches without a pause, and writes down what was acknowledged.
fn teach(seat: Seat, stop: &Arc<AtomicBool>, learned: &Learned) -> JoinHandle<()> {
    let (stop, learned) = (Arc::clone(stop), Arc::clone(learned));
    tokio::spawn(async move {
        for number in 0..FACTS {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let fact = format!("Fact {number} of channel {}.", seat.channel);
            let interaction = seat.send("learn", json!({ "content": fact })).await;
            let Ok(record) = seat.control.settled(&interaction, BOUND).await else { continue };
            let answered = record["message_id"].as_str().filter(|_| record["state"] == "responded");
            let Some(message) = answered else { continue };
            let messages = seat.messages().await;
            let shown = messages.iter().find(|one| one["id"] == message).map(words).unwrap_or_default();
            if shown.contains("Learned as entry") {
                learned.lock().unwrap().push(fact);
            }
        }
    })
}

fn count(learned: &Learned) -> usize {
    learned.lock().unwrap().len()
}

async fn reaches(learned: &Learned, wanted: usize) {
    let reached = wait::until(BOUND, || async { (count(learned) >= wanted).then_some(()) }).await;
    assert!(reached.is_some(), "{} of {wanted} facts were learned", count(learned));
}

#[tokio::test]
async fn what_was_acknowledged_before_a_backup_survives_a_kill_and_a_restore() {
    killed_and_restored(Stage::open().await).await;
}

#[tokio::test]
async fn and_it_does_on_postgresql() {
    killed_and_restored(Stage::open_on_postgres().await).await;
}

async fn killed_and_restored(mut stage: Stage) {
    let key = stage.folder().join("backup.key");
    let made = backup(&stage, &key, &["keygen"]).await;
    assert!(String::from_utf8_lossy(&made.stdout).starts_with("age1"), "{made:?}");

    let (stop, learned) = (Arc::new(AtomicBool::new(false)), Learned::default());
    let mut teachers = Vec::new();
    for guild in [example::BOOK_CLUB, example::MAKERS] {
        teachers.push(teach(stage.seat(example::LINUS, guild).await, &stop, &learned));
    }
    reaches(&learned, 10).await;
    // Under load, beside the process that has the data.
    let before = learned.lock().unwrap().clone();
    let created = said(&backup(&stage, &key, &["create", "--json"]).await);
    let file = created["path"].as_str().unwrap().to_owned();
    let bytes = std::fs::read(stage.folder().join(&file)).unwrap();
    assert!(!bytes.windows(7).any(|part| part == b"channel"), "what people wrote cannot be read in it");
    reaches(&learned, before.len() + 5).await;
    stage.kill().await;
    stop.store(true, Ordering::Relaxed);
    for teacher in teachers {
        teacher.await.unwrap();
    }
    let after = rows::entries(&stage).await;
    assert!(after.len() > before.len());

    let refused = backup(&stage, &key, &["restore", &file]).await;
    assert!(
        !refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--replace"),
        "{refused:?}"
    );
    let restored = said(&backup(&stage, &key, &["restore", &file, "--replace", "--json"]).await);
    assert_eq!(
        restored["header"]["created_at"], created["header"]["created_at"],
        "the recovery point is told"
    );
    assert_eq!(restored["totals"], created["trailer"]["totals"], "checksums are equal");
    let entries = rows::entries(&stage).await;
    for fact in &before {
        assert!(entries.contains(&(fact.clone(), 1)), "`{fact}` was acknowledged before the backup");
    }
    assert!(
        entries.len() < after.len() || count(&learned) == before.len(),
        "the data are those of the backup"
    );
    // Files are put aside; a database is emptied, and what was in it is in a backup where there is one.
    if let Some(before) = restored["before"].as_str() {
        assert!(stage.folder().join(before).exists(), "the old data are put aside");
    }

    // It is served, and goes on where it was.
    stage.start().await;
    stage.ready().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let learned = ada.run("learn", json!({ "content": "Life goes on." })).await;
    assert!(learned.words().contains("Learned as entry"), "{}", learned.words());
    let running = backup(&stage, &key, &["restore", &file, "--replace"]).await;
    assert!(!running.status.success(), "not under a running bot: {running:?}");
    stage.close().await;
}

#[tokio::test]
async fn backups_are_made_checked_drilled_and_one_server_comes_back_alone() {
    one_server_comes_back(Stage::open().await).await;
}

#[tokio::test]
async fn and_they_are_on_postgresql() {
    one_server_comes_back(Stage::open_on_postgres().await).await;
}

async fn one_server_comes_back(mut stage: Stage) {
    let key = stage.folder().join("backup.key");
    let nothing = stage.cli(&["backup", "create"]).await;
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("keygen"), "without a key it says what to do");
    assert!(backup(&stage, &key, &["keygen"]).await.status.success());
    let seats =
        [stage.seat(example::ADA, example::BOOK_CLUB).await, stage.seat(example::ADA, example::MAKERS).await];
    for seat in &seats {
        seat.run("learn", json!({ "content": format!("Known in {}.", seat.channel) })).await;
    }
    let created = said(&backup(&stage, &key, &["create", "--json"]).await);
    let listed = said(&backup(&stage, &key, &["list", "--json"]).await);
    assert_eq!(listed[0]["path"], created["path"]);
    let verified = said(&backup(&stage, &key, &["verify", "--json"]).await);
    assert_eq!(verified["trailer"], created["trailer"]);
    // While the bot runs, in a database of its own.
    let drilled = said(&backup(&stage, &key, &["drill", "--json"]).await);
    assert!(drilled.as_array().unwrap().iter().all(|finding| finding["level"] == "ok"), "{drilled}");
    let doctor: Value = serde_json::from_slice(
        &stage
            .cli_with(&["doctor", "--json"], &[("GUILDHALL_BACKUP__IDENTITY_FILE", key.to_str().unwrap())])
            .await
            .stdout,
    )
    .unwrap();
    let finding = |name: &str| doctor.as_array().unwrap().iter().find(|one| one["check"] == name).cloned();
    assert_eq!(finding("backup key").unwrap()["level"], "ok", "{doctor}");
    assert_eq!(finding("backups").unwrap()["level"], "warn", "none comes by itself: {doctor}");

    for seat in &seats {
        seat.run("learn", json!({ "content": format!("Later in {}.", seat.channel) })).await;
    }
    assert!(stage.terminate().await.success());
    let file = created["path"].as_str().unwrap();
    let club = example::BOOK_CLUB.to_string();
    said(&backup(&stage, &key, &["restore", file, "--guild", &club, "--json"]).await);
    let entries: Vec<String> = rows::entries(&stage).await.into_iter().map(|(text, _)| text).collect();
    let has = |text: String| entries.contains(&text);
    assert!(
        has(format!("Known in {}.", seats[0].channel)) && !has(format!("Later in {}.", seats[0].channel))
    );
    assert!(has(format!("Known in {}.", seats[1].channel)) && has(format!("Later in {}.", seats[1].channel)));
    assert_eq!(
        std::fs::read_dir(stage.data())
            .unwrap()
            .flatten()
            .filter(|entry| {
                let name = entry.file_name().into_string().unwrap();
                name.contains("drill") || name.contains("restoring")
            })
            .count(),
        0,
        "nothing is left behind"
    );
    stage.close().await;
}
