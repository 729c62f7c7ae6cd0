//! What other programs say of the files, where this machine has those programs.

use std::{
    fs,
    io::ErrorKind,
    path::Path,
    process::{Command, Output},
};

use crate::{
    files::{at, below, deploy, named, text},
    systemd::UNITS,
};

/// What it said; `None`, with a word, where there is no such program.
fn run(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: there is no `{}` on this machine", command.get_program().display());
            None
        }
        Err(error) => panic!("{}: {error}", command.get_program().display()),
    }
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The units as they would be where the program under test is installed.
fn installed(folder: &Path) -> Vec<String> {
    let names = UNITS.map(|unit| {
        let unit_text = text(&format!("deploy/systemd/{unit}"));
        let unit_text = unit_text.replace("/usr/local/bin/guildhall", env!("CARGO_BIN_EXE_guildhall"));
        fs::write(folder.join(unit), &unit_text).unwrap();
        let name = unit.replace("@.", "@7302.");
        fs::write(folder.join(&name), unit_text).unwrap();
        folder.join(name).display().to_string()
    });
    names.to_vec()
}

#[test]
fn systemd_verifies_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let units = installed(folder.path());
    let mut command = Command::new("systemd-analyze");
    let Some(output) = run(command.args(["verify", "--man=no"]).args(&units)) else { return };
    let said = words(&output);
    // It succeeds with lines that it does not understand.
    let about_ours = said.lines().any(|line| line.contains("guildhall"));
    assert!(output.status.success() && !about_ours, "{said}");
    println!("systemd-analyze verified {}", units.len());
}

#[test]
fn systemd_finds_the_units_confined() {
    let folder = tempfile::tempdir().unwrap();
    for unit in installed(folder.path()) {
        let mut command = Command::new("systemd-analyze");
        // Tenths: below two is what systemd itself calls good.
        command.args(["security", "--offline=yes", "--threshold=20", "--no-pager", &unit]);
        let Some(output) = run(&mut command) else { return };
        let said = words(&output);
        if said.contains("unrecognized option") {
            println!("skipped: this `systemd-analyze` is older than 250");
            return;
        }
        assert!(output.status.success() && said.contains("Overall exposure level"), "{said}");
    }
}

#[test]
fn promtool_accepts_configuration_and_alerts() {
    let checks: [&[&str]; 3] = [
        &["check", "config", "prometheus.yaml"],
        &["check", "rules", "alerts.yaml"],
        &["test", "rules", "alerts.test.yaml"],
    ];
    for check in checks {
        let mut command = Command::new("promtool");
        let Some(output) = run(command.args(check).current_dir(deploy("prometheus"))) else { return };
        assert!(output.status.success(), "{check:?}: {}", words(&output));
    }
}

#[test]
fn kustomize_builds_the_manifests_with_and_without_components() {
    let folder = tempfile::tempdir().unwrap();
    let source = deploy("kubernetes");
    for path in below(&source) {
        let to = folder.path().join(path.strip_prefix(&source).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&path, to).unwrap();
    }
    let build = || {
        let output = run(Command::new("kubectl").arg("kustomize").arg(folder.path()))?;
        assert!(output.status.success(), "{}", words(&output));
        Some(String::from_utf8(output.stdout).unwrap())
    };
    let Some(plain) = build() else { return };
    assert!(
        plain.contains("image: registry.example/guildhall:") && !plain.contains("kind: Secret"),
        "{plain}"
    );
    assert!(!plain.contains("GUILDHALL_BACKUP__EVERY_HOURS"));
    let file = folder.path().join("kustomization.yaml");
    let commented = fs::read_to_string(&file).unwrap();
    let choose = |components: &[&str]| {
        let mut chosen = commented.replace("# components:", "components:");
        for component in components {
            let line = format!("#   - {component}");
            assert!(chosen.contains(&line), "there is no {component} to switch on");
            chosen = chosen.replace(&line, &format!("  - {component}"));
        }
        fs::write(&file, chosen).unwrap();
        build().unwrap()
    };
    let whole = choose(&["backups", "monitoring"]);
    assert_eq!(whole.matches("GUILDHALL_BACKUP__EVERY_HOURS").count(), 2, "{whole}");
    assert!(whole.contains("kind: ServiceMonitor") && whole.contains("kind: PersistentVolumeClaim"));
    assert_eq!(whole.matches("GUILDHALL_STORAGE__URL_FILE").count(), 2, "the patch takes nothing away");
    let split = choose(&["roles", "backups", "monitoring"]);
    assert_eq!(split.matches("kind: Deployment\nmetadata:").count(), 3, "{split}");
    assert_eq!(split.matches("kind: HorizontalPodAutoscaler\nmetadata:").count(), 1, "{split}");
    assert!(!split.contains("app.kubernetes.io/component: bot"), "{split}");
    // Only workers make backups.
    assert_eq!(split.matches("GUILDHALL_BACKUP__EVERY_HOURS").count(), 2, "{split}");
    assert_eq!(split.matches("GUILDHALL_STORAGE__URL_FILE").count(), 6, "the patch takes nothing away");
    assert!(split.contains("kind: StatefulSet") && !split.contains("kind: Secret\n"), "{split}");
}

#[test]
fn nats_accepts_its_configuration() {
    let Some(version) = run(Command::new("nats-server").arg("--version")) else { return };
    let version = words(&version);
    let minor = version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok()).unwrap();
    let knows_sync = version.contains("v2.") && minor >= 10;
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    put("run/secrets/nats-auth", "authorization { user: guildhall, password: \"word\" }");
    let secret = named("kubernetes/roles/secret.example.yaml", "Secret", "guildhall-nats");
    for (name, text) in at(&secret, "/stringData").as_object().unwrap() {
        put(&format!("etc/nats-secrets/{name}"), text.as_str().unwrap());
    }
    for file in ["compose/nats.conf", "kubernetes/roles/nats.conf"] {
        let mut conf = text(&format!("deploy/{file}"));
        if !knows_sync {
            println!("this `nats-server` is older than 2.10: `sync_interval` is left out");
            conf = conf.lines().filter(|line| !line.contains("sync_interval")).collect::<Vec<_>>().join("\n");
        }
        let conf = put("etc/nats/nats.conf", &conf);
        let mut command = Command::new("nats-server");
        let command = command.env("POD_NAME", "guildhall-nats-0").arg("-t").arg("-c").arg(conf);
        let output = run(command).unwrap();
        assert!(output.status.success(), "{file}: {}", words(&output));
    }
}
