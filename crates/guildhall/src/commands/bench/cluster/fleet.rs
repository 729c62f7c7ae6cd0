//! The processes, and what happens to them.

use std::{
    fmt::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use guildhall_bus::nats::PARTITIONS;
use guildhall_runtime::cluster::{Partitions, Report, Role, Shards};
use guildhall_sandbox::{Sandbox, example};
use guildhall_store::{
    OperatorPath, Store, StoreOptions,
    platform::{
        instance::{self, Instance},
        lease,
    },
};

use super::backends::Backends;
use crate::{
    cli::ClusterArgs,
    commands::bench::process::Process,
    parts::{self, World},
};

/// How long it may take until every shard is in its session.
const PATIENCE: Duration = Duration::from_mins(1);

const LOOK: Duration = Duration::from_millis(20);

/// Several processes of one bot.
pub(super) struct Fleet {
    processes: Vec<One>,
    environment: Vec<(&'static str, String)>,
    folder: PathBuf,
    store: Store,
    shards: u32,
    workers: u32,
    /// From each blow until every shard was in a session again.
    absences: Vec<Duration>,
    started: u32,
}

/// A process, what it does, and where its files are.
struct One {
    process: Process,
    role: Role,
    folder: PathBuf,
}

impl Fleet {
    /// Starts the processes one after the other, and waits until every shard is in its session.
    pub(super) async fn start(
        sandbox: &Sandbox,
        folder: &Path,
        backends: &Backends,
        args: &ClusterArgs,
    ) -> Result<Self> {
        let mut environment = vec![
            ("DISCORD_TOKEN", example::BOT_TOKEN.to_owned()),
            ("GUILDHALL_DISCORD__REST_URL", sandbox.rest_url()),
            ("GUILDHALL_DISCORD__GATEWAY_URL", sandbox.gateway_url()),
            ("GUILDHALL_DISCORD__SHARD_COUNT", args.shards.to_string()),
            ("GUILDHALL_LOG__LEVEL", "warn".to_owned()),
        ];
        environment.extend(backends.environment().iter().cloned());
        let clock = World::real().clock;
        let registry = parts::registry()?;
        // Whoever looks on is nobody among the processes; the tables are made here, once.
        let mut options = StoreOptions::postgres(backends.storage().url().context("a PostgreSQL is needed")?);
        options.connections = 4;
        let store = Store::open(options, &parts::schemas(&registry), clock).await?;
        let mut fleet = Self {
            processes: Vec::new(),
            environment,
            folder: folder.to_owned(),
            store,
            shards: args.shards,
            workers: args.workers,
            absences: Vec::new(),
            started: 0,
        };
        let shards = if args.workers > 0 { Role::Gateway } else { Role::All };
        let shards = std::iter::repeat_n(shards, args.processes as usize);
        for role in shards.chain(std::iter::repeat_n(Role::Worker, args.workers as usize)) {
            let process = fleet.one(role)?;
            fleet.processes.push(process);
        }
        fleet.whole().await.context("the shards did not all come up")?;
        Ok(fleet)
    }

    fn one(&mut self, role: Role) -> Result<One> {
        self.started += 1;
        let folder = self.folder.join(format!("process-{}", self.started));
        std::fs::create_dir_all(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut environment = self.environment.clone();
        environment.push(("GUILDHALL_STORAGE__FOLDER", folder.join("data").display().to_string()));
        environment.push(("GUILDHALL_WEB__LISTEN", format!("127.0.0.1:{port}")));
        let command = if role == Role::All { "run" } else { role.as_str() };
        Ok(One { process: Process::start_anywhere(&[command], &environment, &folder)?, role, folder })
    }

    /// Kills one as a power cut would, waits until the others run its shards, and starts another in its place.
    pub(super) async fn kill(&mut self, at: usize) -> Result<()> {
        self.alive()?;
        let prefix = format!("{}/", self.processes[at].process.id());
        // One that was started a moment ago may not have said yet that it lives.
        self.until("the process does not say that it lives", async |fleet| {
            Ok(fleet.row(&prefix).await?.is_some())
        })
        .await?;
        let gone = self.row(&prefix).await?.context("the process has no row")?.id;
        let began = Instant::now();
        self.processes[at].process.kill()?;
        self.until("nobody evicted the killed process", async |fleet| {
            Ok(!fleet.members().await?.contains(&gone))
        })
        .await?;
        self.whole().await?;
        self.absences.push(began.elapsed());
        self.processes[at] = self.one(self.processes[at].role)?;
        Ok(())
    }

    /// Starts a new process and ends an old one, as a rolling deploy does.
    pub(super) async fn replace(&mut self, at: usize) -> Result<()> {
        self.alive()?;
        let new = self.one(self.processes[at].role)?;
        let joined = self.processes.len() + 1;
        self.until("the new process did not join", async |fleet| Ok(fleet.members().await?.len() >= joined))
            .await?;
        let mut old = std::mem::replace(&mut self.processes[at], new);
        let began = Instant::now();
        old.process.stop(PATIENCE).await?;
        self.whole().await?;
        self.absences.push(began.elapsed());
        Ok(())
    }

    /// Stops one for a while, as a machine that hangs does, and lets it go on.
    pub(super) async fn pause(&mut self, at: usize, long: Duration) -> Result<()> {
        self.alive()?;
        let began = Instant::now();
        let before = self.members().await?;
        self.processes[at].process.signal("STOP")?;
        let until = began + long;
        self.until("nobody evicted the stopped process", async |fleet| {
            let now = fleet.members().await?;
            Ok(before.iter().any(|id| !now.contains(id)))
        })
        .await?;
        self.whole().await?;
        self.absences.push(began.elapsed());
        tokio::time::sleep_until(until.into()).await;
        self.processes[at].process.signal("CONT")?;
        let wanted = self.processes.len();
        self.until("the stopped process did not come back", async |fleet| {
            Ok(fleet.members().await?.len() >= wanted)
        })
        .await?;
        self.whole().await
    }

    /// Changes the number of shards while everything runs.
    pub(super) async fn reshard(&mut self, to: u32) -> Result<()> {
        self.alive()?;
        let began = Instant::now();
        let to_text = to.to_string();
        let arguments = ["shards", "reshard", "--to", &to_text];
        let mut command = Process::start_anywhere(&arguments, &self.environment, &self.folder)?;
        let deadline = began + PATIENCE;
        while command.alive() {
            if Instant::now() > deadline {
                bail!("the number of shards did not change within {} s", PATIENCE.as_secs());
            }
            tokio::time::sleep(LOOK).await;
        }
        self.shards = to;
        self.whole().await?;
        self.absences.push(began.elapsed());
        Ok(())
    }

    /// Waits for an outage to end, and until everything is in order again without a hand.
    pub(super) async fn through(&mut self, outage: impl Future<Output = Result<()>>) -> Result<()> {
        self.alive()?;
        outage.await?;
        let back = Instant::now();
        self.whole().await?;
        self.alive()?;
        self.absences.push(back.elapsed());
        Ok(())
    }

    /// Ends every process in order; how long shards were without one, for each blow.
    pub(super) async fn stop(mut self) -> Result<Vec<Duration>> {
        for one in &mut self.processes {
            one.process.stop(PATIENCE).await?;
        }
        self.store.close().await;
        Ok(self.absences)
    }

    fn alive(&mut self) -> Result<()> {
        if self.processes.iter_mut().all(|one| one.process.alive()) {
            return Ok(());
        }
        bail!("a process stopped by itself")
    }

    /// Waits until every shard is held by a process that lives and says that it is in its session.
    pub(super) async fn whole(&self) -> Result<()> {
        let shards = self.shards;
        self.until("a shard is in no session", async |fleet| {
            let mut read = fleet.store.read().await?;
            let mut tx = read.operator(OperatorPath::Cluster);
            let alive = instance::all(&mut tx).await?;
            let leases = lease::of_kind(&mut tx, &Shards::kind(shards)).await?;
            let active = |number: u32, holder: &str| {
                alive.iter().filter(|one| one.id == holder).any(|one| {
                    let shards = Report::read(&one.report).shards;
                    shards.iter().any(|shard| shard.number == number && shard.state == "active")
                })
            };
            let held = leases
                .iter()
                .filter(|lease| lease.holder.as_ref().is_some_and(|holder| active(lease.number, holder)));
            if held.count() < shards as usize {
                return Ok(false);
            }
            let partitions = lease::of_kind(&mut tx, Partitions::KIND).await?;
            let read = partitions.iter().filter(|lease| {
                lease.holder.as_ref().is_some_and(|holder| alive.iter().any(|one| one.id == *holder))
            });
            Ok(fleet.workers == 0 || read.count() == PARTITIONS as usize)
        })
        .await
    }

    async fn members(&self) -> Result<Vec<String>> {
        Ok(self.rows().await?.into_iter().map(|instance| instance.id).collect())
    }

    /// The row of the process with this number before its slash.
    async fn row(&self, prefix: &str) -> Result<Option<Instance>> {
        Ok(self.rows().await?.into_iter().find(|row| row.process.starts_with(prefix)))
    }

    async fn rows(&self) -> Result<Vec<Instance>> {
        let mut read = self.store.read().await?;
        Ok(instance::all(&mut read.operator(OperatorPath::Cluster)).await?)
    }

    async fn until(&self, fault: &str, ready: impl AsyncFn(&Self) -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // The database may be coming back just now.
            let found = ready(self).await;
            if matches!(found, Ok(true)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                found?;
                bail!("{fault} within {} s", PATIENCE.as_secs());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The last words of each process.
    pub(super) fn output(&self) -> String {
        let mut all = String::new();
        for folder in self.processes.iter().map(|one| &one.folder).chain([&self.folder]) {
            let output = std::fs::read_to_string(folder.join("output.log")).unwrap_or_default();
            let lines: Vec<&str> = output.lines().collect();
            let last = lines[lines.len().saturating_sub(8)..].join("\n");
            let _ = writeln!(all, "{}:\n{last}", folder.display());
        }
        all
    }

    /// The data, to be looked at.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }
}
