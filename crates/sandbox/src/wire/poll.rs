//! Polls on the wire (Discord docs: Poll, Poll Object).

use serde_json::{Value, json};

use crate::{
    clock::iso,
    model::{Poll, PollAnswer},
    snowflake::Id,
};

/// A poll. `viewer` decides what `me_voted` says.
pub fn poll(poll: &Poll, viewer: Option<Id>) -> Value {
    let answer = |answer: &PollAnswer| json!({ "answer_id": answer.id, "poll_media": media(answer) });
    let count = |answer: &PollAnswer| {
        let me_voted = viewer.is_some_and(|id| answer.voters.contains(&id));
        json!({ "id": answer.id, "count": answer.voters.len(), "me_voted": me_voted })
    };
    json!({
        "question": { "text": poll.question },
        "answers": poll.answers.iter().map(answer).collect::<Vec<_>>(),
        "expiry": iso(poll.ends_at),
        "allow_multiselect": poll.multiselect,
        "layout_type": 1,
        "results": {
            "is_finalized": poll.finalized,
            "answer_counts": poll.answers.iter().map(count).collect::<Vec<_>>(),
        },
    })
}

fn media(answer: &PollAnswer) -> Value {
    let mut all = json!({ "text": answer.text });
    if let Some(emoji) = &answer.emoji {
        all["emoji"] = emoji.clone();
    }
    all
}

/// The embed of the message that tells how a poll ended (Discord docs: Message, Poll Result Embed Fields).
pub fn poll_result(poll: &Poll) -> Value {
    let victor = poll.victor();
    let best = poll.answers.iter().map(|answer| answer.voters.len()).max().unwrap_or(0);
    let mut fields = vec![
        ("poll_question_text", poll.question.clone()),
        ("victor_answer_votes", best.to_string()),
        ("total_votes", poll.votes().to_string()),
    ];
    if let Some(victor) = victor {
        fields.push(("victor_answer_id", victor.id.to_string()));
        fields.push(("victor_answer_text", victor.text.clone()));
        let emoji = victor.emoji.as_ref();
        let part = |key: &str| emoji.and_then(|emoji| emoji[key].as_str()).map(str::to_owned);
        fields.extend(part("id").map(|id| ("victor_answer_emoji_id", id)));
        fields.extend(part("name").map(|name| ("victor_answer_emoji_name", name)));
    }
    let field = |(name, value)| json!({ "name": name, "value": value, "inline": false });
    json!({ "type": "poll_result", "fields": fields.into_iter().map(field).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: u32, voters: &[Id]) -> PollAnswer {
        PollAnswer { id, text: format!("answer {id}"), emoji: None, voters: voters.to_vec() }
    }

    #[test]
    fn a_tie_has_no_victor() {
        let names = |poll: &Poll| -> Vec<String> {
            let fields = poll_result(poll)["fields"].as_array().cloned().unwrap_or_default();
            fields.iter().map(|field| field["name"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let mut poll = Poll { answers: vec![answer(1, &[5, 6]), answer(2, &[7])], ..Poll::default() };
        assert!(names(&poll).contains(&"victor_answer_id".to_owned()));
        poll.answers[1].voters.push(8);
        assert_eq!(names(&poll), ["poll_question_text", "victor_answer_votes", "total_votes"]);
    }
}
