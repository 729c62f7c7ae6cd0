//! `guildhall shards reshard`: another number of shards while the bot runs.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use guildhall_discord::rest::{Rest, gateway_info::GatewayInfo};
use guildhall_sandbox_cli::stop;
use guildhall_store::{
    OperatorPath, Store,
    platform::{
        instance,
        shard_plan::{self, ShardPlan},
    },
};
use indicatif::{ProgressBar, ProgressStyle};

use super::{State, identity};
use crate::{
    cli::ReshardArgs,
    config::Config,
    parts::{self, Account, World},
};

const LOOK: Duration = Duration::from_millis(250);

/// From so many recommended shards on, Discord takes multiples of the number that it assigns only (Discord docs: Gateway,
/// Sharding for Very Large Bots).
const VERY_LARGE: u32 = 150;

pub(super) async fn run(args: &ReshardArgs, config: &Config) -> Result<()> {
    if config.storage.url.is_none() {
        bail!(
            "a bot on SQLite runs in one process\nhint: set `discord.shard_count` and start it again; a bot on PostgreSQL changes the number while it runs"
        );
    }
    let world = World::real();
    let registry = parts::registry()?;
    let identity = identity(config)?;
    let store =
        Store::open(parts::store_options(config), &parts::schemas(&registry), world.clock.clone()).await?;
    let mut write = store.write().await?;
    let mut tx = write.operator(OperatorPath::Cluster);
    let plan = shard_plan::load(&mut tx, &identity).await?;
    let plan = plan.context("the bot has never run\nhint: set `discord.shard_count` and start it")?;
    let now = store.time(&mut tx, &*world.clock).await?;
    if args.cancel {
        let called_off = shard_plan::call_off(&mut tx, &identity, now).await?;
        write.commit().await?;
        println!("{}", if called_off { "called off" } else { "no change of the number is under way" });
        return Ok(());
    }
    let to = args.to.context("name the number: `--to N`")?;
    if plan.next != Some(to) {
        if instance::alive(&store, &*world.clock).await?.is_empty() {
            bail!("no process of the bot is alive\nhint: set `discord.shard_count` and start it");
        }
        allowed(args, config, &world, plan, to).await?;
        if !shard_plan::aim(&mut tx, &identity, to, now).await? {
            if let Some(next) = plan.next {
                bail!("a change to {next} shards is under way\nhint: wait for it, or `--cancel` it");
            }
            println!("the bot runs {to} shards");
            return Ok(());
        }
    }
    write.commit().await?;
    follow(&store, config, plan.total, to).await?;
    store.close().await;
    Ok(())
}

/// Whether Discord has enough IDENTIFYs left for every new session, and the reserve besides.
async fn allowed(args: &ReshardArgs, config: &Config, world: &World, plan: ShardPlan, to: u32) -> Result<()> {
    let token = config.discord.token.clone().context("no token is set")?;
    let (rest_url, gateway_url) = (config.discord.rest_url.clone(), config.discord.gateway_url.clone());
    let rest: Rest = parts::rest(config, &Account { token, rest_url, gateway_url }, world)?;
    let info = GatewayInfo::fetch(&rest).await.context("ask Discord for the session start limit")?;
    let remaining = info.session_start_limit.remaining;
    let reserve = if args.force { 0 } else { to.saturating_mul(2) };
    let needed = to.saturating_add(reserve);
    if remaining < needed {
        bail!(
            "{remaining} session starts are left today and {needed} are needed: one for each of the {to} new sessions, and a reserve of {reserve}\nhint: wait until the limit renews{}",
            if args.force { "" } else { ", or `--force` it without the reserve" }
        );
    }
    let assigned = u32::from(info.session_start_limit.max_concurrency).max(1);
    if info.shards >= VERY_LARGE && !to.is_multiple_of(assigned) && !args.force {
        bail!(
            "{to} is no multiple of {assigned}, which Discord asks of very large bots\nhint: choose a multiple"
        );
    }
    if to < info.shards.div_ceil(2) {
        eprintln!("warning: Discord recommends {} shards; with too few it refuses sessions", info.shards);
    }
    eprintln!(
        "changing from {} to {to} shards; Ctrl-C leaves it going on, `--cancel` calls it off",
        plan.total
    );
    Ok(())
}

async fn follow(store: &Store, config: &Config, from: u32, to: u32) -> Result<()> {
    let bar = ProgressBar::new(to.into());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} sessions are up")?);
    let asked = stop::asked();
    tokio::pin!(asked);
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            end = &mut asked => {
                end?;
                bar.finish_and_clear();
                println!("it goes on; `guildhall shards status` shows how far it is");
                return Ok(());
            }
        }
        let state = State::read(store, config).await?;
        let up = state.shards.iter().filter(|shard| shard.total == to && shard.state == "active").count();
        bar.set_position(up as u64);
        if state.next == Some(to) {
            continue;
        }
        bar.finish_and_clear();
        if state.total == Some(to) {
            println!("the bot runs {to} shards now, and no longer {from}");
            let set = config.discord.shard_count;
            if set != 0 && set != to {
                println!("set `discord.shard_count` to {to}, or a start of the whole bot goes back to {set}");
            }
            return Ok(());
        }
        bail!("the change was called off");
    }
}
