//! The body of a poll. (Discord docs: Poll resource, Poll Create Request Object.)

use serde_json::{Map, Value, json};

use super::form::{Form, Path, parse_snowflake};
use crate::model::{Poll, PollAnswer};
use crate::snowflake::Millis;

const QUESTION: usize = 300;
const ANSWER: usize = 55;
const ANSWERS: usize = 10;
/// 32 days.
const LONGEST_HOURS: i64 = 768;
const DEFAULT_HOURS: i64 = 24;
const HOUR: Millis = 3_600_000;

/// Checks the poll of a message found at `path`.
pub(crate) fn check(form: &mut Form, value: &Value, path: Path<'_>) {
    let Some(poll) = form.object(value, path) else { return };
    let question = path.key("question");
    match poll.get("question") {
        None | Some(Value::Null) => form.required(question),
        Some(value) => {
            if let Some(object) = form.object(value, question) {
                form.required_string(object, "text", question, (1, QUESTION));
            }
        }
    }
    let answers = form.list(poll, "answers", path, ANSWERS);
    let list = path.key("answers");
    if answers.is_empty() {
        form.required(list);
    }
    for (index, answer) in answers.iter().take(ANSWERS).enumerate() {
        let at = list.index(index);
        let Some(object) = form.object(answer, at) else { continue };
        let here = at.key("poll_media");
        match object.get("poll_media") {
            None | Some(Value::Null) => form.required(here),
            Some(value) => {
                if let Some(media) = form.object(value, here) {
                    form.required_string(media, "text", here, (1, ANSWER));
                    check_emoji(form, media, here);
                }
            }
        }
    }
    form.integer(poll, "duration", path, (1, LONGEST_HOURS));
    form.boolean(poll, "allow_multiselect", path);
    form.choice(poll, "layout_type", path, &[1]);
}

fn check_emoji(form: &mut Form, media: &Map<String, Value>, path: Path<'_>) {
    let Some(emoji) = media.get("emoji").filter(|emoji| !emoji.is_null()) else { return };
    let here = path.key("emoji");
    let Some(object) = form.object(emoji, here) else { return };
    form.snowflake(object, "id", here);
    form.string(object, "name", here, (0, 100));
}

/// The poll of a body that was checked.
pub(crate) fn read(value: &Value, now: Millis) -> Poll {
    let text = |value: &Value| value["text"].as_str().unwrap_or_default().trim().to_owned();
    let answers = value["answers"].as_array().map_or(&[][..], Vec::as_slice);
    let answers = answers.iter().zip(1..).map(|(answer, id)| PollAnswer {
        id,
        text: text(&answer["poll_media"]),
        emoji: emoji(&answer["poll_media"]["emoji"]),
        voters: Vec::new(),
    });
    let hours = value["duration"].as_i64().unwrap_or(DEFAULT_HOURS).clamp(1, LONGEST_HOURS);
    Poll {
        question: text(&value["question"]),
        answers: answers.collect(),
        multiselect: value["allow_multiselect"].as_bool().unwrap_or(false),
        ends_at: now + hours * HOUR,
        finalized: false,
    }
}

/// A custom emoji by its id, or a Unicode one by its name.
fn emoji(value: &Value) -> Option<Value> {
    let name = value["name"].as_str();
    match parse_snowflake(&value["id"]) {
        Some(id) => Some(json!({ "id": id.to_string(), "name": name })),
        None => name.map(|name| json!({ "id": null, "name": name })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::form::FormErrors;

    fn errors(poll: &Value) -> Value {
        let mut form = Form::default();
        check(&mut form, poll, Path::ROOT.key("poll"));
        form.finish().err().map_or(json!({}), FormErrors::into_json)
    }

    fn poll(question: usize, answers: usize, length: usize, hours: i64) -> Value {
        let answer = json!({ "poll_media": { "text": "x".repeat(length) } });
        json!({ "question": { "text": "x".repeat(question) }, "answers": vec![answer; answers], "duration": hours })
    }

    #[test]
    fn each_number_has_its_bound() {
        assert_eq!(errors(&poll(300, 10, 55, 768)), json!({}));
        for bad in [
            poll(301, 1, 1, 1),
            poll(0, 1, 1, 1),
            poll(1, 11, 1, 1),
            poll(1, 0, 1, 1),
            poll(1, 1, 56, 1),
            poll(1, 1, 1, 769),
            poll(1, 1, 1, 0),
            json!({}),
            json!([]),
        ] {
            assert_ne!(errors(&bad), json!({}), "{bad}");
        }
    }

    #[test]
    fn a_day_is_the_default() {
        let read = read(&json!({ "question": { "text": "q" }, "answers": [] }), 0);
        assert_eq!(read.ends_at, 86_400_000);
    }
}
