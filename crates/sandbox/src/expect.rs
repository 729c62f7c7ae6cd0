//! What a bot is expected to do, looked for since something was last done, within a time.

mod calls;
mod like;
mod messages;
mod sessions;

use std::{future::IntoFuture, time::Duration};

use futures::future::BoxFuture;
use thiserror::Error;

pub use calls::{Answer, AnswerLook, Calls};
pub use like::fits;
pub use messages::{MessageLook, ReactionLook};
pub use sessions::{Ready, SessionLook};

use crate::{Engine, Hands, hands::Mark, snowflake::Id};

/// How long is waited unless something else is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was expected and did not happen, or happened though it should not.
#[derive(Clone, Debug, Error)]
#[error("expected {wanted}; {seen}")]
pub struct Unmet {
    /// What was expected.
    pub wanted: String,
    /// What was seen in its place.
    pub seen: String,
}

/// Something that can be looked for.
pub trait Look {
    /// What is found.
    type Found;

    /// What is looked for, in words.
    fn wanted(&self) -> String;

    /// What is there since the mark, or what is there in its place.
    fn look(&self, engine: &Engine, since: Mark) -> Result<Self::Found, String>;
}

/// Begins an expectation.
#[derive(Clone, Debug)]
pub struct Expects {
    hands: Hands,
    since: Mark,
}

/// An expectation; awaiting it waits until it is met.
#[derive(Clone, Debug)]
pub struct Expect<L> {
    hands: Hands,
    since: Mark,
    within: Duration,
    pub(crate) look: L,
}

impl Expects {
    pub(crate) fn new(hands: Hands) -> Self {
        Self { since: hands.last(), hands }
    }

    /// From the very beginning, not only since something was last done.
    pub fn ever(mut self) -> Self {
        self.since = Mark::default();
        self
    }

    /// Anything that can be looked for.
    pub fn that<L: Look>(self, look: L) -> Expect<L> {
        Expect { hands: self.hands, since: self.since, within: PATIENCE, look }
    }

    /// A message.
    pub fn message(self) -> Expect<MessageLook> {
        self.that(MessageLook::default())
    }

    /// A reaction to a message.
    pub fn reaction(self, message: Id, emoji: &str) -> Expect<ReactionLook> {
        self.that(ReactionLook { message, emoji: emoji.to_owned(), by: None })
    }

    /// Requests of a route, such as `POST /channels/{}/messages`: once or more, unless told how often.
    pub fn rest(self, route: &str) -> Expect<Calls> {
        self.that(Calls::of(route))
    }

    /// An answer to an interaction.
    pub fn answer(self, interaction: Id) -> Expect<AnswerLook> {
        self.that(AnswerLook::to(interaction))
    }

    /// An application with so many sessions that have what they need.
    pub fn connected(self, application: Id) -> Expect<SessionLook> {
        self.ever().that(SessionLook { application: Some(application), ready: Ready::Connected, count: 1 })
    }

    /// A session that was resumed.
    pub fn resumed(self, application: Id) -> Expect<SessionLook> {
        self.that(SessionLook { application: Some(application), ready: Ready::Resumed, count: 1 })
    }

    /// A session that was opened by an identify.
    pub fn identified(self, application: Id) -> Expect<SessionLook> {
        self.that(SessionLook { application: Some(application), ready: Ready::Identified, count: 1 })
    }
}

impl<L: Look> Expect<L> {
    /// How long to wait.
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// The opposite: it must not happen within the time, which is waited out.
    pub async fn never(self) -> Result<(), Unmet> {
        let found = self.hands.until(self.within, |engine| self.look.look(engine, self.since)).await;
        match found {
            Ok(_) => {
                Err(Unmet { wanted: format!("no {}", self.look.wanted()), seen: "but it came".to_owned() })
            }
            Err(_) => Ok(()),
        }
    }

    async fn met(self) -> Result<L::Found, Unmet> {
        let found = self.hands.until(self.within, |engine| self.look.look(engine, self.since)).await;
        found.map_err(|seen| Unmet { wanted: self.look.wanted(), seen })
    }
}

impl<L: Look + Send + Sync + 'static> IntoFuture for Expect<L>
where
    L::Found: Send,
{
    type Output = Result<L::Found, Unmet>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.met())
    }
}
