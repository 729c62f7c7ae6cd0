//! Kills the bot under load, again and again, and counts what was lost, doubled or identified anew.
//!
//! The load has effects of each kind: messages that a feature counts, entries that a command stores, and
//! servers that the bot joins and greets. Afterwards the database and the sandbox are compared with what
//! was sent.

pub(super) mod load;
pub(super) mod verdict;

use std::{
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::random::{Random as _, Seeded};
use guildhall_sandbox::{Options, Sandbox, example};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use self::{
    load::Load,
    verdict::{Found, Verdict},
};
use super::{control::Control, process::Process, storage::Storage};
use crate::cli::CrashArgs;

/// How long the bot may take to be back.
const PATIENCE: Duration = Duration::from_secs(40);

/// The bot lives for this long before it is killed, at least and at most.
const LIFE_MS: (u64, u64) = (20, 600);

pub(crate) async fn run(args: &CrashArgs) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let sandbox = Sandbox::start(Options::default()).await?;
    let control = Control::new(&sandbox.addr().to_string())?;
    let storage = Storage::ready(args.storage, args.url.clone()).await?;
    let bot = Bot { sandbox: &sandbox, folder: folder.path(), storage: &storage };
    let started = Instant::now();

    let mut process = bot.start()?;
    resumed(&control, 0).await?;
    let load = Load::start(control.clone(), args.seed).await?;
    let random = Seeded::new(args.seed);
    let progress = ProgressBar::new(args.rounds.into());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} rounds, {eta} left")?;
    progress.set_style(style);
    for round in 1..=args.rounds {
        let life = LIFE_MS.0 + random.below(LIFE_MS.1 - LIFE_MS.0);
        tokio::time::sleep(Duration::from_millis(life)).await;
        if !process.alive() {
            bail!("the bot stopped by itself; its output:\n{}", bot.output());
        }
        process.kill()?;
        process = bot.start()?;
        resumed(&control, u64::from(round))
            .await
            .with_context(|| format!("round {round}; output:\n{}", bot.output()))?;
        progress.inc(1);
    }
    progress.finish_and_clear();

    let sent = load.stop().await?;
    settled(&control, &sent).await?;
    process.stop(Duration::from_secs(30)).await?;
    let counters = control.get("/counters").await?;
    let found = Found::read(&storage, folder.path()).await?;
    let verdict = Verdict::reach(args.rounds, &sent, &counters, &control, &found, started.elapsed()).await?;
    sandbox.shutdown().await;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        verdict.print();
    }
    if verdict.clean() {
        Ok(())
    } else {
        bail!("effects were lost or doubled, or sessions were identified anew")
    }
}

/// The bot under test: this very program against the sandbox.
struct Bot<'a> {
    sandbox: &'a Sandbox,
    folder: &'a Path,
    storage: &'a Storage,
}

impl Bot<'_> {
    fn start(&self) -> Result<Process> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut environment = vec![
            ("DISCORD_TOKEN", example::BOT_TOKEN.to_owned()),
            ("GUILDHALL_DISCORD__REST_URL", self.sandbox.rest_url()),
            ("GUILDHALL_DISCORD__GATEWAY_URL", self.sandbox.gateway_url()),
            ("GUILDHALL_DISCORD__SHARD_COUNT", "1".to_owned()),
            ("GUILDHALL_STORAGE__FOLDER", self.folder.join("data").display().to_string()),
            ("GUILDHALL_WEB__LISTEN", format!("127.0.0.1:{port}")),
            ("GUILDHALL_LOG__LEVEL", "warn".to_owned()),
        ];
        environment.extend(self.storage.environment());
        Process::start_anywhere(&["run"], &environment, self.folder)
    }

    fn output(&self) -> String {
        let output = std::fs::read_to_string(self.folder.join("output.log")).unwrap_or_default();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// Waits until the bot has been connected once and has resumed this often since.
async fn resumed(control: &Control, times: u64) -> Result<()> {
    let ready = |counters: &Value| {
        let count = |name: &str| counters[name].as_u64().unwrap_or(0);
        (count("identifies") >= 1 && count("resumed") + count("identifies") > times).then_some(())
    };
    control.until("/counters", PATIENCE, ready).await
}

/// Waits until the bot has worked off what was sent: events of one shard keep their order, so a command
/// that is answered after everything else says so.
async fn settled(control: &Control, sent: &load::Sent) -> Result<()> {
    for _ in 0..20 {
        let answer = load::command(control, &sent.first_channel, "ping", json!([])).await?;
        if answer["state"] == "responded" {
            // Effects are committed in batches of at most 50 ms.
            tokio::time::sleep(Duration::from_secs(2)).await;
            return Ok(());
        }
    }
    bail!("the bot no longer answers /ping")
}
