//! Carries events from the gateway to the workers.
//!
//! What holds for every transport:
//! - An event is handed over together with an [`Ack`]. The publisher's is completed when the event need not
//!   be replayed any more: a transport in memory passes the token on to the worker, one between processes
//!   gives the worker a token of its own, and completes the publisher's when the worker's was completed.
//! - A token that is dropped without [`Ack::complete`] means that the event may not have had its effect.
//!   It comes again: from Discord by a resume in one process, from the transport between processes. Workers
//!   therefore see an event at least once and keep an inbox.
//! - Publishing waits while the transport is full. Interactions have a lane of their own, so that they never
//!   wait behind ordinary events.
//! - Events of one lane arrive in the order in which they were published, over NATS those of one partition
//!   of the lane for effects. Subscriptions share the work: each event goes to one of them.

mod ack;
mod in_process;
pub mod nats;
mod queue;
mod telemetry;

use std::fmt::Debug;

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_core::event::Envelope;

pub use ack::Ack;
pub use in_process::InProcess;
pub use nats::NatsBus;

/// A transport of events.
pub trait Bus: Debug + Send + Sync {
    /// Hands an event over. Waits while the lane is full; dropped while it waits, the event is not handed
    /// over and its token counts as not completed.
    fn publish(&self, envelope: Envelope<Bytes>, ack: Ack) -> BoxFuture<'_, Result<(), BusError>>;

    /// Takes part in the work.
    fn subscribe(&self) -> Box<dyn Subscription>;

    /// Takes no more events. What is queued is still delivered; then every subscription ends.
    fn close(&self);
}

/// A worker's end of the transport.
pub trait Subscription: Debug + Send {
    /// The next event, interactions first; `None` when the bus is closed and empty. May be cancelled
    /// without losing an event.
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>>;
}

/// An event for a worker.
#[derive(Debug)]
pub struct Delivery {
    /// The event.
    pub envelope: Envelope<Bytes>,
    /// To be completed when its effect is durable, or when it needs none.
    pub ack: Ack,
}

/// A failure of the transport.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// The bus is closed.
    #[error("publish on a closed bus")]
    Closed,
    /// No worker took the interaction in the time there is for that. Whoever published it has it back, and may
    /// handle it.
    #[error("hand an interaction to a worker: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
        /// What was to be published.
        delivery: Box<Delivery>,
    },
    /// The event is larger than the server lets a message be.
    #[error(
        "publish an event of {size} bytes: the NATS server takes {most} at most\nhint: raise `max_payload` of the server"
    )]
    TooLarge {
        /// Its size, compressed.
        size: usize,
        /// What the server takes.
        most: usize,
        /// What was to be published.
        delivery: Box<Delivery>,
    },
    /// The transport cannot be set up like this.
    #[error("set up the NATS transport: {0}")]
    Options(String),
}
