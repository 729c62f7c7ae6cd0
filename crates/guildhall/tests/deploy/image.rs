//! The image, and what gets into it.

use std::process::Command;

use crate::{
    files::{root, text},
    settings::accepted,
    vocabulary::web_port,
};

/// The last stage's instructions, each in one line.
fn last_stage() -> Vec<(String, String)> {
    let text = text("deploy/container/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let all: Vec<_> = lines
        .map(|line| {
            let (word, rest) = line.trim().split_once(' ').unwrap();
            (word.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect();
    let from = all.iter().rposition(|(word, _)| word == "FROM").unwrap();
    assert!(from > 0, "there is a stage that builds, and one that runs");
    all[from..].to_vec()
}

fn one(word: &str) -> String {
    let found: Vec<_> = last_stage().into_iter().filter(|(found, _)| found == word).collect();
    assert_eq!(found.len(), 1, "{word}");
    found[0].1.clone()
}

/// The variables that the image sets.
pub(crate) fn environment() -> Vec<(String, String)> {
    let pairs = one("ENV");
    pairs
        .split(' ')
        .filter_map(|pair| pair.split_once('='))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect()
}

#[test]
fn the_image_runs_the_program_as_nobody_in_particular() {
    let user = one("USER");
    let (user, group) = user.split_once(':').unwrap();
    assert!(user.parse::<u32>().unwrap() > 0 && group.parse::<u32>().unwrap() > 0);
    let program: Vec<String> = serde_json::from_str(&one("ENTRYPOINT")).unwrap();
    assert_eq!(program, ["/usr/local/bin/guildhall"]);
    assert!(
        text("deploy/container/Dockerfile")
            .contains("install -D target/release/guildhall /out/usr/local/bin/guildhall")
    );
    let words: Vec<String> = serde_json::from_str(&one("CMD")).unwrap();
    assert_eq!(words, ["run"]);
    assert_eq!(one("EXPOSE"), web_port().to_string());
    assert_eq!(one("STOPSIGNAL"), "SIGTERM");
}

#[test]
fn the_health_check_is_a_command_of_the_program() {
    let check = one("HEALTHCHECK");
    let words: Vec<String> = serde_json::from_str(check.split_once("CMD ").unwrap().1).unwrap();
    assert_eq!(words[0], "/usr/local/bin/guildhall");
    // Nothing runs there, so it says so; a command that does not exist ends with 2.
    let mut environment = environment();
    environment.push(("GUILDHALL_WEB__LISTEN".to_owned(), "127.0.0.1:1".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(&words[1..])
        .env_clear()
        .envs(environment)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no answer from `http://127.0.0.1:1/health`"), "{said}");
}

#[test]
fn the_settings_of_the_image_are_accepted_and_reach_others() {
    let mut environment = environment();
    let listen = environment.iter().find(|(name, _)| name == "GUILDHALL_WEB__LISTEN").unwrap();
    assert_eq!(listen.1, format!("0.0.0.0:{}", web_port()));
    let secrets = crate::settings::Secrets::new();
    let token = secrets.path().join("token").display().to_string();
    environment.push(("GUILDHALL_DISCORD__TOKEN_FILE".to_owned(), token));
    accepted("Dockerfile", &environment);
}

#[test]
fn only_what_is_built_from_gets_into_the_image() {
    let text = text(".dockerignore");
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(lines[0], "*", "everything else is named");
    let named: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix('!')).collect();
    for needed in ["Cargo.toml", "Cargo.lock", "crates", "e2e/rust", "xtask"] {
        assert!(named.contains(&needed), "{needed}");
    }
    for name in named.iter().filter(|name| !name.contains('*')) {
        assert!(root().join(name).exists(), "{name}");
        assert!(!name.starts_with("deploy") && !name.starts_with(".git"), "{name}");
    }
}
