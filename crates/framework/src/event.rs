//! Handlers of gateway events that have effects.

use futures::future::BoxFuture;
use guildhall_core::{
    clock::Timestamp,
    event::{EventKind, EventSet},
    id::GuildId,
};
use serde::Deserialize;

use crate::{ctx::Ctx, failure::Failure};

/// One event in a guild.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What happened.
    pub kind: EventKind,
    /// Where.
    pub guild: GuildId,
    /// When the gateway delivered it.
    pub received: Timestamp,
    /// The raw `d` of the dispatch.
    pub payload: &'a [u8],
}

impl<'a> Event<'a> {
    /// The parts of the payload that the handler needs.
    pub fn read<T: Deserialize<'a>>(&self) -> Result<T, Failure> {
        serde_json::from_slice(self.payload).map_err(Failure::unreadable)
    }
}

/// Does something when an event happens. Runs inside the transaction that makes the event's effects
/// durable, together with other events: quick, and with no waiting on anything but the database.
pub trait OnEvent: 'static {
    /// The kinds it wants.
    const KINDS: EventSet;

    /// Handles one event.
    fn run<'a>(
        ctx: &'a mut Ctx,
        event: &'a Event<'a>,
    ) -> impl Future<Output = Result<(), Failure>> + Send + 'a;
}

type Run = for<'a> fn(&'a mut Ctx, &'a Event<'a>) -> BoxFuture<'a, Result<(), Failure>>;

/// An [`OnEvent`] among others.
#[derive(Clone, Copy)]
pub struct EventHandler {
    /// The kinds it wants.
    pub kinds: EventSet,
    run: Run,
}

impl EventHandler {
    /// The handler `H`.
    pub fn of<H: OnEvent>() -> Self {
        Self { kinds: H::KINDS, run: |ctx, event| Box::pin(H::run(ctx, event)) }
    }

    /// Handles one event.
    pub fn run<'a>(&self, ctx: &'a mut Ctx, event: &'a Event<'a>) -> BoxFuture<'a, Result<(), Failure>> {
        (self.run)(ctx, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Unreadable;

    #[derive(Debug, Deserialize)]
    struct Wrong {
        #[expect(dead_code, reason = "never read, because it does not read")]
        id: u32,
    }

    #[test]
    fn a_payload_that_does_not_read_is_not_quoted() {
        let payload = br#"{"id":"what somebody wrote"}"#;
        let event = Event {
            kind: EventKind::MessageCreate,
            guild: GuildId::new(1).unwrap(),
            received: Timestamp(0),
            payload,
        };
        let Err(Failure::Internal(cause)) = event.read::<Wrong>() else { panic!("it reads") };
        assert!(cause.is::<Unreadable>());
        let told = cause.to_string();
        assert!(told.contains("line 1") && !told.contains("somebody"), "{told}");
    }
}
