//! What a NATS and a Redis have in common: one process, one port that stays the same over restarts, one folder
//! whose data do, too.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::{
    KitError,
    guard::{self, Guard},
    place::{self, User, free_port},
};

/// How often it is looked whether a process has stopped.
const STOPS_WITHIN: u32 = 1_000;

/// Whether every thread of a process is stopped. Where the system does not tell, nothing is waited for.
fn stands_still(process: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return true };
    threads.flatten().all(|thread| {
        // The state comes after the name, which may hold brackets.
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
    })
}

/// How long a server may take until it answers.
const BOUND: Duration = Duration::from_mins(1);

/// How long it may take to end when it is asked to.
const LAST: Duration = Duration::from_secs(10);

/// How often one looks.
const STEP: Duration = Duration::from_millis(5);

/// Somebody else may take the free port between finding and using it.
const TRIES: u32 = 8;

/// How one finds out that a server answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Greeting {
    /// What one sends.
    pub(crate) say: &'static [u8],
    /// What its answer begins with.
    pub(crate) hear: &'static [u8],
}

#[derive(Debug)]
pub(crate) struct Daemon {
    // Ended before its folder is removed.
    process: Option<Guard>,
    folder: TempDir,
    program: PathBuf,
    user: Option<User>,
    greeting: Greeting,
    port: u16,
}

impl Daemon {
    /// A daemon that does not run yet.
    pub(crate) fn new(program: PathBuf, greeting: Greeting) -> Result<Self, KitError> {
        let user = place::user()?;
        let folder = place::fresh(&place::base(user)?, user)?;
        let daemon = Self { process: None, folder, program, user, greeting, port: 0 };
        daemon.make_data().map(|()| daemon)
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Where its data are.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file that the daemon may read.
    pub(crate) fn file(&self, name: &str, content: &str) -> Result<PathBuf, KitError> {
        let path = self.folder.path().join(name);
        fs::write(&path, content).map_err(KitError::io("write", &path))?;
        place::give(&path, self.user).map(|()| path)
    }

    /// What it has said since it was started last.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Starts it where it does not run, and waits until it answers. `words` gives its arguments for a port.
    pub(crate) async fn run(
        &mut self,
        words: impl Fn(&Self, u16) -> Result<Vec<String>, KitError>,
    ) -> Result<(), KitError> {
        if self.process.is_some() {
            return Ok(());
        }
        let deadline = Instant::now() + BOUND;
        let mut tries = TRIES;
        loop {
            match self.attempt(&words, deadline).await {
                Err(KitError::Failed { .. }) if tries > 0 => {
                    tries -= 1;
                    sleep(STEP * 10).await;
                }
                other => return other,
            }
        }
    }

    async fn attempt(
        &mut self,
        words: impl Fn(&Self, u16) -> Result<Vec<String>, KitError>,
        deadline: Instant,
    ) -> Result<(), KitError> {
        let port = if self.port == 0 { free_port()? } else { self.port };
        let log = self.log();
        fs::write(&log, "").map_err(KitError::io("write", &log))?;
        let mut command = guard::command(&self.program, self.user);
        command.args(words(self, port)?);
        let mut process = Guard::start(command, &log, self.folder.path(), self.user)?;
        while !self.answers(port).await {
            let fault = match process.ended() {
                Some(status) => status,
                None if Instant::now() > deadline => "it was not ready in time".to_owned(),
                None => {
                    sleep(STEP).await;
                    continue;
                }
            };
            return Err(KitError::Failed { program: self.program.clone(), fault, output: self.output() });
        }
        // Somebody else may have the port, and answer in its place.
        if let Some(fault) = process.ended() {
            return Err(KitError::Failed { program: self.program.clone(), fault, output: self.output() });
        }
        self.port = port;
        self.process = Some(process);
        Ok(())
    }

    async fn answers(&self, port: u16) -> bool {
        let Greeting { say, hear } = self.greeting;
        let talk = async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            stream.write_all(say).await?;
            let mut heard = vec![0; hear.len()];
            stream.read_exact(&mut heard).await?;
            std::io::Result::Ok(heard == hear)
        };
        matches!(timeout(Duration::from_secs(1), talk).await, Ok(Ok(true)))
    }

    /// Kills it at once (SIGKILL).
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::KILL);
            process.wait();
        }
    }

    /// Asks it to end (SIGTERM) and waits for that; kills it where that takes too long.
    pub(crate) async fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        process.signal(Signal::TERM);
        let deadline = Instant::now() + LAST;
        while process.ended().is_none() && Instant::now() < deadline {
            sleep(STEP).await;
        }
    }

    /// Stops its time (SIGSTOP): it keeps its connections and answers nothing.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
        // A thread that runs just now stops a moment later; until then it may still answer.
        if let Some(process) = &self.process {
            for _ in 0..STOPS_WITHIN {
                if stands_still(process.id()) {
                    return;
                }
                std::thread::sleep(STEP);
            }
        }
    }

    /// Lets it go on (SIGCONT).
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = &self.process {
            process.signal(signal);
        }
    }

    /// Removes its data. It must not run.
    pub(crate) fn wipe(&mut self) -> Result<(), KitError> {
        self.kill();
        let data = self.data();
        fs::remove_dir_all(&data).map_err(KitError::io("remove", &data))?;
        self.make_data()
    }

    fn make_data(&self) -> Result<(), KitError> {
        let data = self.data();
        fs::create_dir(&data).map_err(KitError::io("make", &data))?;
        place::give(&data, self.user)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}
