//! The connection, and the stream that must be there: made where it is missing, whatever happens to the server.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_nats::{
    Client,
    connection::State,
    jetstream::{
        self, Context,
        consumer::{AckPolicy, Consumer, pull},
        context::{CreateStreamErrorKind, GetStreamErrorKind},
        stream::{self, LastRawMessageErrorKind},
    },
};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::Options;
use crate::{BusError, telemetry};

/// How often one looks whether all is well.
const LOOK: Duration = Duration::from_millis(500);

/// How long the server may take to say so.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a stream may take to be made: a cluster elects a leader for it first.
const MAKING: Duration = Duration::from_secs(5);

/// Events that the server hands out of one partition before it hears of their ends.
const PENDING: i64 = 1024;

/// What is known of the server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Status {
    /// Whether it answers and has the stream.
    pub(super) ready: bool,
    /// Counts connections and streams: what was handed out in an earlier epoch is not acknowledged.
    pub(super) epoch: u64,
    /// Counts the streams alone: a new one has nothing of what was stored.
    pub(super) streams: u64,
}

/// The connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) jetstream: Context,
    options: Options,
    status: watch::Sender<Status>,
    nudge: Arc<Notify>,
}

/// What one knows of the server from the last look.
#[derive(Debug, Default)]
struct Known {
    connects: u64,
    created: Option<i128>,
    /// Whether the stream was made to be as this process wants it. Once is enough: another process may be set up
    /// in another way, and they are not to take turns.
    configured: bool,
    complained: bool,
}

impl Link {
    /// A connection that comes about in the background.
    pub(super) async fn open(options: &Options, name: &str) -> Result<Self, BusError> {
        let nudge = Arc::new(Notify::new());
        let status = watch::Sender::new(Status::default());
        let told = (Arc::clone(&nudge), status.clone());
        let connect = options.connect(name)?.event_callback(move |event| {
            let (nudge, status) = told.clone();
            async move {
                if event == async_nats::Event::Disconnected {
                    unready(&status);
                }
                nudge.notify_one();
            }
        });
        let client = connect.connect(options.addresses()?).await;
        let client = client.map_err(|error| BusError::Options(error.to_string()))?;
        let jetstream =
            jetstream::ContextBuilder::new().timeout(Duration::from_secs(2)).build(client.clone());
        Ok(Self { client, jetstream, options: options.clone(), status, nudge })
    }

    pub(super) fn status(&self) -> Status {
        *self.status.borrow()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Whether the server can be used, as far as one knows.
    pub(super) fn ready(&self) -> bool {
        self.status().ready && self.client.connection_state() == State::Connected
    }

    /// Waits until it can be used.
    pub(super) async fn wait(&self) -> Status {
        let mut status = self.status.subscribe();
        // The sender is in `self`, so the wait does not fail.
        status.wait_for(|status| status.ready).await.map_or_else(|_| Status::default(), |status| *status)
    }

    /// Somebody has met a difficulty: look now.
    pub(super) fn look(&self) {
        self.nudge.notify_one();
    }

    /// Keeps the stream in being, for ever.
    pub(super) async fn keep(&self) {
        let mut known = Known::default();
        loop {
            self.inspect(&mut known).await;
            // A nudge or the end of the wait: both are a reason to look.
            let _ = timeout(LOOK, self.nudge.notified()).await;
            // Many may nudge at once.
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn inspect(&self, known: &mut Known) {
        let connects = self.client.statistics().connects.load(Ordering::Relaxed);
        let found = match timeout(MAKING, self.ensure(!known.configured)).await {
            Ok(found) if self.client.connection_state() == State::Connected => found,
            Ok(_) => Err("there is no connection".to_owned()),
            Err(_) => Err("it does not answer".to_owned()),
        };
        match found {
            Ok(created) => {
                let before = known.created.replace(created);
                let new_stream = before.is_some_and(|before| before != created);
                let new_epoch = new_stream || known.connects != connects;
                known.connects = connects;
                if new_stream {
                    telemetry::stream_is_new();
                }
                if !self.status().ready {
                    telemetry::connected();
                }
                known.complained = false;
                known.configured = true;
                self.status.send_if_modified(|status| {
                    let old = *status;
                    status.ready = true;
                    status.epoch += u64::from(new_epoch);
                    status.streams += u64::from(new_stream);
                    *status != old
                });
            }
            Err(error) => {
                if !known.complained {
                    known.complained = true;
                    telemetry::unreachable(&error);
                }
                unready(&self.status);
            }
        }
    }

    /// When the stream was made, which is now where it was missing.
    async fn ensure(&self, configure: bool) -> Result<i128, String> {
        if self.client.connection_state() != State::Connected {
            return Err("there is no connection".to_owned());
        }
        let name = self.options.stream_name();
        let created = |info: &stream::Info| info.created.unix_timestamp_nanos();
        match timeout(PATIENCE, self.jetstream.get_stream(&name)).await {
            Err(_) => Err("it does not answer".to_owned()),
            Ok(Ok(stream)) => {
                if configure {
                    self.configure(&stream.cached_info().config).await;
                }
                Ok(created(stream.cached_info()))
            }
            Ok(Err(error)) => {
                let missing = matches!(error.kind(), GetStreamErrorKind::JetStream(ref error) if error.error_code() == jetstream::ErrorCode::STREAM_NOT_FOUND);
                if !missing {
                    return Err(error.to_string());
                }
                match self.jetstream.create_stream(self.options.stream()).await {
                    Ok(stream) => Ok(created(stream.cached_info())),
                    Err(error) => Err(self.why_not_made(&error.kind(), &error.to_string())),
                }
            }
        }
    }

    /// Changes what may be changed of a stream that is there.
    async fn configure(&self, found: &stream::Config) {
        let wanted = self.options.stream();
        let of = |config: &stream::Config| (config.num_replicas, config.max_bytes, config.max_age);
        if of(found) == of(&wanted) {
            return;
        }
        let config = stream::Config { storage: found.storage, ..wanted };
        if let Err(error) = self.jetstream.update_stream(config).await {
            telemetry::stream_not_changed(&error);
        }
    }

    fn why_not_made(&self, kind: &CreateStreamErrorKind, text: &str) -> String {
        let name = self.options.stream_name();
        match kind {
            CreateStreamErrorKind::JetStream(error) => format!("it makes no stream `{name}`: {error}"),
            _ => format!("it makes no stream `{name}`: {text}"),
        }
    }

    /// Whether the stream still has a message under this sequence, and it is the one with this id.
    pub(super) async fn has(&self, sequence: u64, id: &str) -> Result<bool, String> {
        let stream = self.stream().await?;
        match stream.get_raw_message(sequence).await {
            Ok(message) => {
                let found = message.headers.get(async_nats::header::NATS_MESSAGE_ID);
                Ok(found.is_some_and(|found| found.as_str() == id))
            }
            Err(error) => match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => Ok(false),
                LastRawMessageErrorKind::JetStream(ref error) if error.code() == 404 => Ok(false),
                _ => Err(error.to_string()),
            },
        }
    }

    /// The reading end of a partition. `anew` removes the one that is there first: what it has handed out and
    /// not heard of then comes again at once and in order, and whoever read there before reads no more.
    pub(super) async fn reader(&self, partition: u32, anew: bool) -> Result<Consumer<pull::Config>, String> {
        let stream = self.stream().await?;
        let name = format!("partition-{partition}");
        if anew {
            // Most often there is one; where there is none, that is as well.
            let _ = stream.delete_consumer(&name).await;
        }
        let config = pull::Config {
            durable_name: Some(name.clone()),
            filter_subject: self.options.effects_subject(partition),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.options.ack_wait,
            max_ack_pending: PENDING,
            ..pull::Config::default()
        };
        stream.get_or_create_consumer(&name, config).await.map_err(|error| error.to_string())
    }

    async fn stream(&self) -> Result<stream::Stream<()>, String> {
        let name = self.options.stream_name();
        self.jetstream.get_stream_no_info(name).await.map_err(|error| error.to_string())
    }
}

fn unready(status: &watch::Sender<Status>) {
    status.send_if_modified(|status| std::mem::replace(&mut status.ready, false));
}
