//! How the runtime is set up.

use std::time::Duration;

use guildhall_core::id::GuildId;
use tokio::runtime::Handle;

use crate::admission::Limits;

/// How the runtime is set up.
#[derive(Clone, Debug)]
pub struct RuntimeOptions {
    /// Register commands in these guilds alone, where a change shows at once; everywhere when empty.
    pub development_guilds: Vec<GuildId>,
    /// What runs and waits at once.
    pub limits: Limits,
    /// When an interaction that was not started is given up. Discord gives 3 s (Discord docs:
    /// Interactions, Receiving and Responding); the rest is for the way.
    pub start_within: Duration,
    /// When an interaction that is not answered yet is deferred.
    pub defer_after: Duration,
    /// How long a handler of an interaction may take.
    pub command_limit: Duration,
    /// How old a message may be whose text command is run. What was written while the bot was away for longer is let
    /// be. Less than what the inbox remembers.
    pub text_within: Duration,
    /// How long a handler of a text command may take. The cursor of its shard waits meanwhile.
    pub text_limit: Duration,
    /// How long a handler of an event may take. It holds up other events meanwhile.
    pub event_limit: Duration,
    /// Events in one transaction.
    pub batch: usize,
    /// How long a batch waits to fill up.
    pub batch_wait: Duration,
    /// How long a batch keeps the writer where somebody else waits for it.
    pub batch_hold: Duration,
    /// After how long a batch commits in any case. What is not committed is done again after a crash, and a
    /// batch that takes longer than the time between two crashes would never come to its end.
    pub batch_longest: Duration,
    /// KiB of events that may be on their way at once; each event counts as one at least.
    pub kib_in_flight: u32,
    /// How often an event is tried before it is given up.
    pub event_tries: u32,
    /// Messages that are sent at once.
    pub sending: usize,
    /// By when all periodic work has run once after the start, and schedules that are new.
    pub first_jobs_within: Duration,
    /// How many jobs run at once.
    pub jobs: JobLimits,
    /// The threads that handle interactions, where those are not the threads of everything else. With threads of their
    /// own, the sockets are read, and what is over is dropped, however much there is to handle.
    pub hands: Option<Handle>,
}

impl RuntimeOptions {
    /// Where interactions are handled.
    pub(crate) fn hands(&self) -> Handle {
        self.hands.clone().unwrap_or_else(Handle::current)
    }
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self {
            development_guilds: Vec::new(),
            limits: Limits::default(),
            start_within: Duration::from_millis(2_700),
            defer_after: Duration::from_millis(1_500),
            command_limit: Duration::from_mins(5),
            text_within: Duration::from_mins(2),
            text_limit: Duration::from_mins(1),
            event_limit: Duration::from_secs(5),
            batch: 500,
            batch_wait: Duration::from_millis(50),
            batch_hold: Duration::from_millis(20),
            batch_longest: Duration::from_millis(100),
            kib_in_flight: 16_384,
            event_tries: 3,
            sending: 64,
            first_jobs_within: Duration::from_secs(10),
            jobs: JobLimits::default(),
            hands: None,
        }
    }
}

/// How many jobs run at once.
#[derive(Clone, Copy, Debug)]
pub struct JobLimits {
    /// In this process.
    pub running: usize,
    /// Of one guild, in all processes.
    pub running_per_party: u32,
}

impl Default for JobLimits {
    fn default() -> Self {
        Self { running: 16, running_per_party: 3 }
    }
}
