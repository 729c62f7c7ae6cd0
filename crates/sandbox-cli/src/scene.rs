//! A sandbox with many servers in this process, and its takers in another.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail};
use guildhall_sandbox::{
    Limits, Options, Sandbox, Seed,
    gateway::intents::Intents,
    snowflake::Id,
    world::{BulkGuilds, NewApplication},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::watch,
};

use super::takers::Told;
use crate::figures;

/// How long all servers may take to reach the takers.
const PATIENCE: Duration = Duration::from_mins(5);

/// What the world holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) guilds: u32,
    pub(super) shards: u32,
    pub(super) channels: u16,
    pub(super) roles: u16,
}

/// A running sandbox and its takers.
pub(super) struct Scene {
    pub(super) sandbox: Sandbox,
    pub(super) application_id: Id,
    told: watch::Receiver<Told>,
    // Ends with the scene.
    takers: Child,
    taker_process: u32,
}

/// What the two processes have used so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    pub(super) sandbox: Duration,
    pub(super) takers: Duration,
}

impl Scene {
    /// Makes the world and starts the takers. They are not connected yet when this returns.
    pub(super) async fn set(
        words: &[&str],
        size: Size,
        limits: Limits,
        bare: Option<SocketAddr>,
    ) -> Result<Self> {
        let options = Options {
            seed: Seed::Empty,
            web_client: false,
            limits: Limits {
                max_concurrency: size.shards,
                identify_window: 1_000,
                replay_events: 16_384,
                ..limits
            },
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await?;
        let application = NewApplication {
            name: "Load".to_owned(),
            token: None,
            privileged: Intents::PRIVILEGED,
            owner_id: None,
        };
        let (application_id, token) = sandbox.engine().try_apply(|world, now| {
            let id = world.create_application(application, now)?;
            let owner_id = world.create_user("owner", None, now);
            let bulk = BulkGuilds {
                count: size.guilds,
                pattern: None,
                channels: size.channels,
                roles: size.roles,
                members: 50,
                application_ids: vec![id],
                owner_id,
            };
            world.create_bulk(&bulk, now)?;
            let token = world.application(id)?.token.clone();
            Ok::<_, guildhall_sandbox::world::WorldError>(((id, token), Vec::new()))
        })?;
        let (takers, told) = start(words, &sandbox.gateway_url(), &token, size.shards, bare)?;
        let taker_process = takers.id().context("the takers ended at once")?;
        Ok(Self { sandbox, application_id, told, takers, taker_process })
    }

    /// What the takers last told.
    pub(super) fn told(&self) -> Told {
        *self.told.borrow()
    }

    /// Waits until the takers have told something that fits.
    pub(super) async fn until(&mut self, what: &str, fits: impl Fn(&Told) -> bool) -> Result<Told> {
        let found = tokio::time::timeout(PATIENCE, self.told.wait_for(fits)).await;
        let found = found.map(|told| told.map(|told| *told));
        match found {
            Ok(Ok(told)) => Ok(told),
            Ok(Err(_)) => bail!("the takers ended while waiting for {what}"),
            Err(_) => bail!("waited {} s for {what}; last: {:?}", PATIENCE.as_secs(), self.told()),
        }
    }

    pub(super) fn used(&self) -> Result<Used> {
        Ok(Used { sandbox: figures::cpu(std::process::id())?, takers: figures::cpu(self.taker_process)? })
    }

    pub(super) async fn end(mut self) -> Result<()> {
        self.takers.kill().await.context("end the takers")?;
        self.sandbox.shutdown().await;
        Ok(())
    }
}

impl Used {
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            sandbox: self.sandbox.saturating_sub(before.sandbox),
            takers: self.takers.saturating_sub(before.takers),
        }
    }
}

fn start(
    words: &[&str],
    gateway: &str,
    token: &str,
    shards: u32,
    bare: Option<SocketAddr>,
) -> Result<(Child, watch::Receiver<Told>)> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let mut command = Command::new(program);
    command.args(words).args(["takers", "--gateway", gateway, "--token", token]);
    command.args(["--shards", &shards.to_string()]);
    if let Some(address) = bare {
        command.args(["--bare", &address.to_string()]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().context("cannot start the takers")?;
    let out = child.stdout.take().context("the takers have no output")?;
    let (tell, told) = watch::channel(Told::default());
    tokio::spawn(async move {
        let mut lines = BufReader::new(out).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            match serde_json::from_str(&line) {
                Ok(seen) => tell.send_replace(seen),
                Err(error) => {
                    eprintln!("the takers said something else ({error}): {line}");
                    return;
                }
            };
        }
    });
    Ok((child, told))
}
