//! No message leaves without `allowed_mentions`: without the field Discord pings everyone a text
//! names (Discord docs: Message, Allowed Mentions Object).

use serde::{Deserialize, de::IgnoredAny};
use twilight_http::request::{Method, Request};
use twilight_model::channel::message::AllowedMentions;

use super::error::RestError;

/// Pings nobody.
pub fn none() -> AllowedMentions {
    AllowedMentions::default()
}

/// Refuses a message-creating or -editing request without `allowed_mentions`.
pub(super) fn check(request: &Request) -> Result<(), RestError> {
    let Some(place) = place(request.method(), request.path()) else { return Ok(()) };
    let part = request.form().and_then(|form| payload_json(form.clone()));
    let json: &[u8] = part.as_deref().or_else(|| request.body()).unwrap_or_default();
    let body: Body = serde_json::from_slice(json)
        .map_err(|error| RestError::Validation(format!("message body: {error}")))?;
    let named = match place {
        Place::Message => body.allowed_mentions.is_some(),
        Place::Thread => body.message.is_none_or(|message| message.allowed_mentions.is_some()),
        // Types 4 and 7 carry a message (Discord docs: Interactions, Interaction Callback Type).
        Place::Callback => {
            !matches!(body.kind, Some(4 | 7)) || body.data.is_some_and(|data| data.allowed_mentions.is_some())
        }
    };
    if named { Ok(()) } else { Err(RestError::MentionsMissing) }
}

/// Where in its body a request carries a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// The body is the message.
    Message,
    /// The first message of a thread in a forum.
    Thread,
    /// The data of an interaction callback.
    Callback,
}

fn place(method: Method, path: &str) -> Option<Place> {
    let route = path.split('?').next().unwrap_or_default().trim_matches('/');
    let parts: Vec<&str> = route.split('/').collect();
    match (method, parts.as_slice()) {
        (Method::Post, ["channels", _, "messages"] | ["webhooks", _, _])
        | (Method::Patch, ["channels", _, "messages", _] | ["webhooks", _, _, "messages", _]) => {
            Some(Place::Message)
        }
        (Method::Post, ["channels", _, "threads"]) => Some(Place::Thread),
        (Method::Post, ["interactions", _, _, "callback"]) => Some(Place::Callback),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Body {
    allowed_mentions: Option<IgnoredAny>,
    message: Option<Inner>,
    data: Option<Inner>,
    #[serde(rename = "type")]
    kind: Option<u64>,
}

#[derive(Deserialize)]
struct Inner {
    allowed_mentions: Option<IgnoredAny>,
}

/// The part `payload_json` of a form (Discord docs: Reference, Uploading Files).
fn payload_json(form: twilight_http::request::Form) -> Option<Vec<u8>> {
    let (boundary, buffer) = form.into_parts();
    let name = memchr::memmem::find(&buffer, b"name=\"payload_json\"")?;
    let start = name + memchr::memmem::find(&buffer[name..], b"\r\n\r\n")? + 4;
    let mut end = b"\r\n--".to_vec();
    end.extend_from_slice(&boundary);
    let length = memchr::memmem::find(&buffer[start..], &end)?;
    Some(buffer[start..start + length].to_vec())
}
