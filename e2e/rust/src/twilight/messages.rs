//! Messages: the documented JSON as the library's own types, sent by its builders.

use anyhow::Result;
use guildhall_e2e::{files, texts};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use twilight_model::channel::message::{Component, Embed, MessageFlags};
use twilight_model::http::attachment::Attachment;
use twilight_model::http::interaction::InteractionResponse;
use twilight_model::id::{Id, marker::AttachmentMarker};
use twilight_model::poll::Poll;

/// The parts of a message.
pub(crate) struct Parts {
    pub(crate) content: Option<String>,
    pub(crate) components: Option<Vec<Component>>,
    pub(crate) embeds: Option<Vec<Embed>>,
    pub(crate) files: Vec<Attachment>,
    pub(crate) flags: Option<MessageFlags>,
    pub(crate) kept: Option<Vec<Id<AttachmentMarker>>>,
    pub(crate) poll: Option<Poll>,
}

fn typed<T: DeserializeOwned>(data: &Value, key: &str) -> Result<Option<T>> {
    if data[key].is_null() { Ok(None) } else { Ok(Some(serde_json::from_value(data[key].clone())?)) }
}

/// The library's types are those of what Discord sends, with keys that requests need not have.
fn complete(data: &Value) -> Value {
    let mut data = data.clone();
    for embed in data.get_mut("embeds").into_iter().filter_map(Value::as_array_mut).flatten() {
        embed["type"] = json!("rich");
    }
    let answers = data.get_mut("poll").and_then(|poll| poll["answers"].as_array_mut());
    for (answer, id) in answers.into_iter().flatten().zip(1..) {
        answer["answer_id"] = json!(id);
    }
    data
}

fn attachments(data: &Value) -> Vec<Attachment> {
    let numbered = files(data).into_iter().zip(0..);
    numbered.map(|((name, bytes), n)| Attachment::from_bytes(name, bytes, n)).collect()
}

impl Parts {
    pub(crate) fn of(data: &Value) -> Result<Self> {
        let kept: Result<Vec<_>, _> = texts(&data["keep"]).iter().map(|id| id.parse()).collect();
        Ok(Self {
            content: data["content"].as_str().map(str::to_owned),
            components: typed(data, "components")?,
            embeds: typed(&complete(data), "embeds")?,
            files: attachments(data),
            flags: typed(data, "flags")?,
            kept: if data["keep"].is_null() { None } else { Some(kept?) },
            poll: typed(&complete(data), "poll")?,
        })
    }
}

/// An answer to an interaction.
pub(crate) fn response(kind: &Value, data: &Value) -> Result<InteractionResponse> {
    let mut body = guildhall_e2e::body(&complete(data));
    if let Some(body) = body.as_object_mut() {
        body.remove("attachments");
    }
    let mut response: InteractionResponse = serde_json::from_value(json!({ "type": kind, "data": body }))?;
    let files = attachments(data);
    if let Some(data) = response.data.as_mut().filter(|_| !files.is_empty()) {
        data.attachments = Some(files);
    }
    Ok(response)
}

/// Fills a builder with whatever parts are there.
macro_rules! fill {
    ($request:expr, $parts:expr, $($extra:ident),*) => {{
        let mut request = $request;
        if let Some(components) = &$parts.components {
            request = request.components(fill!(@ $($extra)*, components));
        }
        if let Some(embeds) = &$parts.embeds {
            request = request.embeds(fill!(@ $($extra)*, embeds));
        }
        if let Some(content) = &$parts.content {
            request = request.content(fill!(@ $($extra)*, content));
        }
        if !$parts.files.is_empty() {
            request = request.attachments(&$parts.files);
        }
        request
    }};
    (@ edit, $value:expr) => { Some($value) };
    (@ new, $value:expr) => { $value };
}

pub(crate) use fill;
