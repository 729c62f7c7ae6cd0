//! `guildhall bench cluster`: several processes of one bot on one PostgreSQL, killed, replaced and stopped.

use serde_json::Value;

#[tokio::test]
async fn a_killed_process_loses_nothing_and_the_others_go_on() {
    tried("kill", 3).await;
}

#[tokio::test]
async fn a_rolling_deploy_loses_nothing_and_identifies_nothing() {
    let verdict = tried("deploy", 3).await;
    assert_eq!(verdict["unanswered_commands"], 0, "{verdict}");
}

#[tokio::test]
async fn a_process_that_stood_still_writes_nothing_more_and_comes_back() {
    let verdict = tried("pause", 1).await;
    assert!(verdict["away_longest_s"].as_f64() > Some(10.0), "it counted as alive for a while: {verdict}");
}

/// Gateways and workers are processes of their own, with NATS between them.
#[tokio::test]
async fn killed_gateways_and_workers_lose_nothing() {
    let verdict = split("kill", 4).await;
    assert_eq!(verdict["unanswered_commands"], 0, "{verdict}");
}

#[tokio::test]
async fn what_is_between_the_processes_may_die_or_be_cut_off_and_come_back() {
    let verdict = split("outage", 7).await;
    assert_eq!(verdict["unanswered_commands"], 0, "answered, or refused with a reason: {verdict}");
}

async fn split(trial: &str, rounds: u32) -> Value {
    with(trial, rounds, &["--processes", "2", "--workers", "2"]).await
}

async fn tried(trial: &str, rounds: u32) -> Value {
    with(trial, rounds, &[]).await
}

async fn with(trial: &str, rounds: u32, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
    let rounds = rounds.to_string();
    command
        .args(["bench", "cluster", trial, "--rounds", &rounds, "--rate", "100", "--guilds", "12", "--json"])
        .args(more);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin")
        .current_dir(folder.path())
        .kill_on_drop(true);
    let bound = std::time::Duration::from_secs(200);
    let output = tokio::time::timeout(bound, command.output()).await.expect("the benchmark ends").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    for effect in ["messages", "entries"] {
        let effects = &verdict[effect];
        assert!(effects["sent"].as_u64() > Some(0), "there was a load: {verdict}");
        assert_eq!((&effects["lost"], &effects["doubled"]), (&0.into(), &0.into()), "{verdict}");
    }
    // Each new number of shards makes that many new sessions; every other one is resumed.
    let identifies = if trial == "reshard" { 4 + 8 + 6 } else { 4 };
    assert_eq!((&verdict["identifies"], &verdict["shards"]), (&identifies.into(), &4.into()), "{verdict}");
    assert_eq!(verdict["gaps"], 0, "{verdict}");
    verdict
}

#[tokio::test]
async fn another_number_of_shards_comes_and_goes_without_a_loss() {
    let verdict = tried("reshard", 2).await;
    assert_eq!(verdict["unanswered_commands"], 0, "{verdict}");
}
