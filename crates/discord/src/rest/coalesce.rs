//! Edits of one message that wait collapse into one request.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::outgoing::Outgoing;

/// What edits of the same message share, or `None` for a request that cannot be merged.
pub(super) fn key(request: &Outgoing) -> Option<String> {
    (request.method == reqwest::Method::PATCH && request.is_json()).then(|| request.path.clone())
}

/// One request that does what `older` and then `newer` would do: a field of an edit replaces the whole
/// field, and a field that is not named stays as it is (Discord docs: Message, Edit Message).
pub(super) fn merge(older: &Outgoing, newer: Outgoing) -> Outgoing {
    let fields = |request: &Outgoing| serde_json::from_slice::<Map<String, Value>>(&request.body);
    let (Ok(mut merged), Ok(fresh)) = (fields(older), fields(&newer)) else { return newer };
    merged.extend(fresh);
    match serde_json::to_vec(&merged) {
        Ok(body) => Outgoing { body: Bytes::from(body), ..newer },
        Err(_) => newer,
    }
}

#[cfg(test)]
mod tests {
    use twilight_http::{request::Request, routing::Route};

    use super::*;

    fn edit(body: &str) -> Outgoing {
        let route = Route::UpdateMessage { channel_id: 1, message_id: 2 };
        Outgoing::new(&Request::builder(&route).body(body.as_bytes().to_vec()).build().unwrap()).unwrap()
    }

    #[test]
    fn the_newest_field_wins_and_the_others_stay() {
        let older = edit(r#"{"content":"one","embeds":[1],"allowed_mentions":{"parse":["users"]}}"#);
        let newer = edit(r#"{"content":null,"allowed_mentions":{"parse":[]}}"#);
        let merged: Value = serde_json::from_slice(&merge(&older, newer).body).unwrap();
        let expected = serde_json::json!({"content": null, "embeds": [1], "allowed_mentions": {"parse": []}});
        assert_eq!(merged, expected);
    }

    #[test]
    fn only_edits_in_json_have_a_key() {
        assert_eq!(key(&edit("{}")).as_deref(), Some("channels/1/messages/2"));
        let post = Request::builder(&Route::CreateMessage { channel_id: 1 }).body(b"{}".to_vec()).build();
        assert_eq!(key(&Outgoing::new(&post.unwrap()).unwrap()), None);
    }
}
