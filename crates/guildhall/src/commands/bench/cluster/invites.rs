//! New servers that invite the bot, at an even pace. It welcomes each with a message, which is a request to Discord.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use guildhall_sandbox::{Engine, Sandbox, example};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::commands::bench::{
    control::Control,
    crash::{load::text_channel, verdict::Effects},
    stage::text,
};

/// Nothing more is expected when no welcome came for so long.
const QUIET: Duration = Duration::from_secs(30);

/// A message that is not a notice of Discord's (Discord docs: Message Resource, Message Types).
const ORDINARY: u8 = 0;

/// The running invitations.
pub(super) struct Invites {
    stop: Arc<AtomicBool>,
    inviting: JoinHandle<Result<Vec<u64>>>,
    engine: Arc<Engine>,
}

impl Invites {
    /// Begins, with so many servers a second.
    pub(super) fn start(sandbox: &Sandbox, control: Control, rate: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let inviting = tokio::spawn(invite(control, rate, Arc::clone(&stop)));
        Self { stop, inviting, engine: Arc::clone(sandbox.engine()) }
    }

    /// Ends it, waits for as long as welcomes come, and counts them: one belongs into each server.
    pub(super) async fn stop(self) -> Result<Effects> {
        self.stop.store(true, Ordering::Relaxed);
        let channels = self.inviting.await.context("the invitations ended early")??;
        let mut last = (0, Instant::now());
        loop {
            let effects = welcomes(&self.engine, &channels);
            let came = effects.sent - effects.lost;
            if effects.lost == 0 || (came == last.0 && last.1.elapsed() > QUIET) {
                break;
            }
            if came != last.0 {
                last = (came, Instant::now());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // Those that are doubled would come now.
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(welcomes(&self.engine, &channels))
    }
}

/// The channel of each server that was made.
async fn invite(control: Control, rate: u32, stop: Arc<AtomicBool>) -> Result<Vec<u64>> {
    let mut channels = Vec::new();
    let pause = Duration::from_secs(1) / rate.max(1);
    let began = tokio::time::Instant::now();
    for number in 0_u32.. {
        tokio::time::sleep_until(began + pause * number).await;
        if rate == 0 || stop.load(Ordering::Relaxed) {
            break;
        }
        let owner = example::ADA.to_string();
        let body =
            json!({ "name": format!("New Server {number}"), "owner_id": owner, "channels": ["general"] });
        let guild = text(&control.post("/guilds", body).await?, "id")?;
        control.post(&format!("/guilds/{guild}/bots/{}", example::APPLICATION), json!({})).await?;
        channels.push(text_channel(&control, &owner, &guild).await?.parse()?);
    }
    Ok(channels)
}

fn welcomes(engine: &Engine, channels: &[u64]) -> Effects {
    engine.read(|world| {
        let mut effects = Effects::default();
        for channel in channels {
            let messages = world.messages.get(channel).into_iter().flat_map(|messages| messages.values());
            let found = messages.filter(|message| message.kind == ORDINARY).count() as u64;
            effects.sent += 1;
            effects.lost += u64::from(found == 0);
            effects.doubled += found.saturating_sub(1);
        }
        effects
    })
}
