//! Changing a thread. (Discord docs: Channel resource, Modify Channel; Threads, Editing & Deleting Threads.)

use serde_json::{Map, Value};

use super::start::ARCHIVE_MINUTES;
use super::tags;
use crate::model::ChannelKind;
use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, Path};
use crate::world::{Dispatch, World};

/// The flag of posts that stand above all others of their forum.
const PINNED: u64 = 1 << 1;

/// What a request says about a thread.
#[derive(Debug)]
pub(crate) struct Wanted {
    name: Option<String>,
    archived: Option<bool>,
    locked: Option<bool>,
    invitable: Option<bool>,
    minutes: Option<u32>,
    slowmode: Option<u32>,
    flags: Option<u64>,
    tags: Option<Vec<Id>>,
}

impl Wanted {
    /// Reads a body.
    pub(crate) fn read(body: &Map<String, Value>) -> Result<Self, ApiError> {
        let (mut form, at) = (Form::default(), Path::ROOT);
        let small = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
        // Null takes the slow mode away.
        let slowmode = match body.get("rate_limit_per_user") {
            Some(Value::Null) => Some(0),
            _ => small(form.integer(body, "rate_limit_per_user", at, (0, 21_600))),
        };
        let wanted = Self {
            name: form.string(body, "name", at, (1, 100)).map(str::to_owned),
            archived: form.boolean(body, "archived", at),
            locked: form.boolean(body, "locked", at),
            invitable: form.boolean(body, "invitable", at),
            minutes: small(form.choice(body, "auto_archive_duration", at, &ARCHIVE_MINUTES)),
            slowmode,
            flags: form.integer(body, "flags", at, (0, i64::MAX)).and_then(|n| u64::try_from(n).ok()),
            tags: body.contains_key("applied_tags").then(|| tags::read(&mut form, body, at)),
        };
        form.finish()?;
        Ok(wanted)
    }

    /// Whether all that is asked for is to open the thread again.
    fn only_opens(&self) -> bool {
        self.archived == Some(false)
            && self.name.is_none()
            && self.locked.is_none()
            && self.invitable.is_none()
            && self.minutes.is_none()
            && self.slowmode.is_none()
            && self.flags.is_none()
            && self.tags.is_none()
    }
}

/// Changes a thread as a user.
pub(crate) fn apply(
    world: &mut World,
    user: Id,
    id: Id,
    wanted: Wanted,
    now: Millis,
) -> Result<Vec<Dispatch>, ApiError> {
    let seen = access::channel(world, user, id, now)?;
    let thread = seen.channel.thread.as_deref().ok_or(error::WRONG_CHANNEL_TYPE)?;
    let guild = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?;
    let parent = seen.channel.parent_id.and_then(|parent| guild.channel(parent));
    let moderates = seen.own.contains(Permissions::MANAGE_THREADS);
    let opens = thread.archived && wanted.archived == Some(false);
    if !moderates {
        if thread.locked {
            return Err(if opens { error::MISSING_PERMISSIONS } else { error::THREAD_LOCKED });
        }
        if wanted.only_opens() {
            seen.need(seen.sending())?;
        } else if thread.owner_id != user {
            return Err(error::MISSING_PERMISSIONS);
        }
        if wanted.locked.is_some() || wanted.slowmode.is_some() || wanted.flags.is_some() {
            return Err(error::MISSING_PERMISSIONS);
        }
    }
    if thread.archived && !opens {
        return Err(error::THREAD_ARCHIVED);
    }
    if wanted.invitable.is_some() && seen.channel.kind != ChannelKind::PrivateThread {
        let text = "Only private threads have this.";
        return Err(ApiError::field(&["invitable"], "CHANNEL_INVALID_FIELD", text));
    }
    if wanted.flags.is_some_and(|flags| flags & !PINNED != 0)
        || (wanted.flags.is_some() && !parent.is_some_and(|parent| parent.kind.is_forum()))
    {
        return Err(ApiError::field(&["flags"], "CHANNEL_FLAGS_INVALID", "Unsupported channel flags."));
    }
    if let Some(tags) = &wanted.tags {
        let forum = parent.filter(|parent| parent.kind.is_forum()).ok_or(error::WRONG_CHANNEL_TYPE)?;
        tags::check(forum, seen.own, tags, &thread.applied_tags)?;
    }
    if opens {
        world.room_for_thread(guild.id)?;
    }
    let ((), told) = world.update_thread(id, user, now, |channel| {
        if let Some(name) = wanted.name {
            channel.name = name;
        }
        channel.rate_limit_per_user = wanted.slowmode.unwrap_or(channel.rate_limit_per_user);
        channel.flags = wanted.flags.unwrap_or(channel.flags);
        let Some(thread) = &mut channel.thread else { return };
        thread.archived = wanted.archived.unwrap_or(thread.archived);
        thread.locked = wanted.locked.unwrap_or(thread.locked);
        thread.invitable = wanted.invitable.unwrap_or(thread.invitable);
        thread.auto_archive_minutes = wanted.minutes.unwrap_or(thread.auto_archive_minutes);
        thread.applied_tags = wanted.tags.unwrap_or_else(|| std::mem::take(&mut thread.applied_tags));
    })?;
    Ok(told)
}
