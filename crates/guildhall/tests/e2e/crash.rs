//! `guildhall bench crash`: kill -9 under load loses and doubles nothing.

use serde_json::Value;

#[tokio::test]
async fn kills_under_load_lose_and_double_nothing() {
    killed_on("sqlite", 6).await;
}

#[tokio::test]
async fn kills_on_a_file_for_each_guild_lose_and_double_nothing() {
    killed_on("per-guild", 4).await;
}

#[tokio::test]
async fn kills_on_postgresql_lose_and_double_nothing() {
    killed_on("postgres", 4).await;
}

async fn killed_on(storage: &str, rounds: u32) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(["bench", "crash", "--storage", storage, "--rounds", &rounds.to_string(), "--json"]);
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(folder.path()).kill_on_drop(true);
    let bound = std::time::Duration::from_secs(200);
    let output = tokio::time::timeout(bound, command.output()).await.expect("the benchmark ends").unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    for effect in ["messages", "entries", "welcomes"] {
        let effects = &verdict[effect];
        assert!(effects["sent"].as_u64() > Some(0), "there was a load: {verdict}");
        assert_eq!((&effects["lost"], &effects["doubled"]), (&0.into(), &0.into()), "{verdict}");
    }
    assert_eq!(verdict["rounds"], rounds);
    assert_eq!(verdict["identifies"], 1, "every session was resumed: {verdict}");
    assert_eq!(verdict["gaps"], 0, "{verdict}");
}
