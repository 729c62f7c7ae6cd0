//! `compose.yaml`.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use regex::Regex;
use serde_json::Value;

use crate::{
    files::{at, deploy, list, only},
    image,
    settings::{Secrets, accepted, shared},
    vocabulary::{AFTER_DRAIN, drain_seconds},
};

fn services() -> serde_json::Map<String, Value> {
    only("compose/compose.yaml")["services"].as_object().unwrap().clone()
}

/// `45s`, `1m`.
fn seconds(value: &Value) -> u64 {
    let text = value.as_str().unwrap();
    let (number, unit) = text.split_at(text.len() - 1);
    number.parse::<u64>().unwrap() * if unit == "m" { 60 } else { 1 }
}

/// What a service is told, with what compose would put for `${NAME:-default}`.
fn environment(service: &Value) -> Vec<(String, String)> {
    let default = Regex::new(r"\$\{[A-Z_]+:-([^}]*)\}").unwrap();
    let pairs = at(service, "/environment").as_object().unwrap().iter();
    pairs
        .map(|(name, value)| (name.clone(), default.replace(value.as_str().unwrap(), "$1").into_owned()))
        .collect()
}

#[test]
fn every_service_is_confined() {
    for (name, service) in services() {
        let user = at(&service, "/user").as_str().unwrap();
        let numbers: Vec<u32> = user.split(':').map(|number| number.parse().unwrap()).collect();
        assert!(numbers.len() == 2 && numbers.iter().all(|number| *number > 0), "{name} runs as {user}");
        assert_eq!(at(&service, "/read_only"), true, "{name}");
        assert_eq!(list(at(&service, "/cap_drop")), ["ALL"], "{name}");
        assert!(list(at(&service, "/security_opt")).contains(&"no-new-privileges:true"), "{name}");
        assert!(service.get("privileged").is_none(), "{name}");
        let ports = service.get("ports").map(list).unwrap_or_default();
        assert!(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "{name} is open to the network");
        if name != "migrate" {
            let limits = at(&service, "/deploy/resources/limits");
            assert!(limits["memory"].is_string() && limits["cpus"].is_string(), "{name}");
            assert_eq!(at(&service, "/restart"), "unless-stopped", "{name}");
        }
    }
}

#[test]
fn the_processes_are_several_and_may_finish_what_is_under_way() {
    let services = services();
    let bot = &services["bot"];
    assert!(at(bot, "/deploy/replicas").as_u64().unwrap() >= 2);
    assert!(bot.get("container_name").is_none(), "a name can be given to one only");
    assert!(seconds(at(bot, "/stop_grace_period")) >= drain_seconds() + AFTER_DRAIN);
    assert_eq!(at(bot, "/depends_on/postgres/condition"), "service_healthy");
    assert_eq!(at(bot, "/depends_on/migrate/condition"), "service_completed_successfully");
    assert_eq!(list(at(&services["migrate"], "/command")), ["migrate"]);
    assert_eq!(at(&services["migrate"], "/restart"), "no");
    let image = at(&services["postgres"], "/image").as_str().unwrap();
    let version = Regex::new(r"postgres:(\d+)").unwrap().captures(image).unwrap()[1].parse::<u32>().unwrap();
    assert!(version >= 15, "{image}");
    assert!(at(&services["postgres"], "/healthcheck/test").is_array());
    let build = at(bot, "/build");
    let context = deploy("compose").join(at(build, "/context").as_str().unwrap());
    assert!(context.join(at(build, "/dockerfile").as_str().unwrap()).is_file());
}

#[test]
fn the_settings_are_accepted_and_name_one_database() {
    let secrets = Secrets::new();
    for name in ["bot", "migrate"] {
        let service = &services()[name];
        let mut all = image::environment();
        all.extend(environment(service));
        for (_, value) in &mut all {
            *value = value.replace("/run/secrets", secrets.path().to_str().unwrap());
        }
        assert!(shared(&accepted(name, &all)), "{name}");
    }
}

fn make_secrets(folder: &Path, words: &[&Path]) -> Output {
    Command::new("sh").arg(folder.join("make-secrets.sh")).args(words).output().unwrap()
}

#[test]
fn the_script_makes_every_secret_once_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(deploy("compose/make-secrets.sh"), folder.path().join("make-secrets.sh")).unwrap();
    assert_eq!(make_secrets(folder.path(), &[]).status.code(), Some(2));
    let token = folder.path().join("a token");
    fs::write(&token, "abc.def.ghi\n").unwrap();
    let output = make_secrets(folder.path(), &[&token]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let secrets = folder.path().join("secrets");
    assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o700);
    let read = |name: &str| fs::read_to_string(secrets.join(name)).unwrap().trim().to_owned();
    let compose = only("compose/compose.yaml");
    let declared = at(&compose, "/secrets").as_object().unwrap();
    let mut used = BTreeSet::new();
    for (name, service) in services() {
        for secret in service.get("secrets").map(list).unwrap_or_default() {
            let file = declared[secret]["file"].as_str().unwrap_or_else(|| panic!("{name} has no {secret}"));
            assert_eq!(file, format!("./secrets/{secret}"));
            assert!(!read(secret).is_empty(), "{secret}");
            used.insert(secret.to_owned());
        }
    }
    assert_eq!(used, declared.keys().cloned().collect());
    assert_eq!(read("token"), "abc.def.ghi");
    assert!(read("database-url").contains(&format!("guildhall:{}@postgres/", read("bot-password"))));
    assert!(read("owner-url").contains(&format!("guildhall_owner:{}@postgres/", read("owner-password"))));
    assert_ne!(read("bot-password"), read("owner-password"));
    let before = read("owner-password");
    assert!(make_secrets(folder.path(), &[&token]).status.success());
    assert_eq!(read("owner-password"), before, "the database knows the first one");
    // What makes the database reads the same files.
    let sql = crate::files::text("deploy/compose/database.sql");
    for name in ["owner-password", "bot-password"] {
        assert!(sql.contains(&format!("/run/secrets/{name}")), "{name}");
        assert!(list(at(&services()["postgres"], "/secrets")).contains(&name), "{name}");
    }
}
