//! One event for one feature, inside a transaction that many share.

use std::sync::Arc;

use guildhall_bus::Delivery;
use guildhall_core::{
    event::EventKind,
    id::{GuildId, MessageId},
    l10n::DEFAULT,
};
use guildhall_framework::{
    Ctx, Event, Failure, Feature,
    ctx::{Invocation, Work},
};
use guildhall_store::{StoreError, WriteTx};
use parking_lot::Mutex;
use serde::Deserialize;
use twilight_model::guild::Permissions;

use super::{Dispatcher, guard::guarded};

/// One event, and how many features have still to see it.
#[derive(Debug)]
pub struct Shared {
    delivery: Mutex<Option<Delivery>>,
    event: guildhall_core::event::Envelope<bytes::Bytes>,
    guild: GuildId,
    left: std::sync::atomic::AtomicUsize,
}

/// One event for one feature.
#[derive(Clone, Debug)]
pub struct Unit {
    shared: Arc<Shared>,
    /// The feature, by its place in the registry.
    feature: usize,
    /// Tries that failed.
    pub tries: u32,
}

impl Unit {
    /// The units of an event: one for each feature that is on in its guild and wants it. Without any, the
    /// event is done with.
    pub fn split(dispatcher: &Dispatcher, delivery: Delivery) -> Vec<Self> {
        let services = &dispatcher.services;
        let kind = delivery.envelope.kind;
        let Some(guild) = delivery.envelope.guild else {
            delivery.ack.complete();
            return Vec::new();
        };
        let features = services.registry.features().iter().enumerate();
        let wanted = features.filter(|(_, feature)| {
            services.toggles.enabled(guild, feature) && feature.wants().contains(kind)
        });
        let features: Vec<usize> = wanted.map(|(index, _)| index).collect();
        if features.is_empty() {
            delivery.ack.complete();
            return Vec::new();
        }
        let event = delivery.envelope.clone();
        let left = features.len().into();
        let shared = Arc::new(Shared { delivery: Mutex::new(Some(delivery)), event, guild, left });
        features.into_iter().map(|feature| Self { shared: Arc::clone(&shared), feature, tries: 0 }).collect()
    }

    /// The guild.
    pub fn guild(&self) -> GuildId {
        self.shared.guild
    }

    /// What happened.
    pub fn kind(&self) -> EventKind {
        self.shared.event.kind
    }

    /// The feature.
    pub fn feature<'a>(&self, dispatcher: &'a Dispatcher) -> Option<&'a Feature> {
        dispatcher.services.registry.features().get(self.feature)
    }

    /// What makes the effect happen once: the event, by an id that is the same in every replay, and the
    /// feature.
    pub fn key(&self, feature: &Feature) -> String {
        format!("{}:{}", identity(&self.shared.event), feature.name)
    }

    /// Sees to it that what is known of the guild is there, also where another process looks after it.
    pub async fn know(&self, dispatcher: &Dispatcher) -> Result<(), StoreError> {
        let guild = self.guild();
        dispatcher.know(guild).await?;
        dispatcher.known.hear(self.kind(), guild, &self.shared.event.payload);
        Ok(())
    }

    /// Says that this feature is done with the event; the last one acknowledges it.
    pub fn done(self) {
        use std::sync::atomic::Ordering;
        if self.shared.left.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(delivery) = self.shared.delivery.lock().take()
        {
            delivery.ack.complete();
        }
    }
}

#[derive(Deserialize)]
struct WithId {
    id: MessageId,
}

fn identity(event: &guildhall_core::event::Envelope<bytes::Bytes>) -> String {
    let by_origin = || {
        let origin = &event.origin;
        format!("{}:{}:{}:{}", event.kind.name(), origin.shard, origin.session, origin.sequence)
    };
    // The same message can come over two sessions; everything else is told apart by where it came from.
    if event.kind != EventKind::MessageCreate {
        return by_origin();
    }
    match serde_json::from_slice::<WithId>(&event.payload) {
        Ok(message) => format!("message:{}", message.id),
        Err(_) => by_origin(),
    }
}

impl Dispatcher {
    /// Runs the handlers of one feature on one event. Gives the transaction back, if it is still whole,
    /// with what the handlers left behind: with `gather`, also what is to be counted.
    pub(crate) async fn event(
        &self,
        unit: &Unit,
        write: WriteTx,
        gather: bool,
    ) -> (Option<WriteTx>, Result<Work, Failure>) {
        let Some(feature) = unit.feature(self) else {
            return (Some(write), Err(Failure::internal("the feature is gone")));
        };
        let invocation = self.witness(unit.guild());
        let event = Event {
            kind: unit.kind(),
            guild: unit.guild(),
            received: unit.shared.event.received,
            payload: &unit.shared.event.payload,
        };
        let ctx = Ctx::new(Arc::clone(&self.services), invocation, Some(unit.key(feature))).within(write);
        let mut ctx = if gather { ctx.gathering() } else { ctx };
        let mut result = Ok(());
        for handler in feature.events.iter().filter(|handler| handler.kinds.contains(event.kind)) {
            result = guarded(self.options.event_limit, handler.run(&mut ctx, &event)).await;
            if result.is_err() {
                break;
            }
        }
        let mut work = ctx.finish();
        (work.write.take(), result.map(|()| work))
    }

    /// An event has no caller.
    pub(crate) fn witness(&self, guild: GuildId) -> Invocation {
        let catalogue = self.services.registry.catalogue();
        let facts = self.services.directory.guild(guild);
        let locale = facts.map_or(DEFAULT, |facts| catalogue.negotiate(&facts.locale));
        Invocation {
            guild: Some(guild),
            channel: None,
            user: None,
            user_permissions: Permissions::empty(),
            bot_permissions: Permissions::empty(),
            locale,
            guild_locale: locale,
        }
    }
}
