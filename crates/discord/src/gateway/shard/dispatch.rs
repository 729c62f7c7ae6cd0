//! What becomes of one dispatch.

use std::{sync::Arc, time::Duration};

use guildhall_core::{
    event::{Envelope, EventKind, Origin},
    id::{ApplicationId, GuildId, UserId},
};
use serde::Deserialize;
use tokio::time::Instant;

use super::{
    End, ShardTask,
    connection::{Connection, Step},
    link::Link,
};
use crate::gateway::{
    classify::{self, CACHE, Class, Head},
    keeper::Live,
    ledger::Ledger,
    session::GapReason,
    sink::Lifecycle,
    status::ShardState,
    telemetry,
};

/// How often a shard begins a new session because guilds come to it that belong to others.
const HEAL_EVERY: Duration = Duration::from_hours(1);

/// Longer texts than these are not kept as a session.
const LONGEST_SESSION_ID: usize = 256;

/// The part of READY that is used (Discord docs: Gateway Events, Ready).
#[derive(Deserialize)]
struct Ready {
    session_id: String,
    resume_gateway_url: String,
    application: Has<ApplicationId>,
    user: Has<UserId>,
    #[serde(default)]
    guilds: Vec<Has<GuildId>>,
}

#[derive(Deserialize)]
struct Has<T> {
    id: T,
}

impl ShardTask {
    pub(super) fn dispatch(&mut self, link: &mut Link, connection: &mut Connection, head: &Head) -> Step {
        let (Some(kind), Some(sequence)) = (head.kind, head.sequence) else {
            telemetry::malformed(self.id, "a dispatch without name or sequence");
            return Step::Continue;
        };
        let data = link.frame().get(head.data.clone()).unwrap_or_default();
        if kind == EventKind::Ready {
            return match self.ready(connection, sequence, data) {
                Ok(ledger) => {
                    link.follow(ledger);
                    Step::Continue
                }
                Err(end) => Step::End(end),
            };
        }
        let Some(ledger) = &connection.ledger else {
            telemetry::malformed(self.id, "a dispatch before READY");
            return Step::Continue;
        };
        if kind == EventKind::Resumed {
            ledger.skip(sequence);
            let replayed = ledger.received().saturating_sub(connection.resumed_from + 1);
            connection.frames.event(Class::Session);
            connection.established = Some(Instant::now());
            self.resumed(replayed);
            return Step::Continue;
        }
        let received = ledger.received();
        if sequence <= received {
            connection.frames.repeated();
            return Step::Continue;
        }
        if sequence > received + 1 {
            connection.frames.skipped(sequence - received - 1);
        }
        let (class, guild) = self.classify(kind, data);
        connection.frames.event(class);
        if guild.is_some_and(|guild| guild.shard(self.common.total) != self.id) && self.misplaced(guild) {
            // Not acknowledged, so that it lies in the gap that a new session leaves.
            return Step::End(End::Lost { code: None });
        }
        if matches!(class, Class::Nothing | Class::Cache | Class::Session) {
            ledger.skip(sequence);
            return Step::Continue;
        }
        let interaction = if class == Class::Interaction { classify::interaction_id(data) } else { None };
        if class == Class::Interaction && interaction.is_none() {
            telemetry::malformed(self.id, "an interaction without id");
            ledger.skip(sequence);
            return Step::Continue;
        }
        let now = self.now();
        let done = ledger.begin(sequence, now);
        let envelope = Envelope {
            kind,
            guild,
            interaction,
            origin: Origin { shard: self.id, session: Arc::clone(ledger.session()), sequence },
            received: now,
            payload: link.keep(head.data.clone()),
        };
        Step::Deliver(envelope, done)
    }

    /// Takes note of a guild that belongs to another shard: this session is not the one it is taken for. Says whether
    /// to begin a new one. Where that has not helped, the events are taken as they come: the inbox leaves out what another
    /// shard has handled, too.
    fn misplaced(&mut self, guild: Option<GuildId>) -> bool {
        let now = Instant::now();
        let heal = self.healed.is_none_or(|last| now.duration_since(last) >= HEAL_EVERY);
        telemetry::misplaced(self.id, self.common.total, guild, heal);
        if heal {
            self.healed = Some(now);
        }
        heal
    }

    /// Who needs a dispatch, and in which guild it happened where that had to be looked for.
    fn classify(&self, kind: EventKind, data: &[u8]) -> (Class, Option<GuildId>) {
        let interest = &*self.common.interest;
        if kind == EventKind::InteractionCreate {
            return (Class::Interaction, classify::guild_id(kind, data));
        }
        let cached = CACHE.contains(kind);
        let (guilds, direct) = (interest.any().contains(kind), interest.direct().contains(kind));
        if !cached && !guilds && !direct {
            return (Class::Nothing, None);
        }
        let guild = classify::guild_id(kind, data);
        if cached {
            self.common.sink.cache(kind, guild, data);
            self.count_guild(kind, guild, data);
        }
        let wanted = match guild {
            Some(guild) => guilds && interest.event(guild, kind, data),
            None => direct,
        };
        let otherwise = if cached { Class::Cache } else { Class::Nothing };
        (if wanted { Class::Effect } else { otherwise }, guild)
    }

    /// A `GUILD_DELETE` that says `unavailable` is an outage, not a farewell
    /// (Discord docs: Gateway Events, Guild Delete).
    fn count_guild(&self, kind: EventKind, guild: Option<GuildId>, data: &[u8]) {
        let Some(guild) = guild else { return };
        match kind {
            EventKind::GuildCreate => self.monitor.guild(guild, true),
            EventKind::GuildDelete if classify::member(data, b"unavailable") != Some(b"true") => {
                self.monitor.guild(guild, false);
            }
            _ => {}
        }
    }

    fn ready(&mut self, connection: &mut Connection, sequence: u64, data: &[u8]) -> Result<Arc<Ledger>, End> {
        connection.frames.event(Class::Session);
        let ready: Ready = match serde_json::from_slice::<Ready>(data) {
            Ok(ready) if ready.session_id.len() <= LONGEST_SESSION_ID => ready,
            _ => {
                telemetry::malformed(self.id, "READY");
                return Err(End::closed("malformed_ready"));
            }
        };
        // Where we asked to resume, this is the news that the old session is gone.
        self.lose(GapReason::SessionLost);
        let guilds: Vec<GuildId> = ready.guilds.iter().map(|guild| guild.id).collect();
        let ledger = Ledger::new(Arc::from(ready.session_id), sequence);
        connection.ledger = Some(Arc::clone(&ledger));
        connection.established = Some(Instant::now());
        self.keeper.begin(Live {
            ledger: Arc::clone(&ledger),
            resume_url: ready.resume_gateway_url,
            identity: self.common.identity.clone(),
            intents: self.common.options.intents.bits(),
        });
        self.monitor.session(Arc::clone(&ledger));
        self.monitor.guilds(&guilds);
        self.monitor.state(ShardState::Active);
        telemetry::ready(self.id, guilds.len());
        let fresh = !std::mem::take(&mut self.lost_before);
        self.common.sink.lifecycle(Lifecycle::Ready {
            shard: self.id,
            guilds,
            application_id: ready.application.id,
            user_id: ready.user.id,
            fresh,
        });
        Ok(ledger)
    }

    fn resumed(&self, replayed: u64) {
        self.keeper.heard();
        self.monitor.state(ShardState::Active);
        telemetry::resumed(self.id, replayed);
        self.common.sink.lifecycle(Lifecycle::Resumed { shard: self.id });
    }
}
