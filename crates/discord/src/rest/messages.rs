//! Messages in channels (Discord docs: Message).

use guildhall_core::id::{ChannelId, MessageId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use twilight_http::{
    request::{Form, Request},
    routing::Route,
};
use twilight_model::{
    channel::{
        Message,
        message::{AllowedMentions, Component, Embed, MessageFlags},
    },
    http::attachment::Attachment,
};

use super::{Call, Priority, Rest, RestError, twilight_id};

/// The longest nonce that Discord takes (Discord docs: Message, Create Message).
pub const NONCE_LENGTH: usize = 25;

/// A message to be sent. It serialises, so that an outbox can hold it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Draft {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Embeds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    /// Buttons, menus and layout.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// Flags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<MessageFlags>,
    /// Whom the message may ping: nobody unless named.
    #[serde(default)]
    pub allowed_mentions: AllowedMentions,
    /// The message this one answers; it may be gone by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Whether clients read it aloud.
    #[serde(default)]
    pub tts: bool,
}

impl Draft {
    /// A message of text alone.
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: Some(content.into()), ..Self::default() }
    }
}

/// The call that sends a message. With a nonce Discord answers a second sending with the first
/// message, so that a retry posts nothing twice.
pub fn create_call(
    rest: &Rest,
    channel: ChannelId,
    draft: &Draft,
    nonce: Option<&str>,
    priority: Priority,
) -> Result<Call, RestError> {
    let mut builder = rest.builder().create_message(twilight_id(channel));
    if let Some(content) = &draft.content {
        builder = builder.content(content);
    }
    if !draft.embeds.is_empty() {
        builder = builder.embeds(&draft.embeds);
    }
    if let Some(flags) = draft.flags {
        builder = builder.flags(flags);
    }
    if !draft.components.is_empty() {
        builder = builder.components(&draft.components);
    }
    if let Some(message) = draft.reply_to {
        builder = builder.reply(twilight_id(message)).fail_if_not_exists(false);
    }
    if draft.tts {
        builder = builder.tts(true);
    }
    if !draft.attachments.is_empty() {
        builder = builder.attachments(&draft.attachments);
    }
    let call = Call::build(builder.allowed_mentions(Some(&draft.allowed_mentions)), priority)?;
    let mut extra = Map::new();
    if let Some(nonce) = nonce {
        if nonce.is_empty() || nonce.chars().count() > NONCE_LENGTH {
            return Err(RestError::Validation(format!("a nonce has 1 to {NONCE_LENGTH} characters")));
        }
        extra.insert("nonce".to_owned(), nonce.into());
        extra.insert("enforce_nonce".to_owned(), true.into());
    }
    if extra.is_empty() {
        return Ok(call);
    }
    let route = Route::CreateMessage { channel_id: channel.get() };
    let request = Request::builder(&route);
    let request = match call.request.form() {
        Some(form) => request.form(extended_form(form, extra, &draft.attachments)?),
        None => request.body(extended(call.request.body().unwrap_or_default(), extra)?),
    };
    let request = request.build().map_err(|error| RestError::Validation(error.to_string()))?;
    Ok(Call::new(request, priority))
}

/// The JSON body with further fields.
fn extended(body: &[u8], extra: Map<String, Value>) -> Result<Vec<u8>, RestError> {
    let failed = |error: serde_json::Error| RestError::Validation(error.to_string());
    let mut fields: Map<String, Value> = serde_json::from_slice(body).map_err(failed)?;
    fields.extend(extra);
    serde_json::to_vec(&fields).map_err(failed)
}

/// The form with further fields in its JSON part, and the same files.
fn extended_form(form: &Form, extra: Map<String, Value>, files: &[Attachment]) -> Result<Form, RestError> {
    let payload = super::mentions::payload_json(form.clone())
        .ok_or_else(|| RestError::Validation("a form without its JSON part".to_owned()))?;
    let form = Form::new().json_part(b"payload_json", &extended(&payload, extra)?);
    Ok(files.iter().fold(form, |form, file| {
        let name = format!("files[{}]", file.id);
        form.file_part(name.as_bytes(), file.filename.as_bytes(), &file.file)
    }))
}

/// Sends a message.
pub async fn create(
    rest: &Rest,
    channel: ChannelId,
    draft: &Draft,
    nonce: Option<&str>,
    priority: Priority,
) -> Result<Message, RestError> {
    rest.send(create_call(rest, channel, draft, nonce, priority)?).await?.model()
}

/// Replaces text, embeds and components of an own message. The newest of several waiting edits is sent.
pub async fn edit(
    rest: &Rest,
    channel: ChannelId,
    message: MessageId,
    draft: &Draft,
    priority: Priority,
) -> Result<Message, RestError> {
    let mut builder = rest
        .builder()
        .update_message(twilight_id(channel), twilight_id(message))
        .content(draft.content.as_deref())
        .embeds(Some(&draft.embeds));
    if let Some(flags) = draft.flags {
        builder = builder.flags(flags);
    }
    let builder = builder.components(Some(&draft.components)).allowed_mentions(Some(&draft.allowed_mentions));
    rest.send(Call::build(builder, priority)?.coalesce()).await?.model()
}

/// Deletes a message.
pub async fn delete(
    rest: &Rest,
    channel: ChannelId,
    message: MessageId,
    priority: Priority,
) -> Result<(), RestError> {
    let builder = rest.builder().delete_message(twilight_id(channel), twilight_id(message));
    rest.send(Call::build(builder, priority)?).await.map(drop)
}

/// The newest messages of a channel, newest first; `limit` is 1 to 100.
pub async fn list(
    rest: &Rest,
    channel: ChannelId,
    after: Option<MessageId>,
    limit: u16,
    priority: Priority,
) -> Result<Vec<Message>, RestError> {
    let builder = rest.builder().channel_messages(twilight_id(channel));
    let call = match after {
        Some(after) => Call::build(builder.after(twilight_id(after)).limit(limit), priority)?,
        None => Call::build(builder.limit(limit), priority)?,
    };
    rest.send(call).await?.model()
}
