//! What a webhook says. (Discord docs: Webhook resource, Execute Webhook.)

use serde_json::{Map, Value, json};

use super::{by_token, check_name};
use crate::model::{Message, Webhook, WebhookAuthor};
use crate::permissions::Permissions;
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::mentions::Allowed;
use crate::rest::messages::{check_flags, draft};
use crate::rest::threads::start::Start;
use crate::rest::threads::tags;
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, Path};
use crate::validate::message::{self as rules, Place};
use crate::wire;
use crate::world::{Dispatch, NewChannel, World};

/// Flags that a webhook may set.
const FLAGS: i64 = rules::SUPPRESS_EMBEDS | rules::SUPPRESS_NOTIFICATIONS | rules::IS_COMPONENTS_V2;

/// `POST /webhooks/{webhook}/{token}`
pub(crate) fn execute(call: &Call) -> Answer {
    let webhook = call.read(|world| by_token(world, call).cloned())?;
    let body = allowed_body(call.object()?, &webhook, call.query_flag("with_components"))?;
    let shown = say(call, &webhook, &body)?;
    if call.query_flag("wait") { ok(shown) } else { Ok(Reply::Empty) }
}

/// The body without components that this webhook may not send: only those of an application may be
/// interactive, and others need to be asked for.
pub(super) fn allowed_body(
    body: &Map<String, Value>,
    webhook: &Webhook,
    with_components: bool,
) -> Result<Map<String, Value>, ApiError> {
    let mut body = body.clone();
    if webhook.application_id.is_some() {
        return Ok(body);
    }
    if !with_components {
        body.remove("components");
    } else if body.get("components").is_some_and(|parts| interactive(parts, 0)) {
        let text = "Webhooks without an application cannot send interactive components";
        return Err(ApiError::field(&["components"], "COMPONENT_INTERACTIVE", text));
    }
    Ok(body)
}

/// Buttons without a link, and selects.
fn interactive(part: &Value, depth: usize) -> bool {
    match part {
        // Components are nested four deep at most; what is deeper is refused elsewhere.
        _ if depth > 8 => true,
        Value::Array(list) => list.iter().any(|part| interactive(part, depth)),
        Value::Object(keys) => {
            let kind = keys.get("type").and_then(Value::as_i64).unwrap_or(0);
            let button = kind == 2 && keys.get("style").and_then(Value::as_i64) != Some(5);
            let below = ["components", "component", "accessory"].into_iter().filter_map(|key| keys.get(key));
            button || matches!(kind, 3 | 5..=8) || below.into_iter().any(|part| interactive(part, depth + 1))
        }
        _ => false,
    }
}

/// Posts a body as the webhook and returns the message.
pub(super) fn say(call: &Call, webhook: &Webhook, body: &Map<String, Value>) -> Result<Value, ApiError> {
    rules::check(body, Path::ROOT, Place::Webhook, call.files.len())?;
    check_flags(body.get("flags"), FLAGS)?;
    let author = author(webhook, body)?;
    if rules::is_empty(body, call.files.len()) {
        return Err(error::EMPTY_MESSAGE);
    }
    let thread_id = call.query_id("thread_id")?;
    let base = call.face.base_url();
    call.change(|world, now| {
        let place = place(world, webhook, thread_id, body)?;
        let context = context(call, webhook, place.channel_id, &base, now);
        let mut message = draft::build(world, body, &context)?;
        message.webhook = Some(Box::new(author));
        message.application_id = webhook.application_id;
        let (channel_id, mut told) = place.open(world, webhook, &mut message, now)?;
        let (id, said) = world.create_message(message, now)?;
        told.extend(said);
        let message = world.message(channel_id, id).ok_or(error::UNKNOWN_MESSAGE)?;
        Ok((wire::message(world, message, None), told))
    })
}

/// What surrounds a webhook's body. It may do all, but by default only users are mentioned.
pub(super) fn context<'c>(
    call: &'c Call,
    webhook: &Webhook,
    channel_id: Id,
    base: &'c str,
    now: Millis,
) -> draft::Context<'c> {
    draft::Context {
        channel_id,
        author_id: webhook.id,
        own: Permissions::ALL,
        allowed: Allowed::USERS,
        files: &call.files,
        base,
        now,
    }
}

fn author(webhook: &Webhook, body: &Map<String, Value>) -> Result<WebhookAuthor, ApiError> {
    let mut form = Form::default();
    let name = form.string(body, "username", Path::ROOT, (0, 80)).filter(|name| !name.is_empty());
    if let Some(name) = name {
        check_name(&mut form, name, "username");
    }
    form.url(body, "avatar_url", Path::ROOT, false, 2048);
    form.finish()?;
    // The picture is not fetched; its address stands for it.
    let url = body.get("avatar_url").and_then(Value::as_str).filter(|url| !url.is_empty());
    let avatar = url.map(|url| sha1_smol::Sha1::from(url).digest().to_string()[..32].to_owned());
    Ok(WebhookAuthor {
        id: webhook.id,
        name: name.unwrap_or(&webhook.name).to_owned(),
        avatar: avatar.or_else(|| webhook.avatar.clone()),
    })
}

/// Where a webhook posts: its channel, one of its threads, or a new post.
struct Destination {
    channel_id: Id,
    post: Option<Start>,
}

fn place(
    world: &World,
    webhook: &Webhook,
    thread_id: Option<Id>,
    body: &Map<String, Value>,
) -> Result<Destination, ApiError> {
    let own = world.channel(webhook.channel_id).ok_or(error::UNKNOWN_CHANNEL)?;
    let name = body.get("thread_name").filter(|name| !name.is_null());
    let holds_posts = own.kind.is_forum();
    match (thread_id, name) {
        (Some(_), Some(_)) if holds_posts => Err(error::WEBHOOK_THREAD_BOTH),
        (None, None) if holds_posts => Err(error::WEBHOOK_THREAD_NEEDED),
        (_, Some(_)) if !holds_posts => Err(error::WEBHOOK_NO_FORUM),
        (Some(id), _) => {
            let thread = world.channel(id).filter(|c| c.kind.is_thread() && c.parent_id == Some(own.id));
            thread.map(|c| Destination { channel_id: c.id, post: None }).ok_or(error::UNKNOWN_CHANNEL)
        }
        (None, None) => Ok(Destination { channel_id: own.id, post: None }),
        (None, Some(_)) => {
            let mut form = Form::default();
            form.string(body, "thread_name", Path::ROOT, (1, 100));
            let wanted = tags::read(&mut form, body, Path::ROOT);
            form.finish()?;
            tags::check(own, Permissions::MANAGE_THREADS, &wanted, &[])?;
            world.room_for_thread(webhook.guild_id)?;
            let mut start = Map::new();
            start.insert("name".to_owned(), body["thread_name"].clone());
            start.insert(
                "applied_tags".to_owned(),
                json!(wanted.iter().map(Id::to_string).collect::<Vec<_>>()),
            );
            Ok(Destination { channel_id: own.id, post: Some(Start::read(&start)?) })
        }
    }
}

impl Destination {
    /// Makes the post, if there is one to be made, and moves the message into it.
    fn open(
        self,
        world: &mut World,
        webhook: &Webhook,
        message: &mut Message,
        now: Millis,
    ) -> Result<(Id, Vec<Dispatch>), ApiError> {
        let Some(start) = self.post else { return Ok((self.channel_id, Vec::new())) };
        let forum = world.channel(self.channel_id).ok_or(error::UNKNOWN_CHANNEL)?;
        let new = start.channel(forum, crate::model::ChannelKind::PublicThread, webhook.id, now);
        let id = world.ids.next(now);
        draft::relocate(message, id);
        message.id = id;
        let (_, told) = world.start_thread(webhook.guild_id, NewChannel { id: Some(id), ..new }, now)?;
        Ok((id, told))
    }
}
