//! The units.

use crate::{
    files::text,
    settings::{Secrets, accepted, hands_over, shared},
    vocabulary::{AFTER_DRAIN, drain_seconds},
};

/// One process, one of several, and one of each role.
pub(crate) const UNITS: [&str; 5] = [
    "guildhall.service",
    "guildhall@.service",
    "guildhall-gateway@.service",
    "guildhall-worker@.service",
    "guildhall-web.service",
];

/// The role that a unit's name tells.
fn role(unit: &str) -> &str {
    let name = unit.trim_end_matches(".service").trim_end_matches('@');
    name.strip_prefix("guildhall-").unwrap_or("run")
}

/// What a unit sets, in order; comments and sections left out.
fn lines(unit: &str) -> Vec<(String, String)> {
    let text = text(&format!("deploy/systemd/{unit}"));
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn all(unit: &str, key: &str) -> Vec<String> {
    lines(unit).into_iter().filter(|(found, _)| found == key).map(|(_, value)| value).collect()
}

fn one(unit: &str, key: &str) -> String {
    let mut found = all(unit, key);
    assert_eq!(found.len(), 1, "{unit}: {key}");
    found.remove(0)
}

pub(crate) fn environment(unit: &str) -> Vec<(String, String)> {
    let pairs = all(unit, "Environment");
    pairs
        .iter()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect()
}

#[test]
fn the_units_run_the_program_confined_and_let_it_finish() {
    for unit in UNITS {
        assert_eq!(one(unit, "ExecStart"), format!("/usr/local/bin/guildhall {}", role(unit)));
        assert_eq!(one(unit, "DynamicUser"), "yes");
        assert_ne!(one(unit, "User"), "root");
        assert_eq!(one(unit, "ProtectSystem"), "strict");
        assert_eq!(one(unit, "NoNewPrivileges"), "yes");
        assert_eq!(one(unit, "CapabilityBoundingSet"), "");
        assert!(one(unit, "TimeoutStopSec").parse::<u64>().unwrap() >= drain_seconds() + AFTER_DRAIN);
        // `guildhall::main`: the configuration cannot be used.
        assert_eq!(one(unit, "RestartPreventExitStatus"), "78");
        // With these, others' processes are not seen to end (`guildhall_store::host`).
        for hiding in ["ProtectProc", "ProcSubset", "PrivatePIDs"] {
            assert!(all(unit, hiding).is_empty(), "{unit}: {hiding}");
        }
    }
}

#[test]
fn each_of_several_has_a_port_and_a_folder_of_its_own() {
    for unit in UNITS.iter().skip(1) {
        let environment = environment(unit);
        let value = |name: &str| &environment.iter().find(|(found, _)| found == name).unwrap().1;
        let folders = one(unit, "StateDirectory");
        let folders: Vec<_> = folders.split(' ').map(|folder| format!("%S/{folder}")).collect();
        let own = value("GUILDHALL_STORAGE__FOLDER");
        assert!(folders.contains(own), "{unit}");
        if unit.contains('@') {
            assert_eq!(value("GUILDHALL_WEB__LISTEN"), "127.0.0.1:%i");
            assert!(own.contains("%i"), "{unit}");
        } else {
            assert_eq!(*own, format!("%S/{}", unit.trim_end_matches(".service")));
        }
        // Any of them may make the next backup and remove old ones, so this one is for all.
        assert!(!value("GUILDHALL_BACKUP__FOLDER").contains("%i"), "{unit}");
        assert!(folders.contains(value("GUILDHALL_BACKUP__FOLDER")), "{unit}");
        assert_eq!(one(unit, "User"), one(UNITS[0], "User"));
    }
}

#[test]
fn the_settings_are_accepted() {
    for unit in UNITS {
        let secrets = Secrets::new();
        let credentials = all(unit, "LoadCredential");
        let mut environment = environment(unit);
        for (name, value) in &mut environment {
            if let Some(credential) = value.strip_prefix("%d/") {
                let loaded = credentials.iter().any(|line| line.starts_with(&format!("{credential}:/")));
                assert!(loaded, "{unit}: {name} names a credential that is not loaded");
            }
            *value = value
                .replace("%d", secrets.path().to_str().unwrap())
                .replace("%S", "/var/lib")
                .replace("%i", "7302");
            assert!(!value.contains('%'), "{unit}: {name}={value}");
        }
        let said = accepted(unit, &environment);
        assert_eq!(shared(&said), unit != UNITS[0], "{unit}: {said}");
        assert_eq!(hands_over(&said), matches!(role(unit), "gateway" | "worker"), "{unit}: {said}");
    }
}
