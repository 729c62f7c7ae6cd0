//! The token that says that an event is done with.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;

use crate::telemetry;

/// Completed once the event's effect is durable or it needs none. Dropped before that, the event comes again.
pub struct Ack(Option<Box<dyn FnOnce() + Send>>);

impl Ack {
    /// A token that calls this when it is completed, and drops it uncalled otherwise.
    pub fn new(complete: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(complete)))
    }

    /// Two tokens for two who work on the same event: it is done with when both are completed.
    pub fn split(self) -> (Self, Self) {
        let whole = Arc::new((AtomicBool::new(false), Mutex::new(self)));
        let half = |whole: Arc<(AtomicBool, Mutex<Self>)>| {
            Self::new(move || {
                let (other_is_done, ack) = &*whole;
                if other_is_done.swap(true, Ordering::AcqRel) {
                    std::mem::replace(&mut *ack.lock(), Self(None)).complete();
                }
            })
        };
        (half(Arc::clone(&whole)), half(whole))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_token_is_completed_by_both_halves_and_by_no_less() {
        let done = Arc::new(AtomicBool::new(false));
        let halves = || {
            let done = Arc::clone(&done);
            Ack::new(move || done.store(true, Ordering::SeqCst)).split()
        };
        let (one, other) = halves();
        one.complete();
        drop(other);
        let (one, other) = halves();
        drop(one);
        other.complete();
        let (one, other) = halves();
        one.complete();
        assert!(!done.load(Ordering::SeqCst));
        other.complete();
        assert!(done.load(Ordering::SeqCst));
    }
}
