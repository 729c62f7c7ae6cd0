//! The conformance bot on an unmodified twilight.

mod heard;
mod interactions;
mod messages;
mod orders;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use guildhall_e2e::{Arrival, Orders, Place, say};
use serde_json::json;
use tokio::sync::{broadcast, mpsc};
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, MessageSender, Shard, ShardId, ShardState,
    StreamExt as _,
};
use twilight_http::Client;
use twilight_model::gateway::payload::incoming::MemberChunk;
use twilight_model::id::{Id, marker::ApplicationMarker};

/// What the bot holds.
pub(crate) struct Bot {
    place: Place,
    http: Client,
    application: Id<ApplicationMarker>,
    /// The tokens of interactions, which answers need.
    tokens: Mutex<HashMap<String, String>>,
    /// The shards of each set.
    senders: Mutex<HashMap<&'static str, Vec<MessageSender>>>,
    chunks: broadcast::Sender<MemberChunk>,
    arrivals: [Arrival; 2],
    ended: mpsc::UnboundedSender<()>,
}

impl Bot {
    /// The shard that leads: of the old set until it is retired.
    pub(crate) fn sender(&self) -> Option<MessageSender> {
        let senders = self.senders.lock().ok()?;
        senders.get("a").or_else(|| senders.get("b"))?.first().cloned()
    }

    pub(crate) fn arrival(&self, set: &str) -> &Arrival {
        &self.arrivals[usize::from(set == "b")]
    }

    /// Starts a set of shards.
    pub(crate) fn connect(self: &Arc<Self>, set: &'static str, shards: u32) {
        let intents = Intents::from_bits_retain(self.place.intents);
        let config = ConfigBuilder::new(self.place.token.clone(), intents)
            .proxy_url(format!("ws://{}", self.place.address))
            .build();
        let made: Vec<Shard> = (0..shards)
            .map(|shard| Shard::with_config(ShardId::new(shard, shards), config.clone()))
            .collect();
        if let Ok(mut senders) = self.senders.lock() {
            senders.insert(set, made.iter().map(Shard::sender).collect());
        }
        for shard in made {
            tokio::spawn(run(Arc::clone(self), set, shards, shard));
        }
    }

    /// Ends a set of shards in order.
    pub(crate) fn retire(&self, set: &str) {
        let senders = self.senders.lock().ok().and_then(|mut held| held.remove(set));
        for sender in senders.unwrap_or_default() {
            let _ = sender.close(CloseFrame::NORMAL);
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).init();
    // The library prepares TLS even for addresses without it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let place = Place::read()?;
    #[expect(clippy::disallowed_methods, reason = "a bot of its own, not Guildhall's sender")]
    let http = Client::builder().token(place.token.clone()).proxy(place.address.clone(), true).build();
    let application = http.current_user_application().await?.model().await?.id;
    let (ended, mut end) = mpsc::unbounded_channel();
    let bot = Arc::new(Bot {
        place,
        http,
        application,
        tokens: Mutex::default(),
        senders: Mutex::default(),
        chunks: broadcast::channel(64).0,
        arrivals: [Arrival::default(), Arrival::default()],
        ended,
    });
    bot.connect("a", 1);
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
    bot.retire("a");
    bot.retire("b");
    Ok(())
}

/// Runs one shard to its end.
async fn run(bot: Arc<Bot>, set: &'static str, shards: u32, mut shard: Shard) {
    let mut last = None;
    while let Some(item) = shard.next_event(EventTypeFlags::all()).await {
        match item {
            Ok(event) => {
                if let Event::GatewayClose(frame) = &event {
                    last = frame.as_ref().map(|frame| frame.code);
                }
                heard::note(&bot, set, shards, shard.id().number(), &event);
                if set == "a" || matches!(event, Event::MessageCreate(_)) {
                    heard::tell(set, event);
                }
            }
            // A connection that cannot be made is tried again; what cannot be read is a fault.
            Err(error) if error.to_string().contains("deserialized") => {
                say("error", json!({ "text": format!("{error:?}") }));
            }
            Err(error) => eprintln!("{error:?}"),
        }
    }
    if shard.state() == ShardState::FatallyClosed && last.is_some_and(|code| code >= 4000) {
        say("closed", json!({ "code": last }));
        let _ = bot.ended.send(());
    }
}
