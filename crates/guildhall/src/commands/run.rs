//! `guildhall run`, `gateway`, `worker`, `web`: everything in one process, or a part of it. Starts in the order in which
//! one part needs another, prints where to look, and drains in the reverse order.

mod board;
mod hands;
mod watch;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Error, Result, anyhow, bail};
use guildhall_core::{error::chain, secret::SecretString};
use guildhall_discord::gateway::{GatewayError, StoreFailure};
use guildhall_framework::{Extensions, Failure, Registry, Schedule, When};
use guildhall_runtime::{
    End, GatewayParts, Parts, RedisRate, Runtime, RuntimeOptions, StartError, admission, cluster::Role,
    options::JobLimits,
};
use guildhall_sandbox::{Options, Sandbox, example};
use guildhall_sandbox_cli::stop;
use guildhall_store::{Store, platform::claim};
use guildhall_web::{Web, WebOptions};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use self::{board::Board, hands::Hands};
use crate::{
    config::{self, Config, Idle, Loaded},
    log,
    parts::{self, Account, World},
};

/// How often what the web port shows is taken anew.
const REFRESH: Duration = Duration::from_millis(500);

/// A backup that takes longer has come to a halt.
const LONGEST_BACKUP: Duration = Duration::from_hours(12);

/// Between two tries to reach Discord at the start, at least and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(1));

pub(crate) async fn run(loaded: Loaded, role: Role) -> Result<()> {
    let Loaded { config, idle, .. } = loaded;
    check(&config, role)?;
    let _log = log::start(&config.log, &config.storage.folder)?;
    for Idle { name, why } in idle {
        tracing::warn!(setting = name, "a setting of a guide is accepted; it sets {why}");
    }
    let metrics = recorder()?;
    let world = World::real();
    let registry = parts::registry()?;
    let store = parts::store(&config, &registry, &world).await?;
    claim::take(&store, &parts::data_name(&config), world.clock.now()).await?;
    guildhall_backup::refuse_half_restored(&store).await?;
    // A key that is missing is told before anything runs.
    drop(backups(&config, &store, &world)?);

    let (sandbox, account) = account(&config).await?;
    let rest = parts::rest(&config, &account, &world)?;
    let files = parts::files(&account)?;
    let mut extensions = Extensions::default();
    if role.works() {
        extensions = extensions.with(parts::markov(&config)?);
    }
    let board = Arc::new(Board::new(&world, &store, role, config.storage.warn_megabytes, sandbox.as_ref()));
    let web = Web::start(WebOptions::new(config.web.listen), Arc::clone(&board) as Arc<_>, metrics)
        .await
        .context("cannot open the web port\nhint: set `web.listen` to another port, or stop the program that has it")?;
    let cache = parts::cache(&config, &world)?;
    if config.cache.redis_url.is_some() {
        // The limit over all routes comes from Redis while it answers, and from the processes' rows while it does not.
        rest.pool(Arc::new(RedisRate::new(cache.budget())));
    }
    let hands = Hands::start()?;
    let mut told = false;
    let ended = loop {
        let parts = Parts {
            store: store.clone(),
            cache: cache.clone(),
            clock: Arc::clone(&world.clock),
            random: Arc::clone(&world.random),
            registry: Arc::clone(&registry),
            rest: rest.clone(),
            transport: parts::transport(&config, role, &world).await?,
            me: parts::me(&account),
            journal: parts::journal(&config),
            cluster: parts::cluster(&config, role),
            operators: config.operators.ids.iter().copied().collect(),
            rollout: config::rollout(&config.rollout),
            text_commands: config.discord.text_commands,
            schedules: vec![backups(&config, &store, &world)?],
            files: files.clone(),
            extensions: extensions.clone(),
        };
        let runtime = Runtime::start(options(&config, &hands), parts).await?;
        if !std::mem::replace(&mut told, true) {
            tell(&config, sandbox.as_ref(), &web);
        }
        match serve(&config, role, &account, &registry, runtime, &board).await {
            Ok(Served::Evicted) => tracing::info!("beginning anew"),
            Ok(Served::Stopped) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    web.shutdown().await;
    store.close().await;
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    tracing::info!("stopped");
    ended
}

/// What a part of the bot needs that runs in a process of its own.
fn check(config: &Config, role: Role) -> Result<()> {
    if role == Role::All {
        return Ok(());
    }
    let name = role.as_str();
    if config.storage.url.is_none() {
        bail!(
            "a {name} process shares its data with others, and SQLite files belong to one process\nhint: set `storage.url` to a PostgreSQL database, or start `guildhall run`, which does everything in one process"
        );
    }
    if config.uses_sandbox() {
        bail!(
            "a {name} process works for a bot that others know, and there is no token\nhint: set `discord.token_file`, or DISCORD_TOKEN; to try several processes, start `guildhall sandbox` and use the token and the addresses that it prints"
        );
    }
    Ok(())
}

/// The backups that come by themselves. One that is cut short leaves nothing behind, and one that fails is tried
/// again by its own rules.
fn backups(config: &Config, store: &Store, world: &World) -> Result<Schedule> {
    let plan = parts::backups(config)?;
    if !plan.every.is_zero() {
        plan.keys.encrypts()?;
    }
    let backups = guildhall_backup::Schedule::new(store.clone(), Arc::clone(&world.clock), plan);
    let backups = Arc::new(backups);
    let looks = Schedule::new("backup", When::Every(guildhall_backup::LOOK), move |_| {
        let backups = Arc::clone(&backups);
        Box::pin(async move { backups.look().await.map(drop).map_err(Failure::internal) })
    });
    Ok(Schedule { cut: true, tries: 1, limit: LONGEST_BACKUP, ..looks })
}

/// Histograms are in seconds, from a tenth of a millisecond to ten seconds; but one counts events.
fn recorder() -> Result<PrometheusHandle> {
    let buckets = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0];
    let batches = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
    let name = Matcher::Full("guildhall_runtime_batch_events".to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets(&buckets)
        .and_then(|builder| builder.set_buckets_for_metric(name, &batches))
        .context("the buckets are unusable")?;
    builder.install_recorder().context("cannot install the metrics recorder")
}

/// Who the bot is: the configured account, or that of the sandbox, which is started then.
async fn account(config: &Config) -> Result<(Option<Sandbox>, Account)> {
    if !config.uses_sandbox() {
        let token = config.discord.token.clone().context("`sandbox.enabled` is false and there is no token\nhint: set `discord.token_file`, or DISCORD_TOKEN")?;
        let (rest_url, gateway_url) = (config.discord.rest_url.clone(), config.discord.gateway_url.clone());
        return Ok((None, Account { token, rest_url, gateway_url }));
    }
    let options = Options { listen: config.sandbox.listen, ..Options::default() };
    let sandbox = Sandbox::start(options)
        .await
        .context("cannot start the sandbox\nhint: set `sandbox.listen` to another port, or stop the program that has it")?;
    let account = Account {
        token: SecretString::from(example::BOT_TOKEN),
        rest_url: Some(sandbox.rest_url()),
        gateway_url: Some(sandbox.gateway_url()),
    };
    Ok((Some(sandbox), account))
}

/// How the runtime is set up.
fn options(config: &Config, hands: &Hands) -> RuntimeOptions {
    let seats = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    RuntimeOptions {
        limits: admission::Limits {
            seats: seats(config.limits.commands),
            seats_per_guild: seats(config.limits.commands_per_guild),
            ..admission::Limits::default()
        },
        jobs: JobLimits {
            running: seats(config.limits.jobs),
            running_per_party: config.limits.jobs_per_guild,
        },
        hands: hands.handle(),
        ..RuntimeOptions::default()
    }
}

/// How a runtime came to its end.
enum Served {
    /// Somebody asked to stop, and everything was brought to an end.
    Stopped,
    /// The others took this process for dead and have its work.
    Evicted,
}

/// Runs until somebody asks to stop, a shard cannot go on, or the others have taken over.
async fn serve(
    config: &Config,
    role: Role,
    account: &Account,
    registry: &Registry,
    mut runtime: Runtime,
    board: &Board,
) -> Result<Served> {
    let ended = tokio::select! {
        result = stop::asked() => {
            tracing::info!("asked to stop; finishing what is under way");
            result.map(|()| Served::Stopped)
        }
        result = connected(config, role, account, registry, &mut runtime, board) => result.map(|()| Served::Evicted),
    };
    if matches!(ended, Ok(Served::Evicted)) {
        // Nothing is left to finish: whatever it would write is refused.
        board.update(&runtime);
        return ended;
    }
    runtime.not_ready();
    board.update(&runtime);
    runtime.drain(Duration::from_secs(config.limits.drain_seconds.into())).await;
    ended
}

/// Connects, and keeps what the web port shows up to date until a shard stops for good, or this process is evicted.
async fn connected(
    config: &Config,
    role: Role,
    account: &Account,
    registry: &Registry,
    runtime: &mut Runtime,
    board: &Board,
) -> Result<()> {
    if role.runs_shards() {
        open_shards(config, account, registry, runtime).await?;
    }
    if role.works() {
        runtime.register_commands(config.discord.command_guild.into_iter().collect());
    }
    let mut refresh = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            end = runtime.failure() => return match end {
                End::Shard(failure) => Err(hinted(&failure)),
                End::Evicted => Ok(()),
            },
            _ = refresh.tick() => board.update(runtime),
        }
    }
}

/// Starts this process's part of the shards, trying for as long as Discord cannot be reached.
async fn open_shards(
    config: &Config,
    account: &Account,
    registry: &Registry,
    runtime: &mut Runtime,
) -> Result<()> {
    let mut wait = RETRY.0;
    loop {
        let options = parts::gateway(config, account, registry);
        match runtime.connect(GatewayParts { options, force: config.discord.force_identify }).await {
            Ok(()) => return Ok(()),
            Err(StartError::Gateway(GatewayError::Info(error))) if !refused(&error) => {
                tracing::warn!(error = %chain(&*error), wait_seconds = wait.as_secs(), "Discord cannot be reached; trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(RETRY.1);
            }
            Err(StartError::Gateway(error)) => return Err(hinted(&error)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Why the gateway cannot go on, and what to do.
fn hinted(error: &GatewayError) -> Error {
    let hint = match error {
        GatewayError::Info(cause) if refused(cause) => {
            Some("the token is refused; copy it anew from the developer portal (Bot, Reset Token)")
        }
        other => other.hint(),
    };
    let hint = hint.map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    anyhow!("{}{hint}", chain(error))
}

/// Whether trying again is useless, because Discord refuses the token.
fn refused(error: &StoreFailure) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&**error);
    while let Some(error) = cause {
        if let Some(rest) = error.downcast_ref::<guildhall_discord::rest::RestError>() {
            return rest.status() == Some(401);
        }
        cause = error.source();
    }
    false
}

/// Where to look, on standard output.
fn tell(config: &Config, sandbox: Option<&Sandbox>, web: &Web) {
    match sandbox {
        Some(sandbox) => {
            println!("web client   http://{}/   (three example servers; the bot is in each)", sandbox.addr());
        }
        None => println!("bot          connecting to Discord"),
    }
    println!("status       http://{}/", web.addr);
    println!("data         {}", parts::place_name(&parts::place(config)));
    println!("Stop with Ctrl-C.");
}
