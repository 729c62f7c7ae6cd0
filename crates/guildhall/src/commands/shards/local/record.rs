//! What is written down about the processes of this machine, and how one of them is told from another that has its
//! number after it.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, Result};
use guildhall_store::host;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What is wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Plan {
    /// Processes that run.
    pub(super) processes: Option<u32>,
    /// Shards for each of them, where that was said.
    pub(super) shards_per_process: Option<u32>,
    /// How those are started again that end by themselves; nothing where they are not.
    pub(super) auto_restart: Option<Policy>,
}

/// How a process is started again.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Policy {
    /// How often in a row.
    pub(super) tries: u32,
    /// Before the first try.
    pub(super) first_delay_ms: u64,
}

/// A process, named so that it can be found again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Named {
    /// The machine since its start, and the table of processes.
    machine: String,
    /// Its number, and when it began.
    process: String,
}

/// A process of the bot on this machine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Record {
    pub(super) number: u32,
    pub(super) named: Named,
    /// When it was started, in milliseconds of Unix time.
    pub(super) started_at: i64,
    /// Whether it is to run.
    pub(super) wanted: bool,
    /// How often it was started again by itself since it was started by hand.
    pub(super) restarts: u32,
    /// Why it is not started again any more.
    pub(super) given_up: Option<String>,
}

impl Plan {
    /// The number of shards that a process is told, where one was said for each process: that of all together when no
    /// process runs yet, else none, because the number is what the others run.
    pub(super) fn shards(&self, cold: bool) -> Option<u32> {
        let each = self.shards_per_process?;
        Some(if cold { each.saturating_mul(self.processes.unwrap_or(1)) } else { 0 })
    }
}

impl Named {
    /// The process that has this number now.
    pub(super) fn of(id: u32) -> Option<Self> {
        Some(Self { machine: host::machine(), process: host::process_of(id)? })
    }

    fn id(&self) -> Option<u32> {
        self.process.split_once('/')?.0.parse().ok()
    }

    /// Whether it runs. One that has its number after it, or had it before the machine was started anew, is another.
    pub(super) fn is_alive(&self) -> bool {
        !self.machine.is_empty()
            && self.machine == host::machine()
            && self.id().and_then(host::process_of).is_some_and(|process| process == self.process)
    }

    /// Sends it a signal; `false` where it has ended.
    #[cfg(target_os = "linux")]
    pub(super) fn signal(&self, signal: rustix::process::Signal) -> Result<bool> {
        use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};
        let Some(pid) = self.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) else {
            return Ok(false);
        };
        // Held before it is looked at, so that nobody else can have the number between the look and the signal.
        let held = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(held) => held,
            Err(rustix::io::Errno::SRCH) => return Ok(false),
            Err(error) => return Err(error).context("cannot reach the process"),
        };
        if !self.is_alive() {
            return Ok(false);
        }
        match pidfd_send_signal(held, signal) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::SRCH) => Ok(false),
            Err(error) => Err(error).context("cannot send the process a signal"),
        }
    }

    /// Nothing is started where processes cannot be told apart, so there is nothing to signal.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn signal(&self, _signal: rustix::process::Signal) -> Result<bool> {
        Ok(false)
    }
}

impl Record {
    pub(super) fn is_alive(&self) -> bool {
        self.named.is_alive()
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.named.id()
    }

    /// What it is doing, in a word or two.
    pub(super) fn state(&self) -> &'static str {
        match (self.is_alive(), self.wanted, &self.given_up) {
            (true, ..) => "running",
            (false, true, Some(_)) => "given up",
            (false, true, None) => "ended",
            (false, false, _) => "stopped",
        }
    }
}

/// What a file holds; nothing where there is none.
pub(super) fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    };
    let read = serde_json::from_str(&text);
    read.map(Some).with_context(|| format!("`{}` is damaged\nhint: remove it", path.display()))
}

/// Writes a file whole or not at all.
pub(super) fn save<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let fault = || format!("cannot write `{}`", path.display());
    let folder = path.parent().with_context(fault)?;
    private_folder(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(fault)?;
    file.write_all(serde_json::to_string_pretty(value)?.as_bytes()).with_context(fault)?;
    file.persist(path).with_context(fault)?;
    Ok(())
}

/// Makes a folder that nobody else may look into: whoever could write there could choose what is signalled.
pub(super) fn private_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("cannot create `{}`", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_the_number_after_another_is_not_that_other() {
        let own = Named::of(std::process::id()).unwrap();
        assert!(own.is_alive());
        let other = Named { process: format!("{}0", own.process), ..own.clone() };
        assert!(!other.is_alive() && !other.signal(rustix::process::Signal::KILL).unwrap());
        let before = Named { machine: "before".to_owned(), ..own };
        assert!(!before.is_alive() && !before.signal(rustix::process::Signal::KILL).unwrap());
    }

    #[test]
    fn only_the_first_process_settles_the_number_of_shards() {
        let plan = Plan { processes: Some(3), shards_per_process: Some(2), ..Plan::default() };
        assert_eq!((plan.shards(true), plan.shards(false)), (Some(6), Some(0)));
        assert_eq!(Plan { shards_per_process: None, ..plan }.shards(true), None);
    }

    #[test]
    fn a_damaged_file_is_named_and_a_missing_one_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        assert!(load::<Plan>(&path).unwrap().is_none());
        save(&path, &Plan { processes: Some(3), ..Plan::default() }).unwrap();
        assert_eq!(load::<Plan>(&path).unwrap().unwrap().processes, Some(3));
        fs::write(&path, "{").unwrap();
        assert!(load::<Plan>(&path).unwrap_err().to_string().contains("remove it"));
    }
}
