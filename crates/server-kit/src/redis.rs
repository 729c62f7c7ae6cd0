//! A Redis server, or a Valkey one: they differ in nothing that is used here.

use crate::{
    KitError,
    daemon::{Daemon, Greeting},
    place,
};

/// The variable that may name the program.
pub const VARIABLE: &str = "GUILDHALL_TEST_REDIS";

/// What a server is to be like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether it keeps its data over a restart. Without, it comes back empty, as a cache usually does.
    pub durable: bool,
    /// Further arguments, such as `("maxmemory", "64mb")`.
    pub settings: Vec<(&'static str, String)>,
}

/// A running server. Dropping it ends it and removes its data.
#[derive(Debug)]
pub struct Redis {
    daemon: Daemon,
    options: Options,
}

impl Redis {
    /// Starts a server that keeps nothing over a restart.
    pub async fn start() -> Result<Self, KitError> {
        Self::start_with(Options::default()).await
    }

    /// Starts a server like this.
    pub async fn start_with(options: Options) -> Result<Self, KitError> {
        let program = place::program("redis-server", "redis-server", VARIABLE)?;
        let daemon = Daemon::new(program, Greeting { say: b"PING\r\n", hear: b"+PONG" })?;
        let mut server = Self { daemon, options };
        server.run().await?;
        Ok(server)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// The port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.daemon.port()
    }

    /// Starts the server where it does not run, on the same port.
    pub async fn run(&mut self) -> Result<(), KitError> {
        let options = &self.options;
        let words = |daemon: &Daemon, port: u16| {
            let durable = if options.durable { "yes" } else { "no" };
            let mut words = vec![
                ("port", port.to_string()),
                ("bind", "127.0.0.1".to_owned()),
                ("dir", daemon.data().display().to_string()),
                ("save", String::new()),
                ("appendonly", durable.to_owned()),
            ];
            words.extend(options.settings.iter().cloned());
            Ok(words.into_iter().flat_map(|(name, value)| [format!("--{name}"), value]).collect())
        };
        self.daemon.run(words).await
    }

    /// Kills it at once (SIGKILL). [`Redis::run`] starts it again.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }

    /// Ends it in order. [`Redis::run`] starts it again.
    pub async fn stop(&mut self) {
        self.daemon.stop().await;
    }

    /// Kills it and removes all its data. [`Redis::run`] starts it again, empty.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::tests::ask;

    #[tokio::test]
    async fn a_durable_server_keeps_its_data_and_another_does_not() {
        for durable in [true, false] {
            let mut server = Redis::start_with(Options { durable, ..Options::default() }).await.unwrap();
            let port = server.port();
            assert_eq!(ask(port, "SET word kept\r\n").await.unwrap(), "+OK\r\n");
            server.stop().await;
            assert!(ask(port, "PING\r\n").await.is_none());
            server.run().await.unwrap();
            let kept = if durable { "$4\r\nkept\r\n" } else { "$-1\r\n" };
            assert_eq!(ask(port, "GET word\r\n").await.unwrap(), kept, "{}", server.output());
            server.wipe().unwrap();
            server.run().await.unwrap();
            assert_eq!(ask(port, "GET word\r\n").await.unwrap(), "$-1\r\n");
        }
    }

    #[tokio::test]
    async fn a_paused_server_answers_when_it_goes_on() {
        let server = Redis::start().await.unwrap();
        server.pause();
        assert!(ask(server.port(), "PING\r\n").await.is_none());
        server.resume();
        assert_eq!(ask(server.port(), "PING\r\n").await.unwrap(), "+PONG\r\n");
    }
}
