//! What waits to be sent to addresses that applications registered: their interactions and their events.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::{
    model::EventWebhooksStatus,
    snowflake::Id,
    world::{Dispatch, World},
};

/// The most that waits; beyond it the newest are lost, as they are when an address is down for long.
const MOST: usize = 10_000;

/// The queue, in order.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    waiting: Mutex<VecDeque<Parcel>>,
    came: Notify,
}

/// One thing to be sent.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// Whose address.
    pub application_id: Id,
    /// The event's name; `INTERACTION_CREATE` goes to the address for interactions.
    pub event: &'static str,
    /// The event's data.
    pub data: Bytes,
}

impl Outgoing {
    /// Keeps what an application wants to be sent; what it does not want is dropped.
    pub(super) fn push(&self, world: &World, application_id: Id, dispatch: &Dispatch) {
        let Some(application) = world.applications.get(&application_id) else { return };
        let hooks = &application.event_webhooks;
        let wanted = dispatch.event == "INTERACTION_CREATE"
            || (hooks.status == EventWebhooksStatus::Enabled
                && hooks.types.iter().any(|name| name == dispatch.event));
        let Some(data) = dispatch.payload.full().filter(|_| wanted) else { return };
        let mut waiting = self.waiting.lock();
        if waiting.len() < MOST {
            waiting.push_back(Parcel { application_id, event: dispatch.event, data: data.clone() });
            self.came.notify_one();
        }
    }

    /// Forgets what waits.
    pub(super) fn clear(&self) {
        self.waiting.lock().clear();
    }

    /// The next in order, as soon as there is one.
    pub(crate) async fn next(&self) -> Parcel {
        loop {
            if let Some(parcel) = self.waiting.lock().pop_front() {
                return parcel;
            }
            self.came.notified().await;
        }
    }
}
