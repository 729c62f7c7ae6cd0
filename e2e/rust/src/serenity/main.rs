//! The conformance bot on an unmodified serenity.

mod heard;
mod interactions;
mod orders;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use guildhall_e2e::{Arrival, Orders, Place, say};
use serde_json::json;
use serenity::all::{
    ClientBuilder, GatewayError, GatewayIntents, GuildMembersChunkEvent, Http, HttpBuilder, HttpError,
    ShardManager, ShardMessenger,
};
use tokio::sync::{broadcast, mpsc};

/// What the bot holds.
pub(crate) struct Bot {
    place: Place,
    http: Arc<Http>,
    /// The tokens of interactions, which answers need.
    tokens: Mutex<HashMap<String, String>>,
    /// The way to a shard of each set.
    shards: Mutex<HashMap<&'static str, ShardMessenger>>,
    managers: Mutex<HashMap<&'static str, Arc<ShardManager>>>,
    chunks: broadcast::Sender<GuildMembersChunkEvent>,
    arrivals: [Arrival; 2],
    ended: mpsc::UnboundedSender<()>,
}

impl Bot {
    /// The shards that lead: the old set until it is retired.
    pub(crate) fn shard(&self) -> Option<ShardMessenger> {
        let shards = self.shards.lock().ok()?;
        shards.get("a").or_else(|| shards.get("b")).cloned()
    }

    pub(crate) fn arrival(&self, set: &str) -> &Arrival {
        &self.arrivals[usize::from(set == "b")]
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN).init();
    let place = Place::read()?;
    let (ended, mut end) = mpsc::unbounded_channel();
    let http = Arc::new(http(&place));
    let me = http.get_current_application_info().await.context("no application")?;
    http.set_application_id(me.id);
    let bot = Arc::new(Bot {
        place,
        http,
        tokens: Mutex::default(),
        shards: Mutex::default(),
        managers: Mutex::default(),
        chunks: broadcast::channel(64).0,
        arrivals: [Arrival::default(), Arrival::default()],
        ended,
    });
    tokio::spawn(connect(Arc::clone(&bot), "a", 1));
    let mut orders = Orders::default();
    loop {
        tokio::select! {
            order = orders.next() => match order {
                Some(order) => drop(tokio::spawn(orders::obey(Arc::clone(&bot), order))),
                None => break,
            },
            _ = end.recv() => break,
        }
    }
    let managers: Vec<_> =
        bot.managers.lock().map(|held| held.values().cloned().collect()).unwrap_or_default();
    for manager in managers {
        manager.shutdown_all().await;
    }
    Ok(())
}

/// The library leaves limits to whom it is pointed at: its own limiter ignores the address.
fn http(place: &Place) -> Http {
    HttpBuilder::new(&place.token)
        .proxy(format!("http://{}", place.address))
        .ratelimiter_disabled(true)
        .build()
}

/// Runs one set of shards to its end.
pub(crate) async fn connect(bot: Arc<Bot>, set: &'static str, shards: u32) {
    let intents = GatewayIntents::from_bits_retain(bot.place.intents);
    let handler = heard::Handler { bot: Arc::clone(&bot), set, shards };
    let client = ClientBuilder::new_with_http(http(&bot.place), intents).raw_event_handler(handler).await;
    let outcome = match client {
        Ok(mut client) => {
            if let Ok(mut managers) = bot.managers.lock() {
                managers.insert(set, Arc::clone(&client.shard_manager));
            }
            client.start_shards(shards).await
        }
        Err(error) => Err(error),
    };
    let code = match outcome {
        Ok(()) => return,
        Err(serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents)) => 4014,
        Err(serenity::Error::Gateway(GatewayError::InvalidAuthentication)) => 4004,
        Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(error))) if error.status_code == 401 => 4004,
        Err(error) => return say("error", json!({ "text": format!("{error:?}") })),
    };
    say("closed", json!({ "code": code }));
    let _ = bot.ended.send(());
}
