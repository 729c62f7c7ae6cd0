//! Child processes that are measured: started on one processor, read from `/proc`, ended by their id.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use guildhall_sandbox_cli::figures;

/// A running child. Dropping it kills it.
pub(crate) struct Process(Child);

impl Process {
    /// Starts this very program with these arguments on one processor, if there is such a one.
    pub(crate) fn start(
        processor: usize,
        arguments: &[&str],
        environment: &[(&str, String)],
        folder: &Path,
    ) -> Result<Self> {
        if std::thread::available_parallelism().is_ok_and(|there| there.get() <= processor) {
            return Self::start_anywhere(arguments, environment, folder);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", &processor.to_string()]).arg(this_program()?).args(arguments);
        Self::spawn(command, environment, folder).context(
            "cannot start `taskset`\nhint: it is part of util-linux and pins a process to a processor",
        )
    }

    /// Starts a program that does nothing but keep a processor busy.
    pub(crate) fn start_busy(processor: usize, folder: &Path) -> Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["-c", &processor.to_string(), "sh", "-c", "while :; do :; done"]);
        Self::spawn(command, &[], folder)
    }

    /// Starts this very program on whatever processor is free.
    pub(crate) fn start_anywhere(
        arguments: &[&str],
        environment: &[(&str, String)],
        folder: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(this_program()?);
        command.args(arguments);
        Self::spawn(command, environment, folder)
    }

    /// Nothing of the environment is passed on but what is given. The output goes to a file.
    fn spawn(mut command: Command, environment: &[(&str, String)], folder: &Path) -> Result<Self> {
        command.env_clear().envs(environment.iter().map(|(name, value)| (name, value)));
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let log = std::fs::File::options().create(true).append(true).open(folder.join("output.log"))?;
        command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Self(command.spawn().with_context(|| format!("cannot start {command:?}"))?))
    }

    /// The processor time it has used so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        figures::cpu(self.0.id())
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        figures::resident(self.0.id())
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it still runs.
    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Kills it as a power cut would: no signal handler runs.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.0.kill().context("cannot kill the child")?;
        self.0.wait().context("cannot wait for the child")?;
        Ok(())
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status()?;
        if sent.success() { Ok(()) } else { bail!("cannot send the child a signal") }
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self, patience: Duration) -> Result<()> {
        self.signal("TERM")?;
        let deadline = tokio::time::Instant::now() + patience;
        while self.alive() {
            if tokio::time::Instant::now() > deadline {
                bail!("the child did not stop within {} seconds", patience.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

fn this_program() -> Result<std::path::PathBuf> {
    std::env::current_exe().context("cannot find this program's own file")
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.alive() && self.kill().is_err() {
            eprintln!("the child {} could not be ended", self.0.id());
        }
    }
}
