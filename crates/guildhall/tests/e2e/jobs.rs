//! Background work as operators see it on the command line.

use std::{path::Path, sync::Arc};

use guildhall_core::{
    clock::{Clock as _, SystemClock},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_framework::Registry;
use guildhall_sandbox::example;
use guildhall_store::{
    OperatorPath, Store, StoreOptions,
    platform::job::{self, NewJob, Priority, work},
};
use serde_json::Value;

use crate::stage::Stage;

async fn told(stage: &Stage, args: &[&str]) -> Value {
    let output = stage.cli(&[&["jobs"], args].concat()).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Lets a job fail for good, as a program before this one may have; what names it.
async fn bury(data: &Path, kind: &str) -> String {
    let registry = Registry::new(guildhall_features::all()).unwrap();
    let schemas = [
        vec![guildhall_runtime::store::SCHEMA, guildhall_backup::SCHEMA, guildhall_import::SCHEMA],
        registry.schemas(),
    ]
    .concat();
    let options = StoreOptions::new(data.join(format!("bot-{}.db", example::APPLICATION)));
    let store = Store::open(options, &schemas, Arc::new(SystemClock)).await.unwrap();
    let (guild, now) = (GuildId::new(example::BOOK_CLUB).unwrap(), SystemClock.now());
    let new = NewJob {
        kind: kind.to_owned(),
        payload: "\"canary\"".to_owned(),
        priority: Priority::Normal,
        not_before: now,
        dedupe: None,
        user: None,
    };
    let mut write = store.write().await.unwrap();
    let id = job::add(&mut write.guild(GuildScope(guild)), &new, now).await.unwrap().unwrap();
    let id = job::JobId { party: job::Party::Guild(guild), id };
    let mut tx = write.operator(OperatorPath::Jobs);
    let how = work::Claim {
        now,
        until: now,
        holder: "e2e",
        priority: Priority::Low,
        suspects: true,
        most: u32::MAX,
        heavy: &work::NONE_HEAVY,
    };
    let held = work::claim(&mut tx, &id.party, &how).await.unwrap().unwrap();
    let fault = work::Fault { cause: "it broke", reference: "7K3M9QXZ", not_before: now, tries: 0, now };
    work::fail(&mut tx, &id, held.epoch, &fault).await.unwrap().unwrap();
    write.commit().await.unwrap();
    store.close().await;
    id.to_string()
}

#[tokio::test]
async fn schedules_are_listed_and_what_was_given_up_runs_again() {
    let mut stage = Stage::open().await;
    let listed = told(&stage, &["list", "--json"]).await;
    let schedules: Vec<_> =
        listed["schedules"].as_array().unwrap().iter().map(|one| one["schedule"].clone()).collect();
    assert_eq!(schedules, ["backup", "prune", "servers_purge"], "also while the bot runs");
    assert!(stage.terminate().await.success());
    // How the tasks fare is written down at the end at the latest.
    let listed = told(&stage, &["list", "--json"]).await;
    assert!(listed["tasks"].is_array(), "{listed}");

    let (first, second) = (bury(&stage.data(), "remind").await, bury(&stage.data(), "remind").await);
    let dead = told(&stage, &["dead", "--json"]).await;
    let names: Vec<_> = dead.as_array().unwrap().iter().map(|one| one["job"].as_str().unwrap()).collect();
    assert_eq!(names, [first.as_str(), second.as_str()]);
    assert_eq!((&dead[0]["reference"], &dead[0]["why"]), (&"7K3M9QXZ".into(), &"it broke".into()));
    assert!(!dead.to_string().contains("canary"), "what a job is about stays hidden: {dead}");
    assert_eq!(told(&stage, &["quarantined", "--json"]).await, Value::from(Vec::<Value>::new()));

    let replayed = stage.cli(&["jobs", "replay", &first]).await;
    assert!(replayed.status.success());
    assert_eq!(String::from_utf8_lossy(&replayed.stdout).trim(), first);
    let again = stage.cli(&["jobs", "replay", &first]).await;
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("hint:"));
    let kind = stage.cli(&["jobs", "replay", "--kind", "remind"]).await;
    assert_eq!(String::from_utf8_lossy(&kind.stdout).trim(), second);
    let listed = told(&stage, &["list", "--json"]).await;
    let waiting = &listed["jobs"][0];
    assert_eq!(
        (&waiting["kind"], &waiting["state"], &waiting["jobs"]),
        (&"remind".into(), &"waiting".into(), &2.into())
    );
    assert!(!stage.cli(&["jobs", "replay"]).await.status.success(), "which one?");
    stage.close().await;
}
