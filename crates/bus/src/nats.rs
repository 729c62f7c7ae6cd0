//! The transport between processes, over NATS.
//!
//! - **Effects** go through a `JetStream` stream of 64 partitions, chosen by guild. A process reads the partitions
//!   that it was told to ([`NatsBus::set_partitions`]); who reads which is decided elsewhere. Events of one partition
//!   come in the order of publication. When NATS fails or a worker gives an event up, that one comes again, and
//!   then it may come after later ones.
//! - **Interactions** go straight to any worker, which says that it has them. They are not stored: an interaction
//!   that nobody takes within half a second is given back to the gateway, which can still answer it.
//!   A worker whose answer was lost may have it all the same: the inbox and Discord, which takes one answer only, see
//!   to it that it has no second effect.
//! - **Nothing rests on NATS's data.** A publisher's [`Ack`] is completed when a worker has *finished* the event. Until
//!   then the publisher keeps it, and publishes it again when it is neither in the stream nor with a worker.
//!   Workers therefore see an event at least once. Within a process, doubles are mostly left out; the inbox in the
//!   database does it for good.
//! - NATS may go away and come back, with or without its data, at any time. Effects wait meanwhile, up to a bound.

mod held;
mod link;
mod options;
mod outbox;
mod partition;
mod publisher;
mod wire;
mod worker;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_core::{clock::SharedClock, event::Envelope, random::Random};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::{held::Held, link::Link, publisher::Publisher, worker::Worker};
pub use self::{
    options::{Options, Storage},
    partition::{PARTITIONS, partition},
};
use crate::{
    Ack, Bus, BusError, Subscription,
    telemetry::{self, Lane},
};

/// What a worker answers that takes an interaction, and one that cannot.
const TAKEN: &[u8] = b"+";
const BUSY: &[u8] = b"-";

/// How long an interaction has been waiting when it is offered, in milliseconds: two machines' clocks may differ by
/// more than Discord waits for an answer.
const AGE: &str = "Guildhall-Age";

/// The transport over NATS. Cloning it gives another handle to the same; dropping the last one ends it at once.
#[derive(Clone, Debug)]
pub struct NatsBus {
    publisher: Arc<Publisher>,
    worker: Arc<Worker>,
    link: Arc<Link>,
    _tasks: Arc<DropGuard>,
}

impl NatsBus {
    /// A transport that connects in the background: that NATS is away now is no error.
    pub async fn connect(
        options: Options,
        clock: SharedClock,
        random: &dyn Random,
    ) -> Result<Self, BusError> {
        options.check()?;
        telemetry::describe();
        // Another one after each start: the numbers of events begin anew then.
        let instance: Arc<str> = format!("{:016x}", random.next_u64()).into();
        let link = Arc::new(Link::open(&options, &format!("guildhall {instance}")).await?);
        let (held, outcomes) = Held::new();
        let publisher =
            Arc::new(Publisher::new(Arc::clone(&link), instance, options.clone(), Arc::clone(&clock)));
        let worker = Arc::new(Worker::new(Arc::clone(&link), options, held, clock));
        let cancel = CancellationToken::new();
        let spawn = |task: BoxFuture<'static, ()>| {
            let cancel = cancel.clone();
            tokio::spawn(async move { cancel.run_until_cancelled(task).await });
        };
        let keeper = Arc::clone(&link);
        spawn(Box::pin(async move { keeper.keep().await }));
        let (sender, listener) = (Arc::clone(&publisher), Arc::clone(&publisher));
        spawn(Box::pin(async move { sender.send().await }));
        spawn(Box::pin(async move { listener.listen().await }));
        for lane in Lane::ALL {
            let chaser = Arc::clone(&publisher);
            spawn(Box::pin(async move { chaser.chase(lane).await }));
        }
        let teller = Arc::clone(&worker);
        spawn(Box::pin(async move { teller.tell(outcomes).await }));
        spawn(Box::pin(Arc::clone(&worker).manage(cancel.child_token())));
        Ok(Self { publisher, worker, link, _tasks: Arc::new(cancel.drop_guard()) })
    }

    /// Which partitions this process's workers read from now on. Takes effect once there is a subscription.
    ///
    /// Whoever takes a partition over begins with everything that is unfinished in it. So that no event is worked on
    /// in two places at once, wait for [`NatsBus::released`] before another process is told to read a partition.
    pub fn set_partitions(&self, partitions: BTreeSet<u32>) {
        self.worker.set_partitions(partitions);
    }

    /// Waits until the partitions that were given up are read no more, and the workers have ended with everything
    /// of them.
    pub async fn released(&self) {
        self.worker.released().await;
        self.worker.told().await;
    }

    /// Whether NATS can be used, as far as is known; a network that drops everything is noticed after a second
    /// or two.
    pub fn connected(&self) -> bool {
        self.link.ready()
    }

    /// Waits until NATS can be used.
    pub async fn wait_connected(&self) {
        self.link.wait().await;
    }

    /// Waits until NATS has all that was published and has been told of all that the workers finished. `false`
    /// when that takes longer than `within`: what is missing then comes again by itself.
    pub async fn flush(&self, within: Duration) -> bool {
        let all = async {
            self.publisher.sent().await;
            self.worker.told().await;
            self.link.client.flush().await.is_ok()
        };
        timeout(within, all).await.unwrap_or(false)
    }
}

impl Bus for NatsBus {
    fn publish(&self, envelope: Envelope<Bytes>, ack: Ack) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(self.publisher.publish(envelope, ack))
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        self.worker.subscribe()
    }

    fn close(&self) {
        self.publisher.close();
        self.worker.close();
    }
}
