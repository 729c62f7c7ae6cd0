//! Background work as operators see it on the command line.

use serde_json::Value;

use crate::{rows, stage::Stage};

async fn told(stage: &Stage, args: &[&str]) -> Value {
    let output = stage.cli(&[&["jobs"], args].concat()).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
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

    let (first, second) =
        (rows::bury(&stage.data(), "remind").await, rows::bury(&stage.data(), "remind").await);
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
