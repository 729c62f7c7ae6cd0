//! `compose.yaml` and `split.yaml`.

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
    settings::{Secrets, accepted, hands_over, shared},
    vocabulary::{AFTER_DRAIN, drain_seconds, settings, web_port},
};

/// Equal processes.
pub(crate) const EQUAL: &str = "compose/compose.yaml";

/// Gateways, workers and web.
pub(crate) const SPLIT: &str = "compose/split.yaml";

/// The services of a file, with those that it takes over from another as they are there.
pub(crate) fn services(file: &str) -> serde_json::Map<String, Value> {
    let mut services = at(&only(file), "/services").as_object().unwrap().clone();
    for service in services.values_mut() {
        if let Some(from) = service.get("extends") {
            let text = |pointer| at(from, pointer).as_str().unwrap();
            let others = only(&format!("compose/{}", text("/file")));
            *service = at(&others, &format!("/services/{}", text("/service"))).clone();
        }
    }
    services
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
    for (name, service) in services(EQUAL).into_iter().chain(services(SPLIT)) {
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
    let version = Regex::new(r"postgres:(\d+)").unwrap();
    for (file, name) in [(EQUAL, "bot"), (SPLIT, "gateway"), (SPLIT, "worker"), (SPLIT, "web")] {
        let services = services(file);
        let bot = &services[name];
        assert_eq!(
            bot.pointer("/deploy/replicas").and_then(Value::as_u64).unwrap_or(1) >= 2,
            name != "web",
            "{name}"
        );
        assert!(bot.get("container_name").is_none(), "a name can be given to one only");
        assert!(seconds(at(bot, "/stop_grace_period")) >= drain_seconds() + AFTER_DRAIN);
        assert_eq!(at(bot, "/depends_on/postgres/condition"), "service_healthy");
        assert_eq!(at(bot, "/depends_on/migrate/condition"), "service_completed_successfully");
        assert_eq!(list(at(&services["migrate"], "/command")), ["migrate"]);
        assert_eq!(at(&services["migrate"], "/restart"), "no");
        let build = at(bot, "/build");
        let context = deploy("compose").join(at(build, "/context").as_str().unwrap());
        assert!(context.join(at(build, "/dockerfile").as_str().unwrap()).is_file());
        let image = at(&services["postgres"], "/image").as_str().unwrap();
        let version = version.captures(image).unwrap()[1].parse::<u32>().unwrap();
        assert!(version >= 15, "{image}");
        assert!(at(&services["postgres"], "/healthcheck/test").is_array());
    }
}

#[test]
fn each_role_runs_in_a_service_of_its_own_and_only_the_page_can_be_reached() {
    let services = services(SPLIT);
    for name in ["gateway", "worker", "web"] {
        assert_eq!(list(at(&services[name], "/command")), [name]);
        // A worker makes the backups.
        let keeps = services[name].get("volumes").is_some();
        assert_eq!(keeps, name == "worker", "{name}");
        assert_eq!(services[name].get("ports").is_some(), name == "web", "{name}");
        let needs_bus = services[name]["depends_on"].get("nats").is_some();
        assert_eq!(needs_bus, name != "web", "{name}");
    }
    let port = web_port();
    assert_eq!(list(at(&services["web"], "/ports")), [format!("127.0.0.1:{port}:{port}")]);
    // A change-over keeps the data: the same project, and the same volumes under the same names.
    let (equal, split) = (only(EQUAL), only(SPLIT));
    assert_eq!(at(&equal, "/name"), at(&split, "/name"));
    for volume in at(&equal, "/volumes").as_object().unwrap().keys() {
        assert!(split["volumes"].get(volume).is_some(), "{volume}");
    }
}

#[test]
fn the_server_of_the_bus_keeps_what_it_is_given() {
    let nats = &services(SPLIT)["nats"];
    let text = crate::files::text("deploy/compose/nats.conf");
    let one = |name: &str| {
        let line = Regex::new(&format!(r"(?m)^\s*{name}:? (.+)$")).unwrap();
        line.captures(&text).unwrap_or_else(|| panic!("nats.conf has no {name}"))[1].to_owned()
    };
    let volumes = list(at(nats, "/volumes"));
    assert!(volumes.contains(&format!("events:{}", one("store_dir")).as_str()), "{volumes:?}");
    assert!(
        volumes.iter().any(|volume| volume.starts_with("./nats.conf:/etc/nats/nats.conf")),
        "{volumes:?}"
    );
    assert_eq!(one("sync_interval"), "always");
    let room = one("max_file_store").trim_end_matches("GB").parse::<u64>().unwrap();
    let stream: u64 = settings()["GUILDHALL_BUS__STREAM_MEGABYTES"].parse().unwrap();
    assert!(room << 10 > stream, "the stream of {stream} MB does not fit into {room} GB");
    // From the folder of the file.
    let secret = one("include");
    let secret = secret.strip_prefix("../../run/secrets/").unwrap();
    assert!(list(at(nats, "/secrets")).contains(&secret));
    let port = one("http").rsplit(':').next().unwrap().to_owned();
    let check = list(at(nats, "/healthcheck/test")).join(" ");
    assert!(check.contains(&format!("127.0.0.1:{port}/healthz")), "{check}");
}

#[test]
fn the_cache_keeps_nothing_and_fits_into_its_memory() {
    let valkey = &services(SPLIT)["valkey"];
    let text = crate::files::text("deploy/compose/valkey.conf");
    assert!(text.contains("\nsave \"\"\n") && text.contains("\nappendonly no\n"), "{text}");
    let megabytes = |text: &str| {
        let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        number.parse::<u64>().unwrap()
    };
    let most = text.lines().find_map(|line| line.strip_prefix("maxmemory ")).unwrap();
    assert!(megabytes(most) < megabytes(at(valkey, "/deploy/resources/limits/memory").as_str().unwrap()));
    let secret = text.lines().find_map(|line| line.strip_prefix("include /run/secrets/")).unwrap();
    assert!(list(at(valkey, "/secrets")).contains(&secret), "{secret}");
    for name in ["gateway", "worker"] {
        let needs = services(SPLIT)[name]["depends_on"].get("valkey").is_some();
        assert!(!needs, "{name} runs without it");
    }
}

#[test]
fn the_settings_are_accepted_and_name_one_database() {
    let secrets = Secrets::new();
    let all = [
        (EQUAL, "bot"),
        (EQUAL, "migrate"),
        (SPLIT, "migrate"),
        (SPLIT, "gateway"),
        (SPLIT, "worker"),
        (SPLIT, "web"),
    ];
    for (file, name) in all {
        let service = &services(file)[name];
        let mut all = image::environment();
        all.extend(environment(service));
        for (_, value) in &mut all {
            *value = value.replace("/run/secrets", secrets.path().to_str().unwrap());
        }
        let said = accepted(name, &all);
        assert!(shared(&said), "{name}");
        assert_eq!(hands_over(&said), matches!(name, "gateway" | "worker"), "{name}");
        let given = list(at(service, "/secrets"));
        for (name, value) in environment(service) {
            if let Some(secret) = value.strip_prefix("/run/secrets/") {
                assert!(given.contains(&secret), "{name} names a secret that is not given");
            }
        }
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
    for file in [EQUAL, SPLIT] {
        let compose = only(file);
        let declared = at(&compose, "/secrets").as_object().unwrap();
        let mut used = BTreeSet::new();
        for (name, service) in services(file) {
            for secret in service.get("secrets").map(list).unwrap_or_default() {
                let file = declared[secret]["file"].as_str();
                let file = file.unwrap_or_else(|| panic!("{name} has no {secret}"));
                assert_eq!(file, format!("./secrets/{secret}"));
                assert!(!read(secret).is_empty(), "{secret}");
                used.insert(secret.to_owned());
            }
        }
        assert_eq!(used, declared.keys().cloned().collect(), "{file}");
    }
    assert_eq!(read("token"), "abc.def.ghi");
    assert!(read("database-url").contains(&format!("guildhall:{}@postgres/", read("bot-password"))));
    assert!(read("owner-url").contains(&format!("guildhall_owner:{}@postgres/", read("owner-password"))));
    assert_ne!(read("bot-password"), read("owner-password"));
    assert!(read("bus-url").contains(&format!("guildhall:{}@nats:", read("nats-password"))));
    assert!(read("cache-url").contains(&format!(":{}@valkey:", read("valkey-password"))));
    assert_eq!(read("valkey-auth"), format!("requirepass {}", read("valkey-password")));
    assert!(read("nats-auth").contains(&format!("password: \"{}\"", read("nats-password"))));
    let before = read("owner-password");
    assert!(make_secrets(folder.path(), &[&token]).status.success());
    assert_eq!(read("owner-password"), before, "the database knows the first one");
    // What makes the database reads the same files.
    let sql = crate::files::text("deploy/compose/database.sql");
    for name in ["owner-password", "bot-password"] {
        assert!(sql.contains(&format!("/run/secrets/{name}")), "{name}");
        assert!(list(at(&services(EQUAL)["postgres"], "/secrets")).contains(&name), "{name}");
    }
}
