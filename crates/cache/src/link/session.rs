//! The connections to Redis, from their beginning to their end: one for commands, one for messages.

use std::{future::Future, time::Duration};

use futures::StreamExt as _;
use redis::{AsyncConnectionConfig, Msg, RedisError, RedisResult, aio::MultiplexedConnection};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::Link;
use crate::{
    Pattern,
    message::{Change, Message, within},
    telemetry,
};

/// After so many beats without hearing one, a process is deaf.
const DEAF: u32 = 3;

impl Link {
    /// Keeps the connection, for ever.
    pub(crate) async fn keep(&self) {
        let mut complained = false;
        loop {
            match self.session(&mut complained).await {
                // The breaker has said why.
                Ok(()) => {}
                Err(error) => {
                    let was = self.available();
                    self.trip(&error);
                    if !was && !complained {
                        telemetry::unavailable(&error);
                    }
                    complained = true;
                }
            }
            sleep(self.options.retry).await;
        }
    }

    /// One connection, from its beginning to its end.
    async fn session(&self, complained: &mut bool) -> RedisResult<()> {
        let patience = self.options.connect_timeout;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience))
            // A sweep over many keys takes its time; lookups have a shorter patience of their own.
            .set_response_timeout(Some(Duration::from_secs(5)));
        let connect = self.client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = within_time(patience, connect).await?;
        let pubsub = within_time(patience, self.client.get_async_pubsub()).await?;
        let (mut sink, mut messages) = pubsub.split();
        let beats = format!("{}:beat:{}", self.options.prefix, self.instance);
        within_time(patience, sink.subscribe(&[self.channel(), beats.clone()])).await?;
        // From here on nothing is missed. What was missed before may be anything.
        self.local.forget_all();
        loop {
            let changes = {
                let mut pending = self.pending.lock();
                let changes = pending.catch_up();
                if changes.is_empty() {
                    self.slow.store(0, std::sync::atomic::Ordering::Relaxed);
                    *self.connection.write() = Some(connection.clone());
                }
                changes
            };
            if changes.is_empty() {
                break;
            }
            self.make_up(&mut connection, changes).await?;
        }
        *complained = false;
        telemetry::available();
        let mut beat = interval(self.options.beat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => {
                        heard = Instant::now();
                        self.heard(&message).await;
                    }
                    None => return Err(ended("the connection for messages ended")),
                },
                _ = beat.tick() => {
                    if heard.elapsed() > self.options.beat * DEAF {
                        return Err(ended("no message comes through"));
                    }
                    let beats = beats.clone();
                    let _: Option<()> = self
                        .run(|mut connection| async move {
                            redis::cmd("PUBLISH").arg(beats).arg("").query_async(&mut connection).await
                        })
                        .await;
                }
                () = self.tripped.notified() => if !self.available() {
                    return Ok(());
                },
            }
        }
    }

    /// Makes changes that could not be made. Those that fail again are kept.
    async fn make_up(&self, connection: &mut MultiplexedConnection, changes: Vec<Change>) -> RedisResult<()> {
        let mut changes = changes.into_iter();
        while let Some(change) = changes.next() {
            let done = match &change {
                Change::Key { .. } => self.removal(&change, &self.word()).query_async(connection).await,
                Change::Clear { scope, pattern } => match within(scope.as_deref()) {
                    Some(within) => {
                        self.sweep(connection, within, &Pattern::new(pattern), &change).await.map(|_| ())
                    }
                    None => Ok(()),
                },
            };
            if let Err(error) = done {
                let mut pending = self.pending.lock();
                std::iter::once(change).chain(changes).for_each(|change| pending.keep(change));
                return Err(error);
            }
        }
        Ok(())
    }

    async fn heard(&self, message: &Msg) {
        if message.get_channel_name() != self.channel() {
            return;
        }
        match serde_json::from_slice::<Message>(message.get_payload_bytes()) {
            Ok(message) if message.from == self.instance => {}
            Ok(message) => {
                self.local.apply(&message.change).await;
                telemetry::changed(false);
            }
            Err(error) => {
                telemetry::not_a_change(&error);
                self.local.forget_all();
            }
        }
    }
}

async fn within_time<T>(patience: Duration, work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(patience, work).await.unwrap_or_else(|_| Err(ended("it does not answer")))
}

fn ended(what: &'static str) -> RedisError {
    RedisError::from(std::io::Error::other(what))
}
