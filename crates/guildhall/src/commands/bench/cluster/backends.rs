//! The servers that the processes need, and what happens to those.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use guildhall_server_kit::{Nats, Postgres, Proxy, Redis, nats, postgres};
use tokio::time::sleep;

use crate::{
    cli::{ClusterArgs, ClusterTrial},
    commands::bench::storage::Storage,
};

/// The name of the database.
const DATABASE: &str = "bench";

/// A PostgreSQL, a NATS where workers are processes of their own, and in the trial `outage` a Redis. In that trial the
/// processes reach all of them by a network that can be taken away; in the others directly, because the way through it
/// costs as much as the work.
pub(super) struct Backends {
    postgres: Option<Reached<Postgres>>,
    nats: Option<Reached<Nats>>,
    redis: Option<Reached<Redis>>,
    storage: Storage,
    environment: Vec<(&'static str, String)>,
}

/// A server, and the network to it where that is to be taken away.
struct Reached<S> {
    server: S,
    proxy: Option<Proxy>,
}

/// What happens to which server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Outage(Which, How);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Which {
    Postgres,
    Nats,
    Redis,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum How {
    /// It is killed and comes back with what it has on the disk, which for Redis is nothing.
    Killed,
    /// It is killed and comes back with nothing.
    Wiped,
    /// Packets are dropped.
    Stalled,
    /// Connections are refused.
    Refused,
}

impl Outage {
    const ALL: [Self; 10] = [
        Self(Which::Postgres, How::Killed),
        Self(Which::Postgres, How::Stalled),
        Self(Which::Postgres, How::Refused),
        Self(Which::Redis, How::Killed),
        Self(Which::Redis, How::Stalled),
        Self(Which::Redis, How::Refused),
        Self(Which::Nats, How::Killed),
        Self(Which::Nats, How::Wiped),
        Self(Which::Nats, How::Stalled),
        Self(Which::Nats, How::Refused),
    ];

    /// The one of a round: each in turn.
    pub(super) fn of_round(round: u32, with_nats: bool) -> Self {
        let known = Self::ALL.into_iter().filter(|Self(which, _)| with_nats || *which != Which::Nats);
        let known: Vec<Self> = known.collect();
        known[round as usize % known.len()]
    }
}

impl Backends {
    pub(super) async fn start(args: &ClusterArgs) -> Result<Self> {
        let mut environment = Vec::new();
        let (postgres, url) = if let Some(url) = &args.url {
            environment.push(("GUILDHALL_STORAGE__URL", url.clone()));
            (None, url.clone())
        } else {
            // It waits for the disk at each commit, as a server should.
            let options = postgres::Options { fsync: true, ..postgres::Options::default() };
            let server = Postgres::start_with(options).await.context("cannot start a PostgreSQL")?;
            let url = server.create_database(DATABASE).await?;
            let port = server.port();
            let reached = Reached::by(args, server, port).await?;
            let (near, far) = (format!(":{}/", reached.port(port)), format!(":{port}/"));
            environment.push(("GUILDHALL_STORAGE__URL", url.replace(&far, &near)));
            (Some(reached), url)
        };
        let nats = if args.workers > 0 {
            let options = nats::Options { sync_always: true, settings: Vec::new() };
            let server = Nats::start_with(options).await.context("cannot start a NATS server")?;
            let port = server.port();
            let reached = Reached::by(args, server, port).await?;
            environment.push(("NATS_URL", format!("nats://127.0.0.1:{}", reached.port(port))));
            Some(reached)
        } else {
            None
        };
        let redis = if args.trial == ClusterTrial::Outage {
            let server = Redis::start().await.context("cannot start a Redis")?;
            let port = server.port();
            let reached = Reached::by(args, server, port).await?;
            let url = format!("redis://127.0.0.1:{}", reached.port(port));
            environment.push(("GUILDHALL_CACHE__REDIS_URL", url));
            Some(reached)
        } else {
            None
        };
        let storage = Storage::ready(crate::cli::Storage::Postgres, Some(url)).await?;
        Ok(Self { postgres, nats, redis, storage, environment })
    }

    /// The settings of a process that uses them.
    pub(super) fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    /// The database, by a way that is always open.
    pub(super) const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Takes a server away for as long as this, and gives it back.
    pub(super) async fn suffer(&mut self, Outage(which, how): Outage, long: Duration) -> Result<()> {
        match which {
            Which::Postgres => {
                let named = "a PostgreSQL named by `--url` is not this benchmark's to take away";
                self.postgres.as_mut().context(named)?.suffer(how, long).await
            }
            Which::Nats => {
                self.nats.as_mut().context("there is no NATS without workers")?.suffer(how, long).await
            }
            Which::Redis => self.redis.as_mut().context("there is no Redis")?.suffer(how, long).await,
        }
    }
}

impl<S: Killable> Reached<S> {
    async fn by(args: &ClusterArgs, server: S, port: u16) -> Result<Self> {
        let proxy = if args.trial == ClusterTrial::Outage { Some(Proxy::start(port).await?) } else { None };
        Ok(Self { server, proxy })
    }

    /// The port by which processes reach it.
    fn port(&self, own: u16) -> u16 {
        self.proxy.as_ref().map_or(own, Proxy::port)
    }

    async fn suffer(&mut self, how: How, long: Duration) -> Result<()> {
        match (how, &self.proxy) {
            (How::Killed, _) => self.server.kill(),
            (How::Wiped, _) => self.server.wipe()?,
            (How::Stalled, Some(proxy)) => proxy.stall(),
            (How::Refused, Some(proxy)) => proxy.refuse(),
            (How::Stalled | How::Refused, None) => bail!("there is no network to take away"),
        }
        sleep(long).await;
        if let Some(proxy) = &self.proxy {
            proxy.forward();
        }
        self.server.run().await
    }
}

/// A server that can be killed and started again.
trait Killable {
    fn kill(&mut self);
    /// Kills it and removes its data.
    fn wipe(&mut self) -> Result<()>;
    /// Starts it where it does not run.
    async fn run(&mut self) -> Result<()>;
}

impl Killable for Postgres {
    fn kill(&mut self) {
        self.kill();
    }

    fn wipe(&mut self) -> Result<()> {
        bail!("what PostgreSQL has is the truth and is never taken away")
    }

    async fn run(&mut self) -> Result<()> {
        Ok(self.run().await?)
    }
}

macro_rules! forgetful {
    ($($server:ty),+) => {$(
        impl Killable for $server {
            fn kill(&mut self) {
                self.kill();
            }

            fn wipe(&mut self) -> Result<()> {
                Ok(self.wipe()?)
            }

            async fn run(&mut self) -> Result<()> {
                Ok(self.run().await?)
            }
        }
    )+};
}

forgetful!(Nats, Redis);
