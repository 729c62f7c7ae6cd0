//! Asks the program itself whether it could run with the settings that a file gives it.

use std::{fs, path::Path, process::Command};

/// A place for what the files name by path in a container or on a server.
pub(crate) struct Secrets(tempfile::TempDir);

impl Secrets {
    /// With a token and addresses of databases.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("token", "abc.def.ghi\n");
        write("database-url", "postgres://guildhall:word@database/guildhall\n");
        write("owner-url", "postgres://guildhall_owner:word@database/guildhall\n");
        write("bus-url", "nats://guildhall:word@nats:4222\n");
        write("cache-url", "redis://:word@valkey:6379\n");
        Self(folder)
    }

    /// Where they are.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Refuses secrets that stand in the environment, and what `guildhall config check` refuses. Its words.
pub(crate) fn accepted(place: &str, environment: &[(String, String)]) -> String {
    for (name, _) in environment {
        let secret = ["__TOKEN", "__URL", "__OWNER_URL", "__REDIS_URL", "_PASSWORD"]
            .iter()
            .any(|end| name.ends_with(end));
        assert!(!secret, "{place}: {name} holds a secret; name a file");
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(["config", "check"])
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{place}: {said}");
    assert!(!said.contains("sandbox"), "{place}: it would not talk to Discord: {said}");
    said
}

/// Whether all processes would share one PostgreSQL.
pub(crate) fn shared(said: &str) -> bool {
    said.contains("storage.url_file") && said.contains("storage.owner_url_file")
}

/// Whether it would hand events over, or take them.
pub(crate) fn hands_over(said: &str) -> bool {
    said.contains("bus.url_file")
}
