//! `guildhall shards`: which process of the bot runs which shard, live, another number of shards while it runs, and
//! several processes on this machine.

mod local;
mod reshard;
pub(super) mod view;

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::{clock::Timestamp, secret::ExposeSecret as _};
use guildhall_discord::gateway;
use guildhall_framework::Operating;
use guildhall_runtime::cluster::{Advice, Measured, Peer, Report, Shards};
use guildhall_sandbox::example;
use guildhall_store::{
    OperatorPath, Store,
    platform::{
        instance, lease,
        shard_plan::{self, ShardPlan},
    },
};
use serde::Serialize;

use self::local::{Local, LocalView};
use crate::{
    cli::{ShardsCommand, ShardsStatusArgs},
    config::{Config, Loaded},
    parts::{self, World},
};

/// How often the live view is drawn.
const EVERY: Duration = Duration::from_secs(1);

/// Everything that there is to see at one moment.
#[derive(Debug, Serialize)]
pub(super) struct State {
    /// Shards that the bot runs, and those that it changes to.
    total: Option<u32>,
    next: Option<u32>,
    /// The maintenance that is under way.
    maintenance: Option<MaintenanceRow>,
    processes: Vec<ProcessRow>,
    shards: Vec<ShardRow>,
    /// What the processes have to do, and how many the load asks for; nothing where none lives.
    measured: Option<Measured>,
    advice: Option<Advice>,
    /// Those that were started on this machine.
    local: Option<LocalView>,
}

/// Members' commands are answered with a notice.
#[derive(Debug, Serialize)]
struct MaintenanceRow {
    words: String,
    seconds: u64,
}

/// A process of the bot.
#[derive(Debug, Serialize)]
struct ProcessRow {
    id: String,
    /// The machine, and the process there by its number and when it began.
    host: String,
    process: String,
    role: String,
    region: Option<String>,
    version: String,
    draining: bool,
    shards: usize,
    guilds: u64,
    waiting: u64,
    /// Milliseconds of round trip, the worst of its shards; and those that are wanted in its region.
    latency_ms: Option<u64>,
    preferred_latency_ms: Option<u32>,
    /// Seconds since it began, and since it was last heard of.
    age_seconds: u64,
    heard_seconds: u64,
}

/// A shard and its holder.
#[derive(Debug, Serialize)]
struct ShardRow {
    number: u32,
    total: u32,
    state: String,
    process: Option<String>,
    guilds: u64,
    latency_ms: Option<u64>,
    in_flight: u64,
    takeovers: u64,
    held_seconds: u64,
}

pub(crate) async fn run(command: &ShardsCommand, loaded: &Loaded) -> Result<ExitCode> {
    match command {
        ShardsCommand::Status(args) => status(args, loaded).await?,
        ShardsCommand::Monitor => monitor(loaded).await?,
        ShardsCommand::Reshard(args) => reshard::run(args, &loaded.config).await?,
        ShardsCommand::Start(args) => local::start(args, loaded).await?,
        ShardsCommand::Stop(args) => local::stop(args, loaded).await?,
        ShardsCommand::Restart(args) => local::restart(args, loaded).await?,
        ShardsCommand::AutoRestart(command) => return local::auto_restart(command, loaded).await,
        ShardsCommand::Logs(args) => local::logs(args, loaded).await?,
        ShardsCommand::Supervise => local::supervise(loaded).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(args: &ShardsStatusArgs, loaded: &Loaded) -> Result<()> {
    let store = look(&loaded.config).await?;
    let state = State::read(&store, &loaded.config).await?.with_local(loaded)?;
    store.close().await;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&state)?);
    } else {
        print!("{}", view::page(&state));
    }
    Ok(())
}

/// Draws the same page again and again, until Ctrl-C. Plain text where the output is no terminal.
async fn monitor(loaded: &Loaded) -> Result<()> {
    let config = &loaded.config;
    let store = look(config).await?;
    let terminal = std::io::stdout().is_terminal();
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            end = tokio::signal::ctrl_c() => {
                end.context("cannot listen for Ctrl-C")?;
                break;
            }
        }
        let read = State::read(&store, config).await.and_then(|state| state.with_local(loaded));
        let page = match read {
            Ok(state) => view::page(&state),
            Err(error) => format!("the database does not answer: {error:#}\n"),
        };
        // Home, the page with the rest of each line cleared, and the rest of the screen cleared.
        let page = if terminal { format!("\x1b[H{}\x1b[J", page.replace('\n', "\x1b[K\n")) } else { page };
        let mut out = std::io::stdout().lock();
        out.write_all(page.as_bytes())?;
        out.flush()?;
    }
    store.close().await;
    Ok(())
}

/// The database, only to be looked at.
async fn look(config: &Config) -> Result<Store> {
    let registry = parts::registry()?;
    let mut options = parts::store_options(config);
    options.read_only = true;
    options.connections = 2;
    Ok(Store::open(options, &parts::schemas(&registry), World::real().clock).await?)
}

/// What the processes that live have to do, and how many of them and of shards that asks for.
pub(super) async fn sizing(config: &Config) -> Result<Option<(Measured, Advice)>> {
    let store = look(config).await?;
    let state = State::read(&store, config).await;
    store.close().await;
    let State { measured, advice, .. } = state?;
    Ok(measured.zip(advice))
}

/// Whose sessions they are: the public first part of the token.
pub(super) fn identity(config: &Config) -> Result<String> {
    if config.uses_sandbox() {
        return Ok(gateway::identity(example::BOT_TOKEN));
    }
    match &config.discord.token {
        Some(token) => Ok(gateway::identity(token.expose_secret())),
        None => bail!("no token is set\nhint: set `discord.token_file`, or DISCORD_TOKEN"),
    }
}

impl State {
    pub(super) async fn read(store: &Store, config: &Config) -> Result<Self> {
        let mut read = store.read().await?;
        let mut tx = read.operator(OperatorPath::Cluster);
        let now = store.time(&mut tx, &*World::real().clock).await?;
        let plan = shard_plan::load(&mut tx, &identity(config)?).await?;
        let peers: Vec<Peer> = instance::all(&mut tx)
            .await?
            .into_iter()
            .map(|instance| Peer { report: Report::read(&instance.report), instance })
            .collect();
        let mut shards = Vec::new();
        for total in plan.iter().flat_map(|plan: &ShardPlan| [Some(plan.total), plan.next]).flatten() {
            let leases = lease::of_kind(&mut tx, &Shards::kind(total)).await?;
            shards.extend((0..total).map(|number| {
                let lease = leases.iter().find(|lease| lease.number == number);
                ShardRow::of(number, total, lease, &peers, now)
            }));
        }
        let operating = Operating::default();
        operating.refresh(store).await?;
        let maintenance = operating.maintenance().map(|maintenance| MaintenanceRow {
            seconds: now.since(maintenance.since).as_secs(),
            words: maintenance.words,
        });
        let total = plan.map_or(1, |plan| plan.total);
        let measured = (!peers.is_empty()).then(|| Measured::of(&peers, total, store.is_shared()));
        let processes = peers.iter().map(|peer| ProcessRow::of(peer, now)).collect();
        Ok(Self {
            total: plan.map(|plan| plan.total),
            next: plan.and_then(|plan| plan.next),
            maintenance,
            processes,
            shards,
            advice: measured.as_ref().map(Measured::advice),
            measured,
            local: None,
        })
    }

    /// With the processes of this machine, each with its name among all.
    fn with_local(mut self, loaded: &Loaded) -> Result<Self> {
        self.local = Local::new(loaded)?.view()?;
        let host = guildhall_store::host::machine();
        for row in self.local.iter_mut().flat_map(|local| &mut local.processes) {
            let same = |process: &&ProcessRow| process.host == host && row.is(&process.process);
            row.instance = self.processes.iter().find(same).map(|process| process.id.clone());
        }
        Ok(self)
    }
}

impl ProcessRow {
    fn of(peer: &Peer, now: Timestamp) -> Self {
        let Peer { instance, report } = peer;
        // The row says until when its silence is excused.
        let heard = (instance.expires_at - guildhall_runtime::cluster::TTL).max(instance.started_at);
        Self {
            id: instance.id.clone(),
            host: instance.host.clone(),
            process: instance.process.clone(),
            role: instance.role.clone(),
            region: report.region.clone(),
            version: report.version.clone(),
            draining: report.draining,
            shards: report.shards.len(),
            guilds: report.shards.iter().map(|shard| shard.guilds).sum(),
            waiting: report.waiting,
            latency_ms: report.shards.iter().filter_map(|shard| shard.latency_ms).max(),
            preferred_latency_ms: report.preferred_latency_ms,
            age_seconds: now.since(instance.started_at).as_secs(),
            heard_seconds: now.since(heard).as_secs(),
        }
    }
}

impl ShardRow {
    fn of(number: u32, total: u32, lease: Option<&lease::Lease>, peers: &[Peer], now: Timestamp) -> Self {
        let holder = lease.and_then(|lease| lease.holder.as_ref());
        let peer = peers.iter().find(|peer| Some(&peer.instance.id) == holder);
        let told = peer.and_then(|peer| {
            peer.report.shards.iter().find(|shard| shard.number == number && shard.total == total)
        });
        Self {
            number,
            total,
            state: told.map_or_else(|| "without a process".to_owned(), |told| told.state.clone()),
            process: peer.map(|peer| peer.instance.id.clone()),
            guilds: told.map_or(0, |told| told.guilds),
            latency_ms: told.and_then(|told| told.latency_ms),
            in_flight: told.map_or(0, |told| told.in_flight),
            takeovers: lease.map_or(0, |lease| lease.epoch.saturating_sub(1)),
            held_seconds: lease.map_or(0, |lease| now.since(lease.since).as_secs()),
        }
    }
}
