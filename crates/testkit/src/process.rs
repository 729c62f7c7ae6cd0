//! The built `guildhall` binary as a child process, with its log awaited with a bound.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Lines kept for the message of a failed test.
const KEPT_LINES: usize = 200;

/// Why a child did not do what was awaited.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// The binary is not built.
    #[error(
        "no built `guildhall` at {0}\nhint: run `cargo build -p guildhall`, or the tests through `cargo xtask test`"
    )]
    NotBuilt(PathBuf),
    /// The process could not be started or signalled.
    #[error("could not run or reach the process")]
    Io(#[from] std::io::Error),
    /// The awaited thing did not happen.
    #[error("no {awaited} within {bound:?}; its last lines were:\n{lines}")]
    Late {
        /// What was awaited.
        awaited: String,
        /// For how long.
        bound: Duration,
        /// Its last lines.
        lines: String,
    },
}

/// The path of the built binary: the one cargo names, else the one beside this test.
pub fn guildhall_binary() -> Result<PathBuf, ProcessError> {
    let named = named_binary();
    let beside = || {
        let test = std::env::current_exe().ok()?;
        // target/debug/deps/test-hash
        Some(test.parent()?.parent()?.join("guildhall"))
    };
    let path = named.or_else(beside).unwrap_or_default();
    if path.is_file() { Ok(path) } else { Err(ProcessError::NotBuilt(path)) }
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells integration tests through the environment where binaries are"
)]
fn named_binary() -> Option<PathBuf> {
    std::env::var("CARGO_BIN_EXE_guildhall").ok().map(PathBuf::from)
}

/// A running child. Dropping it kills it at once, as `kill -9` would.
pub struct Process {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    seen: VecDeque<String>,
}

impl Process {
    /// Starts `binary` in `folder`. It gets `env` and the search path, and nothing else of this process:
    /// what a developer has set must not change a test.
    pub fn start(
        binary: &Path,
        args: &[&str],
        env: &[(&str, String)],
        folder: &Path,
    ) -> Result<Self, ProcessError> {
        let mut child = Command::new(binary)
            .args(args)
            .env_clear()
            .envs(search_path())
            .envs(env.iter().map(|(name, value)| (*name, value)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (sender, lines) = mpsc::unbounded_channel();
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(forward(stdout, sender.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(forward(stderr, sender));
        }
        Ok(Self { child, lines, seen: VecDeque::new() })
    }

    /// The process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for a line of output that contains `text` and returns it.
    pub async fn line(&mut self, text: &str, bound: Duration) -> Result<String, ProcessError> {
        let deadline = tokio::time::Instant::now() + bound;
        loop {
            match tokio::time::timeout_at(deadline, self.lines.recv()).await {
                Ok(Some(line)) => {
                    self.keep(line.clone());
                    if line.contains(text) {
                        return Ok(line);
                    }
                }
                Ok(None) | Err(_) => return Err(self.late(&format!("line with {text:?}"), bound)),
            }
        }
    }

    /// The last lines of its output so far, those already awaited included.
    pub fn output(&mut self) -> String {
        while let Ok(line) = self.lines.try_recv() {
            self.keep(line);
        }
        self.seen.iter().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Asks for an orderly end (SIGTERM) and waits for it.
    pub async fn terminate(mut self, bound: Duration) -> Result<ExitStatus, ProcessError> {
        if let Some(id) = self.child.id() {
            Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        }
        match tokio::time::timeout(bound, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => Err(self.late("end after SIGTERM", bound)),
        }
    }

    /// Ends it as a power cut would (SIGKILL) and waits until it is gone.
    pub async fn kill(mut self) -> Result<(), ProcessError> {
        self.child.kill().await?;
        Ok(())
    }

    fn keep(&mut self, line: String) {
        self.seen.push_back(line);
        if self.seen.len() > KEPT_LINES {
            self.seen.pop_front();
        }
    }

    fn late(&mut self, awaited: &str, bound: Duration) -> ProcessError {
        ProcessError::Late { awaited: awaited.to_owned(), bound, lines: self.output() }
    }
}

/// A child finds its own tools where this process does.
fn search_path() -> Option<(&'static str, std::ffi::OsString)> {
    std::env::var_os("PATH").map(|path| ("PATH", path))
}

async fn forward<R: AsyncRead + Unpin>(pipe: R, lines: mpsc::UnboundedSender<String>) {
    let mut reader = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = reader.next_line().await {
        if lines.send(line).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_child_is_heard_and_ends_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done";
        let mut child = Process::start(Path::new("/bin/sh"), &["-c", script], &[], folder.path()).unwrap();
        assert_eq!(child.line("ready", BOUND).await.unwrap(), "ready");
        assert_eq!(child.terminate(BOUND).await.unwrap().code(), Some(7));
    }

    #[tokio::test]
    async fn a_line_that_never_comes_is_an_error_that_shows_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let mut child =
            Process::start(Path::new("/bin/sh"), &["-c", "echo one"], &[], folder.path()).unwrap();
        let error = child.line("two", BOUND).await.unwrap_err().to_string();
        assert!(error.contains("one"), "{error}");
    }
}
