//! The one REST sender: every request to Discord leaves through [`Rest::send`].
//!
//! Requests are built and validated by `twilight-http`'s builders; sending is ours, because a stock
//! sender retries a global 429 at once and so walks into the ban on invalid requests.

pub mod call;
pub mod commands;
pub mod error;
pub mod files;
pub mod gateway_info;
pub mod guilds;
pub mod interactions;
pub mod mentions;
pub mod messages;
pub mod pool;
pub mod portion;
pub mod response;
pub mod stats;

mod backoff;
mod breaker;
mod bucket;
mod coalesce;
mod driver;
mod global;
mod lane;
mod outgoing;
mod route;
mod scheduler;
mod spacing;
mod telemetry;
mod transport;
mod verdict;

use std::{fmt, sync::Arc, time::Duration};

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    random::SharedRandom,
    secret::SecretString,
};
use twilight_http::Client;

pub use self::{
    call::{Call, Priority},
    error::RestError,
    gateway_info::GatewayInfo,
    pool::{SharedRate, Taken},
    portion::{Demand, Portion},
    response::Response,
    stats::{BreakerState, RestStats},
};
use self::{driver::Driver, outgoing::Outgoing, scheduler::Submission, transport::Transport};

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
pub struct Rest {
    builder: Arc<Client>,
    driver: Arc<Driver>,
    clock: SharedClock,
    global_per_second: u32,
}

impl Rest {
    /// A sender with these options. Call it inside a Tokio runtime.
    #[expect(clippy::needless_pass_by_value, reason = "the options hold the token and belong to the sender")]
    pub fn new(options: RestOptions, clock: SharedClock, random: SharedRandom) -> Result<Self, RestError> {
        #[expect(clippy::disallowed_methods, reason = "this client only builds requests")]
        let builder = Client::builder().ratelimiter(None).default_allowed_mentions(mentions::none()).build();
        let driver = Driver::start(&options, Transport::new(&options)?, clock.now(), random);
        let global_per_second = options.global_per_second.max(1);
        Ok(Self { builder: Arc::new(builder), driver, clock, global_per_second })
    }

    /// Builds and validates requests; it never sends. Message builders made from it ping nobody
    /// unless they name whom they may ping.
    pub fn builder(&self) -> &Client {
        &self.builder
    }

    /// Sends one request when its limits allow, and waits for the answer. An answer that is not a
    /// success is an error. Dropping the future takes a call back that was not yet sent.
    pub async fn send(&self, call: Call) -> Result<Response, RestError> {
        mentions::check(&call.request)?;
        let deadline = call.deadline.map(|deadline| self.on_driver_clock(deadline));
        let submission = Submission {
            request: Outgoing::new(&call.request)?,
            priority: call.priority,
            deadline,
            coalesce: call.coalesce,
            repeatable: call.repeatable,
        };
        self.driver.send(submission).await
    }

    /// Keeps to a part of what all processes of the bot share. Until this is called the bot's limits are this
    /// process's alone.
    pub fn keep_to(&self, portion: Portion) {
        self.driver.keep_to(portion);
    }

    /// Takes the limit over all routes from a rate that all processes share, while that is there and all of them find it
    /// ([`Portion::pooled`]). Call it once, inside a Tokio runtime.
    pub fn pool(&self, rate: Arc<dyn SharedRate>) {
        self.driver.pool(rate, self.global_per_second);
    }

    /// What this sender asks for, for those that divide.
    pub fn demand(&self) -> Demand {
        self.driver.demand()
    }

    /// Requests per second that the whole bot may make.
    pub fn global_per_second(&self) -> u32 {
        self.global_per_second
    }

    /// Leaves at least so long between two requests of background priority, beside every limit of Discord's. Everything
    /// else goes on as before.
    pub fn space_out_background(&self, gap: Duration) {
        self.driver.space_out(gap);
    }

    /// Figures for the queue view and for the metrics.
    pub fn stats(&self) -> RestStats {
        self.driver.stats()
    }

    /// Takes no more calls, and waits until all that were taken are answered or the deadline is
    /// reached; calls that still wait then fail with [`RestError::Stopping`].
    pub async fn drain(&self, deadline: Timestamp) {
        self.driver.drain(self.on_driver_clock(deadline)).await;
    }

    /// The driver counts time from its own start, so that no change of the machine's clock stalls it.
    fn on_driver_clock(&self, at: Timestamp) -> Timestamp {
        self.driver.now() + at.since(self.clock.now())
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
