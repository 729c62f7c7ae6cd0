//! The transport within one process: two bounded queues in memory.

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_core::event::Envelope;

use crate::{
    Ack, Bus, BusError, Delivery, Subscription,
    queue::Queue,
    telemetry::{self, Lane},
};

/// A bus in memory. Cloning it gives another handle to the same.
#[derive(Clone, Debug)]
pub struct InProcess(Queue);

impl InProcess {
    /// A bus that holds up to `capacity` events in each lane.
    pub fn new(capacity: usize) -> Self {
        telemetry::describe();
        Self(Queue::new(capacity))
    }
}

impl Bus for InProcess {
    fn publish(&self, envelope: Envelope<Bytes>, ack: Ack) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            let lane = Lane::of(&envelope);
            self.0.push(Delivery { envelope, ack }).await?;
            telemetry::published(lane);
            Ok(())
        })
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        self.0.subscribe()
    }

    fn close(&self) {
        self.0.close();
    }
}
