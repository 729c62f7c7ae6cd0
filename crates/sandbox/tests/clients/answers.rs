//! Checks every REST answer that a run recorded against Discord's description.

use guildhall_testkit::control::Control;
use guildhall_testkit::openapi::{Answer, OpenApi, Verdict};
use guildhall_testkit::tools;
use serde_json::Value;

const PAGE: usize = 500;

/// Checks all recorded answers; says so when the description is not there.
pub(crate) async fn check(control: &Control) {
    let entries = recorded(control).await;
    assert!(!entries.is_empty(), "the journal holds no REST call");
    let Some(path) = tools::shared_data()
        .map(|folder| folder.join("discord-openapi.json"))
        .filter(|path| path.is_file())
    else {
        println!("skipped: no discord-openapi.json in the shared data, {} answers not checked", entries.len());
        return;
    };
    let mut description = OpenApi::read(&path).unwrap();
    let mut faults = Vec::new();
    let mut fitting = 0;
    for entry in &entries {
        let answer = Answer {
            method: entry["method"].as_str().unwrap(),
            path: entry["path"].as_str().unwrap(),
            status: u16::try_from(entry["status"].as_u64().unwrap()).unwrap(),
            body: entry.get("response"),
        };
        if answer.status >= 500 {
            // The description says nothing of a server's own failures.
            continue;
        }
        match description.check(&answer).unwrap() {
            Verdict::Fits | Verdict::Empty => fitting += 1,
            Verdict::Undescribed(fault) => faults.push(fault),
            Verdict::Breaks(found) => faults.extend(found),
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{} kinds of fault:\n{}", faults.len(), faults.join("\n"));
    assert!(fitting > 0);
    println!("{fitting} answers fit Discord's description");
}

/// Every recorded REST call, oldest first.
async fn recorded(control: &Control) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let page = control
            .get(&format!("/journal?kind=rest&after={after}&limit={PAGE}"))
            .await
            .unwrap();
        let entries = page.as_array().cloned().unwrap_or_default();
        let Some(last) = entries.last() else {
            return all;
        };
        after = last["seq"].as_u64().unwrap();
        all.extend(entries);
    }
}
