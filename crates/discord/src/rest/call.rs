//! One call: a request with what the sender needs to know about it.

use std::fmt;

use guildhall_core::{clock::Timestamp, error::chain};
use twilight_http::request::{Request, TryIntoRequest};

use super::error::RestError;

/// How urgent a call is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Priority {
    /// The first answer to an interaction: somebody looks at a spinner and the token dies in 3 s.
    Interaction,
    /// The rest of a command's work.
    Command,
    /// What follows from an event.
    Event,
    /// Everything that may take minutes.
    Background,
}

impl Priority {
    /// Every priority, most urgent first.
    pub const ALL: [Self; 4] = [Self::Interaction, Self::Command, Self::Event, Self::Background];

    /// The name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interaction => "interaction",
            Self::Command => "command",
            Self::Event => "event",
            Self::Background => "background",
        }
    }
}

/// A request and how it is to be sent.
#[derive(Clone)]
pub struct Call {
    /// What is sent.
    pub request: Request,
    /// Who goes first.
    pub priority: Priority,
    /// When the call is no longer worth sending; it is dropped then and not sent late.
    pub deadline: Option<Timestamp>,
    /// Whether a newer edit of the same message may replace this one while it waits.
    pub coalesce: bool,
    /// Whether a second sending does no harm although the method is not idempotent.
    pub repeatable: bool,
}

impl Call {
    /// A call without a deadline.
    pub fn new(request: Request, priority: Priority) -> Self {
        Self { request, priority, deadline: None, coalesce: false, repeatable: false }
    }

    /// A call with what a builder built, or the builder's complaint.
    pub fn build(builder: impl TryIntoRequest, priority: Priority) -> Result<Self, RestError> {
        let request = builder.try_into_request().map_err(|error| RestError::Validation(chain(&error)))?;
        Ok(Self::new(request, priority))
    }

    /// The call is dropped when it was not sent by then.
    pub fn deadline(mut self, deadline: Timestamp) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// A newer edit of the same message may replace this one while it waits.
    pub fn coalesce(mut self) -> Self {
        self.coalesce = true;
        self
    }

    /// A second sending does no harm: the call is tried again also where its outcome is unknown.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }
}

/// Without path and body: those hold interaction tokens and what people wrote.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.request.method())
            .field("priority", &self.priority)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use twilight_http::request::{Method, RequestBuilder};

    use super::*;

    #[test]
    fn a_debug_print_shows_no_token_and_no_text() {
        let request = RequestBuilder::raw(Method::Post, "interactions/1/secret-token/callback".to_owned())
            .body(b"private words".to_vec())
            .build()
            .unwrap();
        let shown = format!("{:?}", Call::new(request, Priority::Interaction));
        assert!(shown.contains("Interaction") && !shown.contains("secret") && !shown.contains("private"));
    }
}
