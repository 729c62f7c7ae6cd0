//! A child process that speaks JSON lines: what it prints is awaited with a bound,
//! what it shall do is written to its standard input.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

use crate::tools::{self, ToolMissing};

/// Lines of standard error kept for the message of a failed test.
const KEPT_ERRORS: usize = 80;

/// Why a script did not do what was awaited.
#[derive(Debug, Error)]
pub enum ScriptError {
    /// A tool is missing.
    #[error(transparent)]
    Tool(#[from] ToolMissing),
    /// The process could not be started or written to.
    #[error("could not run or reach the script")]
    Io(#[from] std::io::Error),
    /// The awaited line did not come in time.
    #[error("no {awaited} within {bound:?}\nseen: {seen}\nstderr:\n{stderr}")]
    Late {
        /// What was awaited.
        awaited: String,
        /// For how long.
        bound: Duration,
        /// The lines that came and were not taken.
        seen: String,
        /// The last lines of standard error.
        stderr: String,
    },
    /// The script ended first.
    #[error("the script ended before {awaited}\nseen: {seen}\nstderr:\n{stderr}")]
    Ended {
        /// What was awaited.
        awaited: String,
        /// The lines that came and were not taken.
        seen: String,
        /// The last lines of standard error.
        stderr: String,
    },
}

/// A running script. Dropping it kills the process.
pub struct Script {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::UnboundedReceiver<Value>,
    unclaimed: VecDeque<Value>,
    stderr: Arc<Mutex<VecDeque<String>>>,
}

impl Script {
    /// Runs `e2e/python/{name}` with the test environment's python.
    pub fn python(name: &str, env: &[(&str, String)]) -> Result<Self, ScriptError> {
        let mut command = Command::new(tools::python()?);
        command
            .arg("-u")
            .arg(tools::workspace().join("e2e/python").join(name))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Self::start(command, env)
    }

    /// Runs `e2e/node/{name}` with the test environment's packages.
    ///
    /// Modules find packages only in folders above their own, so a small resolver
    /// (`packages.mjs`) points them to the prepared ones: nothing is ever installed
    /// into the checkout.
    pub fn node(name: &str, env: &[(&str, String)]) -> Result<Self, ScriptError> {
        let modules = tools::node_modules()?;
        let loader = tools::workspace().join("e2e/node/packages.mjs");
        let mut command = Command::new("node");
        command
            .arg("--import")
            .arg(file_url(&loader))
            .arg(tools::workspace().join("e2e/node").join(name))
            .env(tools::NODE_MODULES, modules);
        Self::start(command, env)
    }

    /// Runs a bot of `e2e/rust`, which is built before.
    pub fn rust(name: &str, env: &[(&str, String)]) -> Result<Self, ScriptError> {
        Self::start(Command::new(tools::rust_bot(name)?), env)
    }

    fn start(mut command: Command, env: &[(&str, String)]) -> Result<Self, ScriptError> {
        let mut child = command
            .envs(env.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (sender, lines) = mpsc::unbounded_channel();
        let stderr = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stdout) = child.stdout.take() {
            let errors = Arc::clone(&stderr);
            tokio::spawn(async move {
                let mut reader = BufReader::new(stdout).lines();
                while let Ok(Some(line)) = reader.next_line().await {
                    match serde_json::from_str(&line) {
                        Ok(value) => {
                            if sender.send(value).is_err() {
                                return;
                            }
                        }
                        Err(_) => keep(&errors, line),
                    }
                }
            });
        }
        if let Some(pipe) = child.stderr.take() {
            let errors = Arc::clone(&stderr);
            tokio::spawn(async move {
                let mut reader = BufReader::new(pipe).lines();
                while let Ok(Some(line)) = reader.next_line().await {
                    keep(&errors, line);
                }
            });
        }
        Ok(Self { stdin: child.stdin.take(), child, lines, unclaimed: VecDeque::new(), stderr })
    }

    /// Waits for a line whose `event` is `name`; other lines are kept for later calls.
    pub async fn event(&mut self, name: &str, bound: Duration) -> Result<Value, ScriptError> {
        self.line(&format!("event {name:?}"), bound, |line| line["event"] == name).await
    }

    /// Waits for the first line that fits; other lines are kept for later calls.
    pub async fn line<F>(&mut self, awaited: &str, bound: Duration, mut fits: F) -> Result<Value, ScriptError>
    where
        F: FnMut(&Value) -> bool,
    {
        if let Some(index) = self.unclaimed.iter().position(&mut fits) {
            return Ok(self.unclaimed.remove(index).unwrap_or_default());
        }
        let deadline = tokio::time::Instant::now() + bound;
        loop {
            match tokio::time::timeout_at(deadline, self.lines.recv()).await {
                Ok(Some(line)) if fits(&line) => return Ok(line),
                Ok(Some(line)) => self.unclaimed.push_back(line),
                Ok(None) => {
                    // Its last words may still be on their way.
                    let _ = tokio::time::timeout(Duration::from_secs(1), self.child.wait()).await;
                    return Err(ScriptError::Ended {
                        awaited: awaited.to_owned(),
                        seen: self.seen(),
                        stderr: self.errors(),
                    });
                }
                Err(_) => {
                    return Err(ScriptError::Late {
                        awaited: awaited.to_owned(),
                        bound,
                        seen: self.seen(),
                        stderr: self.errors(),
                    });
                }
            }
        }
    }

    /// Lines that have come and that nobody took, with those still waiting in the pipe.
    pub fn drain(&mut self) -> Vec<Value> {
        while let Ok(line) = self.lines.try_recv() {
            self.unclaimed.push_back(line);
        }
        self.unclaimed.drain(..).collect()
    }

    /// Sends one instruction, as `{"do": what, ...}`.
    pub async fn tell(&mut self, what: &str, mut values: Value) -> Result<(), ScriptError> {
        values["do"] = json!(what);
        let Some(stdin) = self.stdin.as_mut() else {
            return Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe).into());
        };
        stdin.write_all(format!("{values}\n").as_bytes()).await?;
        stdin.flush().await?;
        Ok(())
    }

    /// Closes its input and waits for its end.
    pub async fn finish(mut self, bound: Duration) -> Result<bool, ScriptError> {
        drop(self.stdin.take());
        match tokio::time::timeout(bound, self.child.wait()).await {
            Ok(status) => Ok(status?.success()),
            Err(_) => Err(ScriptError::Late {
                awaited: "end of the script".to_owned(),
                bound,
                seen: self.seen(),
                stderr: self.errors(),
            }),
        }
    }

    fn seen(&self) -> String {
        let mut text = String::new();
        for line in self.unclaimed.iter().rev().take(20).rev() {
            let _ = write!(text, "\n  {line}");
        }
        text
    }

    fn errors(&self) -> String {
        self.stderr
            .lock()
            .map_or_else(|_| String::new(), |lines| lines.iter().cloned().collect::<Vec<_>>().join("\n"))
    }
}

fn keep(lines: &Mutex<VecDeque<String>>, line: String) {
    if let Ok(mut lines) = lines.lock() {
        lines.push_back(line);
        while lines.len() > KEPT_ERRORS {
            lines.pop_front();
        }
    }
}

fn file_url(path: &Path) -> String {
    // Percent signs, spaces and the like may stand in a checkout's path.
    let mut url = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_spaces_become_urls() {
        assert_eq!(file_url(Path::new("/a b/c%.mjs")), "file:///a%20b/c%25.mjs");
    }
}
