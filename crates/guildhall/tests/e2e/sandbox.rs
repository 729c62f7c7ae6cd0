//! `guildhall sandbox load` and `soak`, small: what they print is true, and nothing is lost under faults.

use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use crate::stage::BINARY;

const BOUND: Duration = Duration::from_mins(2);

/// What the command prints as JSON; it has to succeed.
async fn measure(arguments: &[&str]) -> Value {
    let mut command = Command::new(BINARY);
    command.arg("sandbox").args(arguments).arg("--json").kill_on_drop(true);
    let output = tokio::time::timeout(BOUND, command.output()).await.expect("it ends").unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test]
async fn a_load_reaches_every_shard_whole() {
    let report =
        measure(&["load", "--guilds", "900", "--shards", "9", "--rate", "3000", "--seconds", "2"]).await;
    assert_eq!((&report["guilds"], &report["shards"]), (&900.into(), &9.into()));
    for stretch in ["steady", "flat_out"] {
        let stretch = &report[stretch];
        assert!(stretch["sent_per_second"].as_f64().is_some_and(|rate| rate > 0.0), "{stretch}");
        assert_eq!((&stretch["missing"], &stretch["doubled"]), (&0.into(), &0.into()), "{stretch}");
    }
    assert!(report["ratio_to_bare"].as_f64().is_some_and(|ratio| ratio > 0.0), "{report}");
}

#[tokio::test]
async fn nothing_is_lost_while_connections_break() {
    let report = measure(&[
        "soak",
        "--guilds",
        "200",
        "--shards",
        "4",
        "--rate",
        "1000",
        "--seconds",
        "10",
        "--seed",
        "7",
    ])
    .await;
    // A problem would have made the command fail; this shows that it had something to find.
    assert_eq!(report["problems"], Value::Array(Vec::new()));
    let number = |value: &Value| value.as_u64().unwrap();
    assert_eq!(number(&report["sent"]) + number(&report["written"]), number(&report["taken"]["messages"]));
    assert!(number(&report["sent"]) > 5_000 && number(&report["written"]) > 50, "{report}");
    let faults: u64 = report["faults"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert!(faults > 5 && report["taken"]["resumes"].as_u64() > Some(0), "{report}");
}
