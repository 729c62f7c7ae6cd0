//! Starts one process in the background and waits until it may get work.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::clock::Timestamp;

use super::{
    LOOK, Local,
    record::{Named, Record},
};
use crate::parts::World;

/// What a process prints goes here; what it logs goes to log files beside it.
pub(super) const OUTPUT: &str = "output.log";

/// What the one before printed.
const EARLIER: &str = "output.earlier.log";

/// Lines of what an ended process printed that are shown.
const LAST_WORDS: usize = 12;

/// The pages answer from memory; whoever takes longer stands still.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who has just been started, by hand or by itself.
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) record: Record,
}

impl Local<'_> {
    /// Starts the process with this number. `shards` is for a bot of which no process runs.
    pub(super) fn spawn(&self, number: u32, shards: Option<u32>) -> Result<Started> {
        let home = self.home(number);
        super::record::private_folder(&home)?;
        let output = home.join(OUTPUT);
        if output.exists() {
            fs::rename(&output, home.join(EARLIER)).context("cannot put the earlier output aside")?;
        }
        let file = File::create(&output).with_context(|| format!("cannot write `{}`", output.display()))?;
        let mut command = self.command(&["run"])?;
        command.env("GUILDHALL_STORAGE__FOLDER", &home);
        command.env("GUILDHALL_WEB__LISTEN", self.listen(number)?);
        // One folder for all: the schedule runs once for all of them, now in this process and now in that.
        let backups = self.config.backup.folder.clone();
        let backups = backups.unwrap_or_else(|| self.config.storage.folder.join("backups"));
        command.env("GUILDHALL_BACKUP__FOLDER", std::path::absolute(backups)?);
        if self.config.log.keep_days > 0 {
            // The files have it; on the terminal it would fill the output without an end.
            command.env("GUILDHALL_LOG__TERMINAL", "false");
        }
        if let Some(shards) = shards {
            command.env("GUILDHALL_DISCORD__SHARD_COUNT", shards.to_string());
        }
        command.stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().context("cannot start a process")?;
        let named = Named::of(child.id());
        let named =
            named.with_context(|| format!("process {number} ended at once: {}", last_words(&home)))?;
        let record = Record {
            number,
            named,
            started_at: World::real().clock.now().0,
            wanted: true,
            restarts: 0,
            given_up: None,
        };
        self.keep(&record)?;
        Ok(Started { child, record })
    }

    /// This program with the same configuration, apart from the terminal: neither Ctrl-C there nor its end is meant
    /// for it.
    pub(super) fn command(&self, arguments: &[&str]) -> Result<Command> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(program);
        if let Some(file) = &self.file {
            command.arg("--config").arg(file);
        }
        command.args(arguments).stdin(Stdio::null()).process_group(0);
        Ok(command)
    }

    /// The address of a process's web port: the first has the configured one, each further one the next.
    fn listen(&self, number: u32) -> Result<String> {
        let mut address = self.config.web.listen;
        if address.port() != 0 {
            let port = u32::from(address.port()) + number - 1;
            let port = u16::try_from(port).context("`web.listen` leaves no ports for so many processes")?;
            address.set_port(port);
        }
        Ok(address.to_string())
    }

    /// Waits until a process may get work.
    pub(super) async fn ready(&self, record: &Record, patience: Duration) -> Result<()> {
        let (number, home) = (record.number, self.home(record.number));
        let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            if !record.is_alive() {
                bail!("process {number} ended before it was ready; it said:\n{}", last_words(&home));
            }
            if let Some(address) = address(&home)
                && let Ok(answer) = client.get(format!("http://{address}/ready")).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            if tokio::time::Instant::now() > deadline {
                bail!(
                    "process {number} runs and is not ready after {} s\nhint: `guildhall shards logs {number}` shows what it does",
                    patience.as_secs()
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The address of its web port, as it printed it; whatever address it listens on, it is reached from this machine.
pub(super) fn address(home: &Path) -> Option<String> {
    let output = fs::read_to_string(home.join(OUTPUT)).ok()?;
    let line = output.lines().find_map(|line| line.strip_prefix("status "))?;
    let address = line.trim().strip_prefix("http://")?.trim_end_matches('/');
    Some(address.replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:"))
}

/// What it printed last.
pub(super) fn last_words(home: &Path) -> String {
    let output = fs::read_to_string(home.join(OUTPUT)).unwrap_or_default();
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n")
}

/// How long ago a process was started.
pub(super) fn age(record: &Record) -> Duration {
    World::real().clock.now().since(Timestamp(record.started_at))
}
