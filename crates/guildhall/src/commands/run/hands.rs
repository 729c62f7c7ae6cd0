//! The threads that handle interactions. They are apart from those that read sockets and decide what runs: whatever there
//! is to handle, what comes is seen at once, and what nobody waits for any more is dropped at next to no cost.

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Handle, Runtime};

/// Dropping it ends the threads once what they are at yields.
pub(super) struct Hands(Option<Runtime>);

impl Hands {
    pub(super) fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name("guildhall-hands").enable_all().build();
        Ok(Self(Some(runtime.context("cannot start the threads that handle interactions")?)))
    }

    pub(super) fn handle(&self) -> Option<Handle> {
        self.0.as_ref().map(|runtime| runtime.handle().clone())
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        // Waiting for them is not allowed where other tasks run.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
