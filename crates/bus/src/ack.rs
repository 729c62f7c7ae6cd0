//! The token that says that an event is done with.

use std::fmt;

use crate::telemetry;

/// Completed once the event's effect is durable or it needs none. Dropped before that, the event comes again.
pub struct Ack(Option<Box<dyn FnOnce() + Send>>);

impl Ack {
    /// A token that calls this when it is completed, and drops it uncalled otherwise.
    pub fn new(complete: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(complete)))
    }

    /// The event is done with.
    pub fn complete(mut self) {
        if let Some(complete) = self.0.take() {
            complete();
        }
    }
}

impl Drop for Ack {
    fn drop(&mut self) {
        if self.0.is_some() {
            telemetry::abandoned();
        }
    }
}

impl fmt::Debug for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ack(..)")
    }
}
