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
pub(super) fn payload_json(form: twilight_http::request::Form) -> Option<Vec<u8>> {
    let (boundary, buffer) = form.into_parts();
    // The boundary is random, so that no uploaded file can pass for this part.
    let start_of_part =
        [b"--".as_slice(), &boundary, b"\r\nContent-Disposition: form-data; name=\"payload_json\""];
    let name = memchr::memmem::find(&buffer, &start_of_part.concat())?;
    let start = name + memchr::memmem::find(&buffer[name..], b"\r\n\r\n")? + 4;
    let mut end = b"\r\n--".to_vec();
    end.extend_from_slice(&boundary);
    let length = memchr::memmem::find(&buffer[start..], &end)?;
    Some(buffer[start..start + length].to_vec())
}

#[cfg(test)]
mod tests {
    use twilight_http::request::{Form, RequestBuilder};

    use super::*;

    fn json(method: Method, path: &str, body: &str) -> Result<(), RestError> {
        let body = body.as_bytes().to_vec();
        check(&RequestBuilder::raw(method, path.to_owned()).body(body).build().unwrap())
    }

    #[test]
    fn every_way_to_write_a_message_needs_the_field() {
        let routes = [
            (Method::Post, "channels/1/messages"),
            (Method::Patch, "channels/1/messages/2"),
            (Method::Post, "webhooks/1/token?wait=true"),
            (Method::Patch, "webhooks/1/token/messages/@original"),
            (Method::Patch, "webhooks/1/token/messages/2"),
        ];
        for (method, path) in routes {
            assert_eq!(
                json(method, path, r#"{"content":"@everyone"}"#),
                Err(RestError::MentionsMissing),
                "{path}"
            );
            let null = r#"{"content":"@everyone","allowed_mentions":null}"#;
            assert_eq!(json(method, path, null), Err(RestError::MentionsMissing), "{path}");
            assert_eq!(
                json(method, path, r#"{"content":"x","allowed_mentions":{"parse":[]}}"#),
                Ok(()),
                "{path}"
            );
            assert!(matches!(json(method, path, "{"), Err(RestError::Validation(_))), "{path}");
        }
    }

    #[test]
    fn callbacks_need_it_only_where_they_carry_a_message() {
        let path = "interactions/1/token/callback";
        for kind in [4, 7] {
            let bare = format!(r#"{{"type":{kind},"data":{{"content":"x"}}}}"#);
            assert_eq!(json(Method::Post, path, &bare), Err(RestError::MentionsMissing));
            assert_eq!(
                json(Method::Post, path, &format!(r#"{{"type":{kind}}}"#)),
                Err(RestError::MentionsMissing)
            );
            let named = format!(r#"{{"type":{kind},"data":{{"allowed_mentions":{{}}}}}}"#);
            assert_eq!(json(Method::Post, path, &named), Ok(()));
        }
        for kind in [1, 5, 6, 8, 9] {
            assert_eq!(json(Method::Post, path, &format!(r#"{{"type":{kind},"data":{{}}}}"#)), Ok(()));
        }
    }

    #[test]
    fn a_thread_with_a_first_message_needs_it_there() {
        let path = "channels/1/threads";
        assert_eq!(json(Method::Post, path, r#"{"name":"x"}"#), Ok(()));
        assert_eq!(
            json(Method::Post, path, r#"{"message":{"content":"x"}}"#),
            Err(RestError::MentionsMissing)
        );
        assert_eq!(json(Method::Post, path, r#"{"message":{"allowed_mentions":{}}}"#), Ok(()));
    }

    #[test]
    fn forms_are_looked_into() {
        let form = |json: &[u8]| {
            let form = Form::new().json_part(b"payload_json", json).file_part(b"files[0]", b"a.txt", b"text");
            check(
                &RequestBuilder::raw(Method::Post, "channels/1/messages".to_owned())
                    .form(form)
                    .build()
                    .unwrap(),
            )
        };
        assert_eq!(form(br#"{"content":"x"}"#), Err(RestError::MentionsMissing));
        assert_eq!(form(br#"{"allowed_mentions":{}}"#), Ok(()));
        let hidden = Form::new().file_part(b"files[0]", b"payload_json", br#"{"allowed_mentions":{}}"#);
        let request = RequestBuilder::raw(Method::Post, "channels/1/messages".to_owned()).form(hidden);
        assert!(check(&request.build().unwrap()).is_err());
    }

    #[test]
    fn other_requests_pass() {
        assert_eq!(json(Method::Get, "channels/1/messages", ""), Ok(()));
        assert_eq!(json(Method::Put, "channels/1/messages/2/reactions/x/@me", ""), Ok(()));
        assert_eq!(json(Method::Post, "channels/1/webhooks", r#"{"name":"x"}"#), Ok(()));
    }
}
