//! Several processes of the bot on this machine, without anything that looks after them: each is a `guildhall run` in
//! the background with a folder and a web port of its own, and all share one PostgreSQL.
//!
//! What is known of them lies in `processes` beneath the data folder: the plan, and a folder for each process with the
//! file that names it, its logs and what it printed. A process is named by its number and by when it began, so that
//! another one that has the number after it is never taken for it.

mod auto_restart;
mod logs;
mod record;
mod spawn;
mod start;
mod stop;
mod supervise;

use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use self::record::{Plan, Record};
pub(super) use self::supervise::supervise;
pub(super) use self::{auto_restart::auto_restart, logs::logs, start::restart, start::start, stop::stop};
use crate::config::{Config, Loaded};

/// How often one looks at a process that is awaited.
const LOOK: Duration = Duration::from_millis(100);

/// How long another command may have the processes.
const LOCK_PATIENCE: Duration = Duration::from_secs(15);

/// The processes of this machine.
pub(super) struct Local<'c> {
    config: &'c Config,
    /// The configuration file, which the processes read, too.
    file: Option<PathBuf>,
    folder: PathBuf,
}

/// Keeps other commands away from the processes while it lives.
struct Held {
    _file: File,
}

/// The processes of this machine as they are shown.
#[derive(Debug, Serialize)]
pub(super) struct LocalView {
    /// Whether those that end are started again.
    pub(super) auto_restart: &'static str,
    pub(super) processes: Vec<LocalRow>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub(super) struct LocalRow {
    pub(super) number: u32,
    /// What it is doing: `running`, `stopped`, `ended` or `given up`.
    pub(super) state: &'static str,
    pub(super) pid: Option<u32>,
    /// Its web port.
    pub(super) address: Option<String>,
    /// How often it was started again by itself since it was started by hand.
    pub(super) restarts: u32,
    pub(super) given_up: Option<String>,
    /// Its name among all processes of the bot, while it takes part.
    pub(super) instance: Option<String>,
    /// Where its logs are.
    pub(super) logs: PathBuf,
}

impl<'c> Local<'c> {
    pub(super) fn new(loaded: &'c Loaded) -> Result<Self> {
        let file = loaded.file.as_deref().map(std::path::absolute).transpose()?;
        let data = std::path::absolute(&loaded.config.storage.folder)?;
        Ok(Self { config: &loaded.config, file, folder: data.join("processes") })
    }

    /// Refuses where several processes cannot share one bot, and says what to do.
    fn allowed(&self) -> Result<()> {
        if self.config.uses_sandbox() {
            bail!(
                "without a token each process would have a sandbox of its own\nhint: set `discord.token_file`, or DISCORD_TOKEN; for one process in the sandbox use `guildhall run`"
            );
        }
        if self.config.storage.url.is_none() {
            bail!(
                "a bot on SQLite runs in one process\nhint: set `storage.url` to a PostgreSQL database to run several, or use `guildhall run`"
            );
        }
        if !self.config.discord.shard_ids.is_empty() {
            bail!(
                "`discord.shard_ids` ties every process to the same shards\nhint: take it out; the processes share the shards by themselves"
            );
        }
        if guildhall_store::host::machine().is_empty() {
            bail!(
                "this system does not tell processes apart\nhint: use its own service manager; several `guildhall run` with one database find each other"
            );
        }
        Ok(())
    }

    /// Waits until no other command changes the processes.
    async fn hold(&self) -> Result<Held> {
        let deadline = tokio::time::Instant::now() + LOCK_PATIENCE;
        loop {
            if let Some(held) = self.try_hold()? {
                return Ok(held);
            }
            if tokio::time::Instant::now() > deadline {
                bail!(
                    "another `guildhall shards` command has the processes of this machine\nhint: wait until it has ended"
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn try_hold(&self) -> Result<Option<Held>> {
        record::private_folder(&self.folder)?;
        let path = self.folder.join("lock");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("cannot open `{}`", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Held { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock `{}`", path.display()))
            }
        }
    }

    fn home(&self, number: u32) -> PathBuf {
        self.folder.join(number.to_string())
    }

    fn plan(&self) -> Result<Plan> {
        Ok(record::load(&self.folder.join("plan.json"))?.unwrap_or_default())
    }

    fn set_plan(&self, plan: &Plan) -> Result<()> {
        record::save(&self.folder.join("plan.json"), plan)
    }

    /// Every process that was ever started here, by its number.
    fn records(&self) -> Result<Vec<Record>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read `{}`", self.folder.display()));
            }
        };
        let mut numbers: Vec<u32> =
            entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        let mut records = Vec::new();
        for number in numbers {
            records.extend(self.record(number)?);
        }
        Ok(records)
    }

    fn record(&self, number: u32) -> Result<Option<Record>> {
        record::load(&self.home(number).join("process.json"))
    }

    fn keep(&self, record: &Record) -> Result<()> {
        record::save(&self.home(record.number).join("process.json"), record)
    }

    /// The process with this number, or all.
    fn chosen(&self, number: Option<u32>) -> Result<Vec<Record>> {
        let records = self.records()?;
        let Some(number) = number else { return Ok(records) };
        let known: Vec<String> = records.iter().map(|record| record.number.to_string()).collect();
        let found: Vec<Record> = records.into_iter().filter(|record| record.number == number).collect();
        if found.is_empty() {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            bail!(
                "there is no process {number} here\nhint: there are: {known}; `guildhall shards start` starts some"
            );
        }
        Ok(found)
    }

    /// What there is to see; nothing where none was ever started here.
    pub(super) fn view(&self) -> Result<Option<LocalView>> {
        let records = self.records()?;
        if records.is_empty() {
            return Ok(None);
        }
        let rows = records.iter().map(|record| LocalRow {
            number: record.number,
            state: record.state(),
            pid: record.pid().filter(|_| record.is_alive()),
            address: record.is_alive().then(|| spawn::address(&self.home(record.number))).flatten(),
            restarts: record.restarts,
            given_up: record.given_up.clone(),
            instance: None,
            logs: crate::log::folder(&self.home(record.number)),
        });
        Ok(Some(LocalView { auto_restart: self.watched()?, processes: rows.collect() }))
    }

    /// Whether processes that end are started again, in words.
    fn watched(&self) -> Result<&'static str> {
        let alive = self.supervisor()?.is_some_and(|supervisor| supervisor.is_alive());
        Ok(match (self.plan()?.auto_restart.is_some(), alive) {
            (true, true) => "on",
            (true, false) => "on, but nobody watches",
            (false, true) => "ending",
            (false, false) => "off",
        })
    }

    fn supervisor(&self) -> Result<Option<record::Named>> {
        record::load(&self.folder.join("supervisor.json"))
    }
}

impl LocalRow {
    /// Whether a row of the database is about this process.
    pub(super) fn is(&self, process: &str) -> bool {
        let id = process.split('/').next().and_then(|id| id.parse().ok());
        id.is_some() && id == self.pid
    }
}
