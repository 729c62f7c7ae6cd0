//! Checks every REST answer that a run recorded against Discord's description.

use guildhall_sandbox::Sandbox;
use guildhall_sandbox::journal::{Entry, Filter, Kind};
use guildhall_testkit::openapi::{Answer, OpenApi, Verdict};
use guildhall_testkit::tools;
use serde_json::Value;

/// Long enough for any answer of the example world.
pub(crate) const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Checks all recorded answers; says so when the description is not there.
pub(crate) fn check(sandbox: &Sandbox) {
    let filter = Filter { kind: Some(Kind::Rest), limit: usize::MAX, ..Filter::default() };
    let entries = sandbox.engine().journal().query(&filter);
    assert!(!entries.is_empty(), "the journal holds no REST call");
    let Some(path) =
        tools::shared_data().map(|folder| folder.join("discord-openapi.json")).filter(|path| path.is_file())
    else {
        println!(
            "skipped: no discord-openapi.json in the shared data, {} answers not checked",
            entries.len()
        );
        return;
    };
    let mut description = OpenApi::read(&path).unwrap();
    let mut faults = Vec::new();
    let mut fitting = 0;
    for entry in &entries {
        match verdict(&mut description, entry) {
            Verdict::Fits | Verdict::Empty => fitting += 1,
            Verdict::Undescribed(fault) => faults.push(fault),
            Verdict::Breaks(found) => faults.extend(found),
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{} kinds of fault:\n{}", faults.len(), faults.join("\n"));
    println!("{fitting} answers fit Discord's description");
}

fn verdict(description: &mut OpenApi, entry: &Entry) -> Verdict {
    let (method, path) = entry.label.split_once(' ').expect("a method and a path");
    let body: Option<Value> = if entry.answer.is_empty() {
        None
    } else {
        match serde_json::from_slice(&entry.answer) {
            Ok(body) => Some(body),
            Err(error) => return Verdict::Breaks(vec![format!("{} is not JSON: {error}", entry.label)]),
        }
    };
    let status = entry.status.expect("a status");
    description.check(&Answer { method, path, status, body: body.as_ref() }).unwrap()
}
