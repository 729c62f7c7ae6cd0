//! From a dispatch to the sessions that get it.

use std::sync::Arc;

use bytes::Bytes;

use super::{Engine, Faults, Moment, Point, sessions::Registry};
use crate::{
    gateway::{
        intents::Intents,
        session::{Data, Queued, Session, moment_of},
        voice,
    },
    model::Application,
    permissions::Permissions,
    snowflake::{Id, Millis},
    wire::{self, guild::GuildView},
    world::{Audience, Dispatch, Payload, World, dispatch::to_bytes},
};

impl Engine {
    /// Tells sessions and observers, in order. The world is locked by the caller.
    pub(super) fn tell(&self, world: &World, told: Vec<Dispatch>) {
        if told.is_empty() {
            return;
        }
        let registry = self.sessions.lock();
        let faults = self.faults.any(Point::Queue).then(|| (&self.faults, self.now()));
        for dispatch in &told {
            if let Audience::Endpoint(application_id) = dispatch.audience {
                self.outgoing.push(world, application_id, dispatch);
            } else if let (Payload::VoiceServer(guild_id), Audience::Application { id, .. }) =
                (&dispatch.payload, &dispatch.audience)
            {
                let speaks = registry.of(*id).iter().filter(|session| session.in_voice(*guild_id));
                speaks.for_each(|session| voice::tell_server(self, session, *guild_id));
            } else {
                route(world, &registry, dispatch, faults);
            }
        }
        drop(registry);
        if self.observers.receiver_count() > 0 {
            for dispatch in told {
                // Nobody listening any more is no error.
                let _unheard = self.observers.send(Arc::new(dispatch));
            }
        }
    }
}

/// The faults that may befall dispatches before they are numbered, if any are in force, and the time.
type Playing<'a> = Option<(&'a Faults, Millis)>;

/// Hands a dispatch to every session that is in reach of it and asked for it.
fn route(world: &World, registry: &Registry, dispatch: &Dispatch, faults: Playing<'_>) {
    match &dispatch.audience {
        Audience::Guild(guild_id) => {
            let Some(guild) = world.guilds.get(guild_id) else { return };
            // Nothing is heard of a guild during its outage but that it began.
            if guild.unavailable && dispatch.event != "GUILD_DELETE" {
                return;
            }
            for (application_id, sessions) in registry.by_application() {
                let Some(application) = world.applications.get(application_id) else { continue };
                if guild.members.contains_key(&application.bot_id)
                    && passes(world, dispatch, *guild_id, application)
                {
                    deliver(world, sessions, dispatch, Some(*guild_id), application, faults);
                }
            }
        }
        Audience::Application { id, guild_id } => {
            if let Some(application) = world.applications.get(id) {
                deliver(world, registry.of(*id), dispatch, *guild_id, application, faults);
            }
        }
        Audience::Users(users) => {
            for application in users.iter().filter_map(|id| world.application_of_bot(*id)) {
                deliver(world, registry.of(application.id), dispatch, None, application, faults);
            }
        }
        Audience::Client(_) | Audience::Endpoint(_) => {}
    }
}

/// Whether a bot may hear of it (Discord docs: Gateway, Intents; Permissions).
fn passes(world: &World, dispatch: &Dispatch, guild_id: Id, application: &Application) -> bool {
    let Some(gate) = dispatch.gate else { return true };
    let bot = application.bot_id;
    match gate.channel_id {
        Some(channel_id) if gate.any_of == Permissions::VIEW_CHANNEL => world.can_view(channel_id, bot),
        Some(channel_id) => world.channel_permissions(channel_id, bot, 0).intersects(gate.any_of),
        None => world.guild_permissions(guild_id, bot, 0).intersects(gate.any_of),
    }
}

fn deliver(
    world: &World,
    sessions: &[Arc<Session>],
    dispatch: &Dispatch,
    guild_id: Option<Id>,
    application: &Application,
    faults: Playing<'_>,
) {
    if dispatch.except == Some(application.bot_id) {
        return;
    }
    let is_subject = dispatch.subject == Some(application.bot_id);
    for session in sessions {
        let asked = dispatch.intents.is_empty() || session.intents.intersects(dispatch.intents) || is_subject;
        if !asked || !session.covers(guild_id) {
            continue;
        }
        let Some(data) = data_for(world, session, &dispatch.payload) else { continue };
        if let Some((faults, now)) = faults {
            let moment = Moment { guild: guild_id, event: Some(dispatch.event), ..moment_of(session) };
            if let Some(played) = faults.play(now, Point::Queue, &moment) {
                let queued = Queued { event: dispatch.event, guild_id, data: Data::Bytes(data) };
                session.push_spoilt(queued, now, played);
                continue;
            }
        }
        match guild_id {
            Some(guild_id) => session.push_in_guild(guild_id, dispatch.event, data),
            None => session.push(dispatch.event, data),
        }
    }
}

/// The form of the data that this session may see.
fn data_for(world: &World, session: &Session, payload: &Payload) -> Option<Bytes> {
    match payload {
        Payload::Plain(bytes) => Some(bytes.clone()),
        Payload::Message { full, stripped, readers } => {
            let reads = session.intents.contains(Intents::MESSAGE_CONTENT);
            let own = readers.iter().find(|(bot, _)| *bot == session.bot_id).map(|(_, form)| form);
            Some(own.or(stripped.as_ref()).filter(|_| !reads).unwrap_or(full).clone())
        }
        Payload::GuildCreate(guild_id) => render_guild(world, session, *guild_id),
        // Told by `tell` itself.
        Payload::VoiceServer(_) => None,
    }
}

/// The data of a `GUILD_CREATE` for this session; nothing when the guild is gone or out of order.
pub(super) fn render_guild(world: &World, session: &Session, guild_id: Id) -> Option<Bytes> {
    let guild = world.guilds.get(&guild_id).filter(|guild| !guild.unavailable)?;
    let view = GuildView {
        bot_id: session.bot_id,
        intents: session.intents,
        large_threshold: session.large_threshold,
    };
    Some(to_bytes(&wire::guild_create(world, guild, &view)))
}

/// How many shards an application is told to use: the configured number, or one for every 1,000 guilds.
pub(super) fn recommended_shards(world: &World, application_id: Id) -> u32 {
    if world.limits.recommended_shards > 0 {
        return world.limits.recommended_shards;
    }
    let Some(application) = world.applications.get(&application_id) else { return 1 };
    let guilds = world.guilds_of(application.bot_id).count();
    u32::try_from(guilds.div_ceil(1_000)).unwrap_or(u32::MAX).max(1)
}
