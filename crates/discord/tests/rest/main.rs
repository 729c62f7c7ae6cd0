//! The REST sender against a server that limits, fails and forgets.

mod limits;
mod outcomes;
mod routes;
mod sandbox;
mod server;

use guildhall_core::id::{ApplicationId, ChannelId, InteractionId, MessageId};
use guildhall_discord::rest::{Call, Priority, Rest, RestError, messages};

fn channel(number: u64) -> ChannelId {
    ChannelId::new(100_000_000_000_000_000 + number).unwrap()
}

fn message(number: u64) -> MessageId {
    MessageId::new(200_000_000_000_000_000 + number).unwrap()
}

fn application() -> ApplicationId {
    ApplicationId::new(300_000_000_000_000_000).unwrap()
}

fn interaction() -> InteractionId {
    InteractionId::new(400_000_000_000_000_000).unwrap()
}

/// A message call whose retry posts nothing twice.
fn say(rest: &Rest, to: ChannelId, nonce: &str) -> Result<Call, RestError> {
    messages::create_call(rest, to, &messages::Draft::text("hello"), Some(nonce), Priority::Command)
}
