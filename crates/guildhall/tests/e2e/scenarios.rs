//! `guildhall sandbox run` and `check`, as a bot's author uses them; the bot is Guildhall itself.

use std::{
    path::PathBuf,
    process::{Output, Stdio},
};

use guildhall_testkit::{control::Control, wait};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use crate::stage::{BINARY, BOUND};

fn example(name: &str) -> String {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.join("../../examples/scenarios").join(name).display().to_string()
}

async fn sandbox(folder: &TempDir, words: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("sandbox").args(words).current_dir(folder.path()).kill_on_drop(true);
    command.env("GUILDHALL_WEB__LISTEN", "127.0.0.1:0").output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_scenario_is_played_against_this_very_bot() {
    let folder = tempfile::tempdir().unwrap();
    let file = example("guildhall.yaml");
    let words =
        ["run", &file, "--listen", "127.0.0.1:0", "--json", "--junit", "junit.xml", "--", BINARY, "run"];
    let output = sandbox(&folder, &words).await;
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports[0]["ok"], true);
    assert_eq!(reports[0]["steps"][0]["what"], "the bot connects");
    let junit = std::fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    assert!(junit.contains("failures=\"0\""), "{junit}");
}

#[tokio::test]
async fn what_fails_is_told_with_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.yaml");
    let scenario = "name: nobody answers\nready_within: 0s\nworld:\n  people: [ada]\n  guilds: [{ name: Club }]\nsteps:\n  \
                    - say: { as: ada, in: general, text: hello }\n  \
                    - expect: { message: { by: ada, text: goodbye }, within: 100ms }\n  - wait: 1ms\n";
    std::fs::write(&file, scenario).unwrap();
    let output = sandbox(&folder, &["run", "wrong.yaml", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains("ok     line 7: ada says \"hello\" in general"), "{said}");
    assert!(said.contains("FAILED line 8: expect a message \"goodbye\""), "{said}");
    assert!(said.contains("ada: \"hello\"") && said.contains("1 steps were not played"), "{said}");
    let words = ["run", "wrong.yaml", "--listen", "127.0.0.1:0", "--", "no-such-program"];
    assert!(text(&sandbox(&folder, &words).await.stderr).contains("start no-such-program"));

    std::fs::write(&file, scenario.replace("as: ada", "as: bob").replace("1ms", "soon")).unwrap();
    let checked = sandbox(&folder, &["check", "wrong.yaml", &example("greeting.yaml")]).await;
    assert_eq!(checked.status.code(), Some(1));
    let said = text(&checked.stdout);
    assert!(said.contains("line 9 column") && said.contains("greeting.yaml: ok"), "{said}");
    std::fs::write(&file, scenario.replace("as: ada", "as: bob")).unwrap();
    let checked = sandbox(&folder, &["check", "wrong.yaml"]).await;
    assert!(text(&checked.stdout).contains("wrong.yaml: line 7: there is no person `bob`"));
}

#[tokio::test]
async fn what_is_done_by_hand_is_recorded_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command
        .args(["sandbox", "--listen", "127.0.0.1:0", "--record", "session.jsonl"])
        .current_dir(folder.path());
    let mut recording = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(recording.stdout.take().unwrap()).lines();
    let mut address = String::new();
    while !address.starts_with("control") {
        address = lines.next_line().await.unwrap().expect("the sandbox says where it is");
    }
    let address = address.trim_start_matches("control").trim().trim_start_matches("http://");
    let control = Control::new(address.split('/').next().unwrap());
    let made = control.post("/users", json!({ "username": "zoe" })).await.unwrap();
    let zoe = made["id"].as_str().unwrap();
    let guild = control.post("/guilds", json!({ "name": "Club", "owner_id": zoe, "channels": ["general"] }));
    let guild = guild.await.unwrap();
    control.say(zoe, guild["channels"][0]["id"].as_str().unwrap(), "hello").await.unwrap();
    control.post("/applications", json!({ "name": "Quiet" })).await.unwrap();
    let path = folder.path().join("session.jsonl");
    let written = wait::until(BOUND, || async {
        let text = std::fs::read_to_string(&path).ok()?;
        (text.lines().count() == 5).then_some(text)
    });
    let written = written.await.expect("a header and four lines");
    recording.kill().await.unwrap();
    assert!(written.starts_with(r#"{"recording":1,"seed":"example"}"#), "{written}");
    assert!(written.contains("{token}"), "the new application's token is left out: {written}");
    let words = ["replay", "session.jsonl", "--listen", "127.0.0.1:0", "--json"];
    let output = sandbox(&folder, &words).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report, json!({ "done": 4, "calls": 0, "differences": [] }));
}
