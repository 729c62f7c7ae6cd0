//! Webhooks that take what is meant for Slack. (Discord docs: Webhook, Execute Slack-Compatible Webhook.)

use serde_json::{Map, Value, json};

use super::by_token;
use super::execute::say;
use crate::clock::iso;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error;
use crate::rest::routes::{Auth, Pace, Table};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/webhooks/{webhook}/{token}/slack", Auth::Open, Pace::Ordinary, execute);
}

/// `POST /webhooks/{webhook}/{token}/slack`
fn execute(call: &Call) -> Answer {
    let webhook = call.read(|world| by_token(world, call).cloned())?;
    super::github::not_into_a_forum(call, &webhook)?;
    let given = call.object()?;
    // Forms have the JSON in one field.
    let parsed;
    let given = match given.get("payload").and_then(Value::as_str) {
        Some(text) => {
            parsed = serde_json::from_str::<Map<String, Value>>(text).map_err(|_| error::INVALID_JSON)?;
            &parsed
        }
        None => given,
    };
    say(call, &webhook, &translate(given))?;
    ok("ok")
}

/// The same message in Discord's words.
fn translate(slack: &Map<String, Value>) -> Map<String, Value> {
    let mut body = Map::new();
    for (from, to) in [("text", "content"), ("username", "username"), ("icon_url", "avatar_url")] {
        if let Some(text) = slack.get(from).filter(|value| value.is_string()) {
            body.insert(to.to_owned(), if from == "text" { json!(links(text)) } else { text.clone() });
        }
    }
    let attachments = slack.get("attachments").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !attachments.is_empty() {
        body.insert("embeds".to_owned(), attachments.iter().map(embed).collect());
    }
    body
}

/// `<url|name>` is a link in Slack's text.
fn links(text: &Value) -> String {
    let text = text.as_str().unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        match after.split_once('>') {
            Some((inner, after)) if inner.contains("://") => {
                match inner.split_once('|') {
                    Some((url, name)) => out.extend(["[", name, "](", url, ")"]),
                    None => out.push_str(inner),
                }
                rest = after;
            }
            _ => {
                out.push('<');
                rest = after;
            }
        }
    }
    out + rest
}

fn embed(part: &Value) -> Value {
    let mut all = json!({});
    let text = |key: &str| part[key].as_str().filter(|text| !text.is_empty());
    for (from, to) in [("title", "title"), ("title_link", "url")] {
        if let Some(text) = text(from) {
            all[to] = json!(text);
        }
    }
    let parts: Vec<String> = ["pretext", "text"]
        .into_iter()
        .filter(|key| text(key).is_some())
        .map(|key| links(&part[key]))
        .collect();
    if !parts.is_empty() {
        all["description"] = json!(parts.join("\n"));
    }
    if let Some(name) = text("author_name") {
        all["author"] = json!({ "name": name, "url": text("author_link"), "icon_url": text("author_icon") });
    }
    if let Some(footer) = text("footer") {
        all["footer"] = json!({ "text": footer, "icon_url": text("footer_icon") });
    }
    for (from, to) in [("image_url", "image"), ("thumb_url", "thumbnail")] {
        if let Some(url) = text(from) {
            all[to] = json!({ "url": url });
        }
    }
    if let Some(color) = text("color").and_then(color) {
        all["color"] = json!(color);
    }
    if let Some(seconds) = part["ts"].as_i64().or_else(|| part["ts"].as_str()?.parse().ok()) {
        all["timestamp"] = json!(iso(seconds.saturating_mul(1000)));
    }
    if let Some(fields) = part["fields"].as_array() {
        let field =
            |f: &Value| json!({ "name": f["title"], "value": f["value"], "inline": f["short"] == true });
        all["fields"] = fields.iter().map(field).collect();
    }
    all
}

/// A colour as six digits, or by one of Slack's three names.
fn color(text: &str) -> Option<u32> {
    match text {
        "good" => Some(0x002e_b886),
        "warning" => Some(0x00da_a038),
        "danger" => Some(0x00a3_0200),
        text => {
            u32::from_str_radix(text.strip_prefix('#').unwrap_or(text), 16).ok().filter(|n| *n <= 0xFF_FF_FF)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slack_message_becomes_content_and_embeds() {
        let slack = json!({
            "text": "see <https://example.org|here> and <@x>",
            "username": "deploy",
            "attachments": [{ "title": "Build", "text": "done", "color": "good", "ts": 1_420_070_400,
                "fields": [{ "title": "a", "value": "b", "short": true }] }],
        });
        let body = translate(slack.as_object().unwrap());
        assert_eq!(body["content"], "see [here](https://example.org) and <@x>");
        let embed = &body["embeds"][0];
        assert_eq!((&embed["color"], &embed["description"]), (&json!(0x002e_b886), &json!("done")));
        assert_eq!(embed["fields"][0], json!({ "name": "a", "value": "b", "inline": true }));
        assert_eq!(embed["timestamp"], "2015-01-01T00:00:00.000000+00:00");
    }

    #[test]
    fn colours_have_six_digits() {
        assert_eq!(
            [color("#ff0000"), color("00ff00"), color("red"), color("1234567")],
            [Some(0xFF_00_00), Some(0xFF_00), None, None]
        );
    }
}
