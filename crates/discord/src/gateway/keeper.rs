//! Keeps one shard's session where a crash does not reach it: the only writer of its stored state.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use guildhall_core::clock::{SharedClock, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    ledger::Ledger,
    session::{Gap, GapReason, SessionStore, StoredSession},
    telemetry,
};

/// How old `as_of` may become while the cursor stands still.
const REFRESH: Duration = Duration::from_mins(1);

/// How often the cursor is saved at first, and how long that lasts.
const FIRST_SAVES: Duration = Duration::from_millis(25);
const SETTLING: Duration = Duration::from_secs(2);

/// What the read loop changes and the writer writes.
pub(super) struct Keeper {
    shard: u32,
    total: u32,
    store: Arc<dyn SessionStore>,
    clock: SharedClock,
    state: Mutex<State>,
    /// When the server was last known to be heard.
    heard: AtomicI64,
    changed: Notify,
}

#[derive(Default)]
struct State {
    live: Option<Live>,
    saved: Option<StoredSession>,
    gaps: Vec<Gap>,
    forget: bool,
}

/// The session that the shard is in.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) ledger: Arc<Ledger>,
    pub(super) resume_url: String,
    pub(super) identity: String,
    pub(super) intents: u64,
}

impl Keeper {
    pub(super) fn new(shard: u32, total: u32, store: Arc<dyn SessionStore>, clock: SharedClock) -> Arc<Self> {
        let heard = AtomicI64::new(clock.now().0);
        let state = Mutex::default();
        Arc::new(Self { shard, total, store, clock, state, heard, changed: Notify::new() })
    }

    /// Goes on with a session from an earlier run.
    pub(super) fn continue_with(&self, stored: &StoredSession) -> Arc<Ledger> {
        let ledger = Ledger::new(Arc::from(stored.session_id.as_str()), stored.sequence);
        let mut state = self.state.lock();
        self.heard.store(stored.as_of.0, Ordering::Relaxed);
        state.live = Some(Live {
            ledger: Arc::clone(&ledger),
            resume_url: stored.resume_url.clone(),
            identity: stored.identity.clone(),
            intents: stored.intents,
        });
        state.saved = Some(stored.clone());
        ledger
    }

    /// Begins with a new session and has it saved at once: until then a crash would cost an IDENTIFY.
    pub(super) fn begin(&self, live: Live) {
        self.heard();
        let mut state = self.state.lock();
        state.live = Some(live);
        state.forget = false;
        drop(state);
        self.changed.notify_one();
    }

    /// Notes that the server was heard just now.
    pub(super) fn heard(&self) {
        self.heard.store(self.clock.now().0, Ordering::Relaxed);
    }

    pub(super) fn live(&self) -> Option<Live> {
        self.state.lock().live.clone()
    }

    /// Gives up the session, if there is one, and has the gap written down. What was delivered from it
    /// and is not done yet counts as lost, too: only this process still has it.
    pub(super) fn lose(&self, reason: GapReason) -> Option<Gap> {
        let mut state = self.state.lock();
        let live = state.live.take()?;
        let (from_sequence, since) = self.position(&live);
        let gap = Gap {
            shard: self.shard,
            session: live.ledger.session().to_string(),
            from_sequence,
            since,
            until: self.clock.now(),
            reason,
        };
        state.gaps.push(gap.clone());
        state.forget = true;
        drop(state);
        self.changed.notify_one();
        Some(gap)
    }

    /// Forgets a stored session that is not this bot's.
    pub(super) fn forget(&self) {
        self.state.lock().forget = true;
        self.changed.notify_one();
    }

    /// The cursor, and a time before which everything up to now was received.
    fn position(&self, live: &Live) -> (u64, Timestamp) {
        let heard = Timestamp(self.heard.load(Ordering::Relaxed));
        let (cursor, since) = live.ledger.position();
        (cursor, since.map_or(heard, |since| since.min(heard)))
    }

    /// Writes when something changed, at most every `every`, until told to stop; more often at first, so that
    /// a process that is killed again and again gets on with what is replayed to it.
    pub(super) async fn run(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        let settled = tokio::time::Instant::now() + SETTLING;
        loop {
            let young = tokio::time::Instant::now() < settled;
            let wait = if young { every.min(FIRST_SAVES) } else { every };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
            }
            self.flush().await;
        }
    }

    /// Writes what has changed. A failure is counted, and everything is tried again at the next call.
    pub(super) async fn flush(&self) {
        // Gaps come first: until a gap is durable, the lost session stays in store, and a crash here
        // finds it again.
        loop {
            let Some(gap) = self.state.lock().gaps.first().cloned() else { break };
            if let Err(error) = self.store.record_gap(&gap).await {
                telemetry::store_failed(self.shard, "gap", &error);
                return;
            }
            self.state.lock().gaps.remove(0);
        }
        if self.state.lock().forget {
            if let Err(error) = self.store.clear(self.shard, self.total).await {
                telemetry::store_failed(self.shard, "session", &error);
                return;
            }
            let mut state = self.state.lock();
            state.forget = false;
            state.saved = None;
        }
        let Some(session) = self.unsaved() else { return };
        match self.store.save(self.shard, self.total, &session).await {
            Ok(()) => self.state.lock().saved = Some(session),
            Err(error) => telemetry::store_failed(self.shard, "session", &error),
        }
    }

    fn unsaved(&self) -> Option<StoredSession> {
        let state = self.state.lock();
        let live = state.live.as_ref()?;
        let (sequence, as_of) = self.position(live);
        let session = StoredSession {
            session_id: live.ledger.session().to_string(),
            resume_url: live.resume_url.clone(),
            sequence,
            identity: live.identity.clone(),
            intents: live.intents,
            as_of,
        };
        let fresh = state.saved.as_ref().is_some_and(|saved| {
            saved.as_of + REFRESH > session.as_of
                && StoredSession { as_of: session.as_of, ..saved.clone() } == session
        });
        (!fresh).then_some(session)
    }
}
