//! Checks what a step sent against Discord's own description.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

use guildhall_sandbox::Sandbox;
use guildhall_sandbox::journal::{Entry, Filter, Kind};
use guildhall_testkit::gateway_fields::GatewayFields;
use guildhall_testkit::openapi::{Answer, OpenApi};
use guildhall_testkit::tools;
use serde_json::Value;

/// One for all libraries, since reading and compiling the description takes a while.
static DESCRIPTION: LazyLock<Option<Mutex<Description>>> = LazyLock::new(|| {
    let path = tools::shared_data().map(|folder| folder.join("discord-openapi.json"))?;
    if !path.is_file() {
        println!("skipped: no discord-openapi.json in the shared data, nothing is checked against it");
        return None;
    }
    let openapi = OpenApi::read(&path).expect("a readable description");
    Some(Mutex::new(Description { openapi, fields: GatewayFields::default() }))
});

/// How many entries of the journal a failed step shows.
const LAST: usize = 60;

struct Description {
    openapi: OpenApi,
    fields: GatewayFields,
}

/// Looks at each entry of the journal once, and tells each kind of fault once.
#[derive(Default)]
pub(crate) struct Checker {
    seen: u64,
    sandbox: Option<std::net::SocketAddr>,
    told: BTreeSet<String>,
}

impl Checker {
    /// What was wrong since the last look.
    pub(crate) fn check(&mut self, sandbox: &Sandbox) -> Vec<String> {
        let Some(description) = &*DESCRIPTION else { return Vec::new() };
        if self.sandbox.replace(sandbox.addr()) != Some(sandbox.addr()) {
            self.seen = 0;
        }
        let filter = Filter { after: self.seen, limit: usize::MAX, ..Filter::default() };
        let entries = sandbox.engine().journal().query(&filter);
        self.seen = sandbox.engine().journal().last();
        let mut description = description.lock().expect("no earlier panic");
        let found: Vec<String> = entries.iter().flat_map(|entry| description.faults(entry)).collect();
        found.into_iter().filter(|fault| self.told.insert(fault.clone())).collect()
    }
}

/// What went over the wires before a step failed, for whom has to find out why.
pub(crate) fn tell_the_last(sandbox: &Sandbox) {
    let filter = Filter { limit: LAST, ..Filter::default() };
    for entry in sandbox.engine().journal().query(&filter) {
        let word = entry.kind.word();
        eprintln!("  {} {word} {} {:?} {:?}", entry.at, entry.label, entry.status, entry.detail);
    }
}

impl Description {
    fn faults(&mut self, entry: &Entry) -> Vec<String> {
        match entry.kind {
            Kind::Rest => {
                let (method, path) = entry.label.split_once(' ').expect("a method and a path");
                let body: Option<Value> = serde_json::from_slice(&entry.answer).ok();
                let answer = Answer { method, path, status: entry.status.unwrap_or(0), body: body.as_ref() };
                self.openapi.faults(&answer).expect("a sound description")
            }
            Kind::GatewayOut if entry.sequence.is_some() => {
                let Ok(data) = serde_json::from_slice(&entry.body) else {
                    return vec![format!("{} is not JSON", entry.label)];
                };
                self.fields.faults(&mut self.openapi, &entry.label, &data).expect("a sound description")
            }
            _ => Vec::new(),
        }
    }
}
