//! Opening, resuming, ending and poking sessions.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{
    Counter, Engine, fanout,
    identify::{Terms, Verdict},
};
use crate::{
    gateway::{
        close::Close,
        identify::{Identify, Resume},
        intents::Intents,
        session::{Data, Opening, Outgoing, Queued, Session, Signal},
    },
    snowflake::{Id, Millis, Sid},
    wire,
    world::{World, dispatch::to_bytes},
};

/// A socket, numbered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connection(pub u64);

/// Every session there is.
#[derive(Debug, Default)]
pub(super) struct Registry {
    by_id: HashMap<Arc<str>, Arc<Session>>,
    by_application: BTreeMap<Id, Vec<Arc<Session>>>,
    opened: u64,
    connections: u64,
    /// Ended sessions whose bots have yet to go offline and leave voice.
    pub(super) ended: Vec<Arc<Session>>,
}

impl Registry {
    pub(super) fn by_application(&self) -> impl Iterator<Item = (&Id, &Vec<Arc<Session>>)> {
        self.by_application.iter()
    }

    pub(super) fn of(&self, application_id: Id) -> &[Arc<Session>] {
        self.by_application.get(&application_id).map_or(&[], Vec::as_slice)
    }

    fn insert(&mut self, session: &Arc<Session>) {
        self.by_id.insert(Arc::clone(&session.id), Arc::clone(session));
        self.by_application.entry(session.application_id).or_default().push(Arc::clone(session));
    }

    fn remove(&mut self, id: &str) {
        let Some(session) = self.by_id.remove(id) else { return };
        self.ended.push(Arc::clone(&session));
        if let Some(all) = self.by_application.get_mut(&session.application_id) {
            all.retain(|other| !Arc::ptr_eq(other, &session));
            if all.is_empty() {
                self.by_application.remove(&session.application_id);
            }
        }
    }
}

/// A session as the control interface shows it.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub application_id: Id,
    /// Which shard of how many.
    pub shard: Option<(u32, u32)>,
    /// What it asked for.
    pub intents: Intents,
    /// The last dispatch's number.
    pub seq: u64,
    /// Dispatches that its socket has not taken yet.
    pub backlog: usize,
    /// Guilds that it has not been told of yet.
    pub backfill: usize,
    /// Whether it has a socket.
    pub connected: bool,
    /// When it began.
    pub created_at: Millis,
}

impl SessionInfo {
    /// The session as the control interface shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "application_id": Sid(self.application_id),
            "shard": self.shard.map(|(id, count)| [id, count]),
            "intents": self.intents.0,
            "seq": self.seq,
            "backlog": self.backlog,
            "backfill": self.backfill,
            "connected": self.connected,
            "created_at": crate::clock::iso(self.created_at),
        })
    }
}

/// Which sessions are meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// Every one.
    All,
    /// Those of one application.
    Application(Id),
    /// One.
    Session(String),
}

/// Why an identify did not open a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// Invalid Session is sent; the socket stays.
    Invalid,
    /// The socket is closed.
    Closed(Close),
}

impl Engine {
    /// All sessions, oldest first.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        let registry = self.sessions.lock();
        let mut all: Vec<SessionInfo> = registry.by_id.values().map(|session| info(session)).collect();
        all.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        all
    }

    /// The shard of a session.
    pub(crate) fn shard_of_session(&self, id: &str) -> Option<(u32, u32)> {
        self.sessions.lock().by_id.get(id).map(|session| session.shard.unwrap_or((0, 1)))
    }

    /// Asks for a heartbeat.
    pub fn ask_heartbeat(&self, target: &Target) -> usize {
        self.signal(target, Signal::Heartbeat)
    }

    /// Sends Reconnect and closes a little later. Returns how many sessions were meant.
    pub fn reconnect(&self, target: &Target) -> usize {
        self.signal(target, Signal::Reconnect)
    }

    /// Sends Invalid Session; unless resumable, the session is gone.
    pub fn invalidate(&self, target: &Target, resumable: bool) -> usize {
        self.signal(target, Signal::Invalidate { resumable })
    }

    /// Ends the TCP connection without a close frame.
    pub fn drop_socket(&self, target: &Target) -> usize {
        self.signal(target, Signal::Drop)
    }

    /// Closes the socket with a code.
    pub fn close(&self, target: &Target, code: u16) -> usize {
        self.signal(target, Signal::Close(code))
    }

    fn signal(&self, target: &Target, signal: Signal) -> usize {
        let meant = self.targets(target);
        for session in &meant {
            if session.standing().connected {
                session.signal(signal);
            } else if signal == (Signal::Invalidate { resumable: false }) {
                self.end(session);
            }
        }
        meant.len()
    }

    pub(crate) fn targets(&self, target: &Target) -> Vec<Arc<Session>> {
        let registry = self.sessions.lock();
        match target {
            Target::All => registry.by_id.values().cloned().collect(),
            Target::Application(id) => registry.of(*id).to_vec(),
            Target::Session(id) => registry.by_id.get(id.as_str()).cloned().into_iter().collect(),
        }
    }

    /// A number for a new socket.
    pub(crate) fn connect(&self) -> Connection {
        self.counters.count(Counter::Connects, None);
        let mut registry = self.sessions.lock();
        registry.connections += 1;
        Connection(registry.connections)
    }

    /// Opens a session, with READY queued and its guilds due.
    pub(crate) fn identify(
        &self,
        connection: Connection,
        identify: &Identify,
    ) -> Result<Arc<Session>, Refusal> {
        let now = self.now();
        let mut world = self.world.lock();
        let application =
            world.authenticate(&identify.token).ok_or(Refusal::Closed(Close::AUTHENTICATION_FAILED))?;
        let (application_id, bot_id) = (application.id, application.bot_id);
        identify.intents_allowed(application.privileged).map_err(Refusal::Closed)?;
        let all = world.guilds_of(bot_id).count();
        let shard = identify.shard;
        if shard.is_some_and(|(_, count)| !Self::shard_count_fits(&world, application_id, all, count)) {
            return Err(Refusal::Closed(Close::INVALID_SHARD));
        }
        let covered = |id: Id| shard.is_none_or(|(own, count)| crate::snowflake::shard_of(id, count) == own);
        let guilds: Vec<Id> =
            world.guilds_of(bot_id).map(|guild| guild.id).filter(|id| covered(*id)).collect();
        if guilds.len() > world.limits.guilds_per_shard {
            return Err(Refusal::Closed(Close::SHARDING_REQUIRED));
        }
        let terms = Terms::of(&world, &world.limits, application_id);
        let number = shard.map_or(0, |(id, _)| id);
        let verdict = self.identifies.lock().spend(application_id, number, terms, now);
        match verdict {
            Verdict::Granted => {}
            Verdict::TooSoon => {
                self.counters.count(Counter::IdentifiesLimited, Some(application_id));
                return Err(Refusal::Invalid);
            }
            Verdict::Exhausted => {
                self.revoke(&mut world, application_id);
                return Err(Refusal::Closed(Close::AUTHENTICATION_FAILED));
            }
        }
        self.counters.count(Counter::Identifies, Some(application_id));
        let mut registry = self.sessions.lock();
        registry.opened += 1;
        let opening = Opening {
            id: session_id(now, registry.opened),
            application_id,
            bot_id,
            shard,
            intents: identify.intents,
            large_threshold: identify.large_threshold,
            now,
            replay: world.limits.replay_events,
            backlog: world.limits.backlog_events,
            connection: connection.0,
        };
        let ready = self.ready(&world, &opening, &guilds);
        let backfill = if identify.intents.contains(Intents::GUILDS) { guilds } else { Vec::new() };
        let session = Arc::new(Session::open(opening, backfill));
        session.push("READY", ready);
        registry.insert(&session);
        drop(registry);
        if let Some(presence) = &identify.presence {
            let told = world.set_presence(bot_id, presence.clone());
            self.tell(&world, told);
        }
        Ok(session)
    }

    /// Hands a session to a new socket: what it missed is sent again, then RESUMED.
    pub(crate) fn resume(&self, connection: Connection, resume: &Resume) -> Result<Arc<Session>, Refusal> {
        let now = self.now();
        let world = self.world.lock();
        let application =
            world.authenticate(&resume.token).ok_or(Refusal::Closed(Close::AUTHENTICATION_FAILED))?;
        self.counters.count(Counter::Resumes, Some(application.id));
        let session = self.sessions.lock().by_id.get(resume.session_id.as_str()).cloned();
        let Some(session) = session.filter(|session| session.application_id == application.id) else {
            return Err(Refusal::Invalid);
        };
        if expired(&session, now, world.limits.resume_window) {
            self.end(&session);
            return Err(Refusal::Invalid);
        }
        match session.attach(connection.0, resume.seq) {
            Ok(()) => {}
            Err(crate::gateway::session::ResumeError::InvalidSeq) => {
                return Err(Refusal::Closed(Close::INVALID_SEQ));
            }
            Err(crate::gateway::session::ResumeError::Forgotten) => {
                self.end(&session);
                return Err(Refusal::Invalid);
            }
        }
        // Queued behind what was missed, so that it ends the replay.
        session.push("RESUMED", to_bytes(&json!({ "_trace": [TRACE] })));
        self.counters.count(Counter::Resumed, Some(application.id));
        Ok(session)
    }

    /// A socket is gone. The session is kept for a resume, or ended.
    pub(crate) fn disconnect(&self, connection: Connection, session: &Session, keep: bool) {
        if session.detach(connection.0, self.now()) && !keep {
            self.end(session);
        }
    }

    /// Ends a session for good.
    pub(crate) fn end(&self, session: &Session) {
        self.sessions.lock().remove(&session.id);
    }

    /// Ends sessions that nobody came back for.
    pub(crate) fn sweep(&self) {
        let now = self.now();
        let window = self.world.lock().limits.resume_window;
        let over: Vec<Arc<Session>> =
            self.targets(&Target::All).into_iter().filter(|session| expired(session, now, window)).collect();
        for session in over {
            self.end(&session);
        }
        self.bid_farewell();
        self.end_faults(self.faults.expire(now));
    }

    /// The next dispatches for a socket: number, event and data.
    pub(crate) fn next_batch(
        &self,
        session: &Session,
        connection: Connection,
        batch: &mut VecDeque<Outgoing>,
    ) {
        let mut taken = Vec::new();
        session.take(connection.0, 512, 256 * 1024, &mut taken);
        let mut world = None;
        for (seq, Queued { event, guild_id, data }) in taken {
            let (event, data) = match data {
                Data::Bytes(bytes) => (event, bytes),
                Data::Guild(guild_id) => {
                    let world = world.get_or_insert_with(|| self.world.lock());
                    match fanout::render_guild(world, session, guild_id) {
                        Some(bytes) => (event, bytes),
                        None => ("GUILD_DELETE", absent(world, guild_id)),
                    }
                }
            };
            batch.push_back(Outgoing { seq, event, guild_id, data, played: false });
        }
    }

    /// Exceeding the daily budget ends every session and resets the token
    /// (Discord docs: Gateway, Session Start Limit).
    fn revoke(&self, world: &mut World, application_id: Id) {
        if let Err(error) = world.reset_token(application_id) {
            tracing::warn!(%error, application.id = application_id, "a token could not be reset");
        }
        self.identifies.lock().forget(application_id);
        let all = self.sessions.lock().of(application_id).to_vec();
        for session in all {
            session.signal(Signal::Close(Close::AUTHENTICATION_FAILED.code));
            self.end(&session);
        }
        tracing::warn!(application.id = application_id, "the identify budget ran out, the token was reset");
    }

    /// The data of READY (Discord docs: Gateway Events, Ready).
    fn ready(&self, world: &World, opening: &Opening, guilds: &[Id]) -> bytes::Bytes {
        let user = world.users.get(&opening.bot_id).map(wire::own_user);
        let flags =
            world.applications.get(&opening.application_id).map_or(0, crate::model::Application::flags);
        let unavailable: Vec<Value> =
            guilds.iter().map(|id| json!({ "id": Sid(*id), "unavailable": true })).collect();
        let mut data = json!({
            "v": 10,
            "user_settings": {},
            "user": user,
            "session_type": "normal",
            "session_id": opening.id,
            "resume_gateway_url": self.gateway_url(),
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guilds": unavailable,
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "auth": {},
            "application": { "id": Sid(opening.application_id), "flags": flags },
            "_trace": [TRACE],
        });
        if let Some((id, count)) = opening.shard {
            data["shard"] = json!([id, count]);
        }
        to_bytes(&data)
    }
}

/// What `_trace` holds; libraries only show it.
const TRACE: &str = "[\"guildhall-sandbox\",{\"micros\":0.0}]";

fn absent(world: &World, guild_id: Id) -> bytes::Bytes {
    let mut data = json!({ "id": Sid(guild_id) });
    if world.guilds.contains_key(&guild_id) {
        data["unavailable"] = json!(true);
    }
    to_bytes(&data)
}

fn expired(session: &Session, now: Millis, window: u64) -> bool {
    let window = i64::try_from(window).unwrap_or(i64::MAX);
    session.standing().detached_at.is_some_and(|at| now - at > window)
}

fn info(session: &Session) -> SessionInfo {
    let standing = session.standing();
    SessionInfo {
        id: session.id.to_string(),
        application_id: session.application_id,
        shard: session.shard,
        intents: session.intents,
        seq: standing.seq,
        backlog: standing.backlog,
        backfill: standing.backfill,
        connected: standing.connected,
        created_at: session.created_at,
    }
}

/// A session id in the shape of Discord's: 32 hexadecimal digits.
fn session_id(now: Millis, number: u64) -> String {
    let mixed = now.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.rotate_left(32);
    format!("{mixed:016x}{number:016x}")
}
