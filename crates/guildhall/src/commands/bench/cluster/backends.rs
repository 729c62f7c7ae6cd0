//! The servers that the processes need, and what happens to those.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use guildhall_server_kit::{Nats, Postgres, Proxy, nats, postgres};
use tokio::time::sleep;

use crate::{
    cli::{ClusterArgs, ClusterTrial},
    commands::bench::storage::Storage,
};

/// The name of the database.
const DATABASE: &str = "bench";

/// A PostgreSQL, and a NATS where workers are processes of their own. In the trial `outage` the processes reach both by
/// a network that can be taken away; in the others directly, because the way through it costs as much as the work.
pub(super) struct Backends {
    postgres: Option<(Postgres, Option<Proxy>)>,
    nats: Option<(Nats, Option<Proxy>)>,
    storage: Storage,
    environment: Vec<(&'static str, String)>,
}

/// What happens to a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outage {
    PostgresKilled,
    PostgresStalled,
    PostgresRefused,
    NatsKilled,
    NatsWiped,
    NatsStalled,
    NatsRefused,
}

impl Outage {
    /// Those of PostgreSQL first.
    const ALL: [Self; 7] = [
        Self::PostgresKilled,
        Self::PostgresStalled,
        Self::PostgresRefused,
        Self::NatsKilled,
        Self::NatsWiped,
        Self::NatsStalled,
        Self::NatsRefused,
    ];

    /// The one of a round: each in turn.
    pub(super) fn of_round(round: u32, with_nats: bool) -> Self {
        let known = if with_nats { &Self::ALL[..] } else { &Self::ALL[..3] };
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
            let proxy = way(args, server.port()).await?;
            let near = proxy.as_ref().map_or(server.port(), Proxy::port);
            let (near, far) = (format!(":{near}/"), format!(":{}/", server.port()));
            environment.push(("GUILDHALL_STORAGE__URL", url.replace(&far, &near)));
            (Some((server, proxy)), url)
        };
        let nats = if args.workers > 0 {
            let options = nats::Options { sync_always: true, settings: Vec::new() };
            let server = Nats::start_with(options).await.context("cannot start a NATS server")?;
            let proxy = way(args, server.port()).await?;
            let near = proxy.as_ref().map_or(server.port(), Proxy::port);
            environment.push(("NATS_URL", format!("nats://127.0.0.1:{near}")));
            Some((server, proxy))
        } else {
            None
        };
        let storage = Storage::ready(crate::cli::Storage::Postgres, Some(url)).await?;
        Ok(Self { postgres, nats, storage, environment })
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
    pub(super) async fn suffer(&mut self, outage: Outage, long: Duration) -> Result<()> {
        match outage {
            Outage::PostgresKilled | Outage::PostgresStalled | Outage::PostgresRefused => {
                let Some((server, proxy)) = &mut self.postgres else {
                    bail!("a PostgreSQL named by `--url` is not this benchmark's to take away")
                };
                if outage == Outage::PostgresKilled {
                    server.kill();
                    sleep(long).await;
                    server.run().await?;
                } else {
                    cut(proxy.as_ref(), outage == Outage::PostgresStalled, long).await;
                }
            }
            Outage::NatsKilled | Outage::NatsWiped | Outage::NatsStalled | Outage::NatsRefused => {
                let Some((server, proxy)) = &mut self.nats else { bail!("there is no NATS without workers") };
                match outage {
                    Outage::NatsStalled | Outage::NatsRefused => {
                        cut(proxy.as_ref(), outage == Outage::NatsStalled, long).await;
                    }
                    _ => {
                        server.kill();
                        if outage == Outage::NatsWiped {
                            server.wipe()?;
                        }
                        sleep(long).await;
                        server.run().await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The network to a server, where it is to be taken away.
async fn way(args: &ClusterArgs, port: u16) -> Result<Option<Proxy>> {
    if args.trial != ClusterTrial::Outage {
        return Ok(None);
    }
    Ok(Some(Proxy::start(port).await?))
}

/// Takes the network away: packets are dropped, or connections are refused.
async fn cut(proxy: Option<&Proxy>, stall: bool, long: Duration) {
    let Some(proxy) = proxy else { return };
    if stall {
        proxy.stall();
    } else {
        proxy.refuse();
    }
    sleep(long).await;
    proxy.forward();
}
