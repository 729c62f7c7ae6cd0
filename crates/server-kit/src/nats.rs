//! A NATS server with JetStream.

use std::{path::Path, process::Command};

use crate::{
    KitError,
    daemon::{Daemon, Greeting},
    place,
};

/// The variable that may name the program.
pub const VARIABLE: &str = "GUILDHALL_TEST_NATS";

/// What a server is to be like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether a message is on the disk before the server says that it has it. Servers before 2.10 do not know
    /// how, and then it is left out: a killed process loses nothing by that, a power cut may.
    pub sync_always: bool,
    /// Further lines of its configuration file.
    pub settings: Vec<String>,
}

/// A running server. Dropping it ends it and removes its data.
#[derive(Debug)]
pub struct Nats {
    daemon: Daemon,
    options: Options,
}

impl Nats {
    /// Starts a server.
    pub async fn start() -> Result<Self, KitError> {
        Self::start_with(Options::default()).await
    }

    /// Starts a server like this.
    pub async fn start_with(options: Options) -> Result<Self, KitError> {
        let program = place::program("nats-server", "nats-server", VARIABLE)?;
        let daemon = Daemon::new(program, Greeting { say: b"", hear: b"INFO " })?;
        let mut server = Self { daemon, options };
        server.run().await?;
        Ok(server)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port())
    }

    /// The port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.daemon.port()
    }

    /// Starts the server where it does not run, on the same port and with the data that it had.
    pub async fn run(&mut self) -> Result<(), KitError> {
        let options = &self.options;
        let words = |daemon: &Daemon, port| {
            let path = daemon.file("nats.conf", &configuration(options, &daemon.data(), port, true))?;
            if options.sync_always && !accepts(daemon.program(), &path) {
                daemon.file("nats.conf", &configuration(options, &daemon.data(), port, false))?;
            }
            Ok(vec!["-c".to_owned(), path.display().to_string()])
        };
        self.daemon.run(words).await
    }

    /// Kills it at once (SIGKILL). [`Nats::run`] starts it again.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }

    /// Ends it in order. [`Nats::run`] starts it again.
    pub async fn stop(&mut self) {
        self.daemon.stop().await;
    }

    /// Kills it and removes all its data. [`Nats::run`] starts it again, empty.
    pub fn wipe(&mut self) -> Result<(), KitError> {
        self.daemon.wipe()
    }

    /// Stops its time (SIGSTOP): it keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.daemon.pause();
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.daemon.resume();
    }

    /// What it has said since it was started last.
    pub fn output(&self) -> String {
        self.daemon.output()
    }
}

fn configuration(options: &Options, data: &Path, port: u16, modern: bool) -> String {
    let sync = if options.sync_always && modern { "sync_interval: always" } else { "" };
    format!(
        "listen: \"127.0.0.1:{port}\"\n\
         jetstream {{\n  store_dir: \"{data}\"\n  max_memory_store: 256MB\n  max_file_store: 4GB\n  {sync}\n}}\n\
         {more}\n",
        data = data.display(),
        more = options.settings.join("\n"),
    )
}

/// Whether this version of the server knows everything in a configuration file.
fn accepts(program: &Path, file: &Path) -> bool {
    Command::new(program).arg("-t").arg("-c").arg(file).output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::tests::{answers, hear};

    #[tokio::test]
    async fn a_server_comes_back_on_its_port_after_every_kind_of_end() {
        let options = Options { sync_always: true, settings: vec!["max_payload: 2MB".to_owned()] };
        let mut server = Nats::start_with(options).await.unwrap();
        let port = server.port();
        assert!(hear(port).await.unwrap().contains("\"jetstream\":true"), "{}", server.output());
        server.kill();
        assert!(hear(port).await.is_none());
        server.run().await.unwrap();
        assert!(server.daemon.data().join("jetstream").is_dir());
        server.stop().await;
        server.wipe().unwrap();
        assert!(!server.daemon.data().join("jetstream").exists());
        server.run().await.unwrap();
        assert_eq!(server.port(), port);
        assert!(hear(port).await.unwrap().contains("\"max_payload\":2097152"));
    }

    #[tokio::test]
    async fn a_paused_server_answers_nothing_until_it_goes_on() {
        let server = Nats::start().await.unwrap();
        server.pause();
        assert!(!answers(server.port(), "INFO").await);
        server.resume();
        assert!(answers(server.port(), "INFO").await);
    }
}
