//! Webhooks that post into a channel: made, listed, changed, removed. (Discord docs: Webhook resource.)

pub(crate) mod execute;
mod github;
pub(crate) mod messages;
mod slack;

use serde_json::Value;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{Asset, ChannelKind, Webhook};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis};
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path};
use crate::wire::{self, webhook::WebhookView};
use crate::world::World;

/// The largest avatar in bytes.
const AVATAR: usize = 8 * 1024 * 1024;

/// The routes of this module. Executing and the messages share their paths with answers to interactions,
/// which hand over what is a webhook's.
pub(super) fn routes(table: &mut Table) {
    table.get("/channels/{channel}/webhooks", Auth::Bot, Pace::Ordinary, list_channel);
    table.post("/channels/{channel}/webhooks", Auth::Bot, Pace::Ordinary, create);
    table.get("/guilds/{guild}/webhooks", Auth::Bot, Pace::Ordinary, list_guild);
    table.get("/webhooks/{webhook}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/webhooks/{webhook}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/webhooks/{webhook}", Auth::Bot, Pace::Ordinary, delete);
    table.get("/webhooks/{webhook}/{token}", Auth::Open, Pace::Ordinary, get_by_token);
    table.patch("/webhooks/{webhook}/{token}", Auth::Open, Pace::Ordinary, edit_by_token);
    table.delete("/webhooks/{webhook}/{token}", Auth::Open, Pace::Ordinary, delete_by_token);
    slack::routes(table);
    github::routes(table);
}

/// Whether the first segment names a webhook, and not an application that answers an interaction.
pub(crate) fn meant(call: &Call) -> bool {
    call.id(0, "webhook_id").is_ok_and(|id| call.read(|world| world.webhooks.contains_key(&id)))
}

/// The webhook of the path, whose token must fit.
pub(crate) fn by_token<'w>(world: &'w World, call: &Call) -> Result<&'w Webhook, ApiError> {
    let webhook = world.webhook(call.id(0, "webhook_id")?)?;
    // A follower has no token, and so none fits.
    if webhook.token.is_empty() || webhook.token != call.text(1) {
        return Err(error::INVALID_WEBHOOK_TOKEN);
    }
    Ok(webhook)
}

fn view(webhook: &Webhook, application_id: Id) -> WebhookView {
    match webhook.application_id {
        Some(owner) if owner != application_id => WebhookView::Other,
        _ => WebhookView::Owner,
    }
}

/// A webhook that the caller may manage: its own, or one in a channel where it manages webhooks.
fn managed<'w>(world: &'w World, call: &Call, now: Millis) -> Result<&'w Webhook, ApiError> {
    let caller = call.caller()?;
    let webhook = world.webhook(call.id(0, "webhook_id")?)?;
    if caller.application_id == 0 || webhook.application_id != Some(caller.application_id) {
        access::channel_with(world, caller.bot_id, webhook.channel_id, Permissions::MANAGE_WEBHOOKS, now)?;
    }
    Ok(webhook)
}

/// What a request says about a webhook.
struct Wanted {
    name: Option<String>,
    avatar: Option<Asset>,
    no_avatar: bool,
    channel_id: Option<Id>,
}

impl Wanted {
    fn read(call: &Call, new: bool) -> Result<Self, ApiError> {
        let (body, at) = (call.object()?, Path::ROOT);
        let mut form = Form::default();
        if new && body.get("name").is_none_or(Value::is_null) {
            form.required(at.key("name"));
        }
        let name = form.string(body, "name", at, (1, 80)).map(str::to_owned);
        if let Some(name) = &name {
            check_name(&mut form, name, "name");
        }
        let avatar = data_uri::read(&mut form, body, "avatar", at, (Expected::Image, AVATAR));
        let channel_id = form.snowflake(body, "channel_id", at);
        form.finish()?;
        let no_avatar = body.get("avatar").is_some_and(Value::is_null);
        Ok(Self { name, avatar, no_avatar, channel_id })
    }

    fn apply(self, world: &mut World, webhook: &mut Webhook) {
        if let Some(name) = self.name {
            webhook.name = name;
        }
        if let Some(avatar) = self.avatar {
            webhook.avatar = Some(world.assets.put(avatar));
        } else if self.no_avatar {
            webhook.avatar = None;
        }
    }
}

/// Names that would pass for Discord itself or for a mention.
pub(crate) fn check_name(form: &mut Form, name: &str, key: &str) {
    let small = name.to_lowercase();
    for part in ["clyde", "discord", "```", "@", "#"] {
        if small.contains(part) {
            let message = format!("Username cannot contain \"{part}\"");
            form.error(Path::ROOT.key(key), "USERNAME_INVALID_CONTAINS", message);
        }
    }
    if matches!(small.as_str(), "everyone" | "here") {
        form.error(Path::ROOT.key(key), "USERNAME_INVALID", "This name is reserved");
    }
}

/// Whether webhooks can post into this kind of channel.
fn takes_webhooks(kind: ChannelKind) -> bool {
    !kind.is_dm() && !kind.is_thread() && kind != ChannelKind::Category && kind != ChannelKind::Directory
}

/// `POST /channels/{channel}/webhooks`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    let wanted = Wanted::read(call, true)?;
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let seen = access::channel_with(world, caller.bot_id, channel_id, Permissions::MANAGE_WEBHOOKS, now)?;
        let guild_id = seen.guild.ok_or(error::NOT_ON_DM)?.id;
        if !takes_webhooks(seen.channel.kind) {
            return Err(error::WRONG_CHANNEL_TYPE);
        }
        let mut webhook = Webhook {
            kind: Webhook::INCOMING,
            guild_id,
            channel_id,
            application_id: Some(caller.application_id).filter(|id| *id != 0),
            user_id: Some(caller.bot_id),
            ..Webhook::default()
        };
        wanted.apply(world, &mut webhook);
        let (id, told) = world.create_webhook(webhook, now)?;
        Ok((wire::webhook(world, world.webhook(id)?, WebhookView::Owner, &base), told))
    })?)
}

/// `GET /channels/{channel}/webhooks`
pub(crate) fn list_channel(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    ok(call.read(|world| {
        access::channel_with(world, caller.bot_id, channel_id, Permissions::MANAGE_WEBHOOKS, call.now)?;
        Ok::<_, ApiError>(list(world, call, caller.application_id, |hook| hook.channel_id == channel_id))
    })?)
}

/// `GET /guilds/{guild}/webhooks`
pub(crate) fn list_guild(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        access::guild_with(world, caller, guild_id, Permissions::MANAGE_WEBHOOKS, call.now)?;
        Ok::<_, ApiError>(list(world, call, caller.application_id, |hook| hook.guild_id == guild_id))
    })?)
}

fn list(world: &World, call: &Call, application_id: Id, fits: impl Fn(&Webhook) -> bool) -> Vec<Value> {
    let base = call.face.base_url();
    let all = world.webhooks.values().filter(|hook| fits(hook) && world.channel(hook.channel_id).is_some());
    all.map(|hook| wire::webhook(world, hook, view(hook, application_id), &base)).collect()
}

/// `GET /webhooks/{webhook}`
pub(crate) fn get(call: &Call) -> Answer {
    let application_id = call.caller()?.application_id;
    let base = call.face.base_url();
    ok(call.read(|world| {
        let webhook = managed(world, call, call.now)?;
        Ok::<_, ApiError>(wire::webhook(world, webhook, view(webhook, application_id), &base))
    })?)
}

/// `PATCH /webhooks/{webhook}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let wanted = Wanted::read(call, false)?;
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let mut webhook = managed(world, call, now)?.clone();
        if let Some(id) = wanted.channel_id.filter(|id| *id != webhook.channel_id) {
            let seen = access::channel_with(world, caller.bot_id, id, Permissions::MANAGE_WEBHOOKS, now)?;
            let here = seen.guild.is_some_and(|guild| guild.id == webhook.guild_id);
            if !here || !takes_webhooks(seen.channel.kind) {
                return Err(error::WRONG_CHANNEL_TYPE);
            }
            webhook.channel_id = id;
        }
        wanted.apply(world, &mut webhook);
        let id = webhook.id;
        let ((), told) = world.update_webhook(id, |stored| *stored = webhook)?;
        let webhook = world.webhook(id)?;
        Ok((wire::webhook(world, webhook, view(webhook, caller.application_id), &base), told))
    })?)
}

/// `DELETE /webhooks/{webhook}`
pub(crate) fn delete(call: &Call) -> Answer {
    call.change(|world, now| {
        let id = managed(world, call, now)?.id;
        Ok(world.delete_webhook(id)?)
    })?;
    Ok(Reply::Empty)
}

/// `GET /webhooks/{webhook}/{token}`
pub(crate) fn get_by_token(call: &Call) -> Answer {
    let base = call.face.base_url();
    ok(call.read(|world| {
        let webhook = by_token(world, call)?;
        Ok::<_, ApiError>(wire::webhook(world, webhook, WebhookView::Holder, &base))
    })?)
}

/// `PATCH /webhooks/{webhook}/{token}`, which cannot move it.
pub(crate) fn edit_by_token(call: &Call) -> Answer {
    call.read(|world| by_token(world, call).map(|_| ()))?;
    let wanted = Wanted::read(call, false)?;
    let base = call.face.base_url();
    ok(call.change(|world, _| {
        let mut webhook = by_token(world, call)?.clone();
        wanted.apply(world, &mut webhook);
        let id = webhook.id;
        let ((), told) = world.update_webhook(id, |stored| *stored = webhook)?;
        Ok((wire::webhook(world, world.webhook(id)?, WebhookView::Holder, &base), told))
    })?)
}

/// `DELETE /webhooks/{webhook}/{token}`
pub(crate) fn delete_by_token(call: &Call) -> Answer {
    call.change(|world, _| {
        let id = by_token(world, call)?.id;
        Ok(world.delete_webhook(id)?)
    })?;
    Ok(Reply::Empty)
}
