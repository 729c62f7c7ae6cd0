//! `guildhall import`: the command as an operator uses it, and kill -9 at ten moments.

use std::{path::Path, process::Output, time::Duration};

use guildhall_import::{Report, generate::Planted};
use serde_json::Value;

use crate::stage::{BINARY, BOUND};

const GUILD: &str = "897814031346319382";

async fn cli(folder: &Path, args: &[&str], bound: Duration) -> Output {
    cli_with(folder, args, &[], bound).await
}

async fn cli_with(folder: &Path, args: &[&str], settings: &[(&str, &str)], bound: Duration) -> Output {
    let mut command = tokio::process::Command::new(BINARY);
    command.args(args).env_clear().env("PATH", "/usr/bin:/bin").current_dir(folder).kill_on_drop(true);
    command.env("GUILDHALL_STORAGE__FOLDER", folder.join("data")).envs(settings.iter().copied());
    tokio::time::timeout(bound, command.output()).await.expect("the command ends").unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_operator_looks_first_and_then_imports() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made =
        cli(folder, &["import", "generate", "old.db", "--rows", "3000", "--shape", "after"], BOUND).await;
    assert!(made.status.success(), "{}", told(&made));
    let planted: Planted = serde_json::from_slice(&made.stdout).unwrap();
    let legacy = ["import", "legacy", "old.db", "--guild", GUILD];

    let dry = cli(folder, &[&legacy[..], &["--dry-run", "--json"]].concat(), BOUND).await;
    assert!(dry.status.success(), "{}", told(&dry));
    let report: Report = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!(planted.differences(&report), [] as [String; 0]);
    assert_eq!(files(folder), ["old.db"], "a dry run makes nothing");

    let done = cli(folder, &[&legacy[..], &["--report", "report.json"]].concat(), BOUND).await;
    assert!(done.status.success(), "{}", told(&done));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("3000 rows read") && said.contains("taken and verified"), "{said}");
    let report: Report = serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(planted.differences(&report), [] as [String; 0]);
    // The copy from before is whole, and nobody else can read it or the report.
    let copies = files(&folder.join("data/imports"));
    assert_eq!(copies.len(), 1, "{copies:?}");
    let copy = folder.join("data/imports").join(&copies[0]);
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(folder.join("old.db")).unwrap());
    #[cfg(unix)]
    for path in [copy, folder.join("report.json")] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
    }

    // What would replace rows needs a backup of them, or a word that it does not.
    let refused = cli(folder, &legacy, BOUND).await;
    assert!(told(&refused).contains("no key for backups"), "{}", told(&refused));
    let again = cli(folder, &[&legacy[..], &["--no-backup", "--json"]].concat(), BOUND).await;
    assert!(again.status.success(), "{}", told(&again));
    let report: Report = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(report.total(|table| table.added + table.updated), 0);
    let allowed = ("GUILDHALL_BACKUP__ALLOW_PLAIN", "true");
    let clean = [&legacy[..], &["--mode", "clean-slate"]].concat();
    let clean = cli_with(folder, &clean, &[allowed], BOUND).await;
    assert!(clean.status.success(), "{}", told(&clean));
    assert_eq!(files(&folder.join("data/backups")).len(), 1, "{}", told(&clean));

    std::fs::write(folder.join("notes.txt"), "no database").unwrap();
    let refused = cli(folder, &["import", "legacy", "notes.txt", "--guild", GUILD], BOUND).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = told(&refused);
    assert!(said.contains("not an SQLite database") && said.contains("hint: "), "{said}");
}

#[tokio::test]
async fn kills_at_ten_moments_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["bench", "import", "--rows", "60000", "--kills", "10", "--json"];
    let output = cli(folder.path(), &args, Duration::from_secs(200)).await;
    assert!(output.status.success(), "{}", told(&output));
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["killed"]["kills"], 10, "{verdict}");
    assert_eq!(verdict["same"], true, "{verdict}");
    assert!(verdict["flawed"].as_u64() > Some(500), "{verdict}");
}
