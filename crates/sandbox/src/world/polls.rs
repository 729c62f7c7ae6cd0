//! Polls: voted in, ended (Discord docs: Poll resource).

use serde_json::json;

use super::{Changed, Dispatch, World, WorldError, due::Thing};
use crate::{
    model::{Message, Poll},
    snowflake::{Id, Millis, Sid},
    wire,
};

impl World {
    /// Sets which answers a user has chosen, and tells what changed.
    pub fn vote(&mut self, channel_id: Id, id: Id, user_id: Id, chosen: &[u32]) -> Changed<()> {
        let poll = self.poll_mut(channel_id, id)?;
        let mut changes = Vec::new();
        for answer in &mut poll.answers {
            let (had, wants) = (answer.voters.contains(&user_id), chosen.contains(&answer.id));
            if had && !wants {
                answer.voters.retain(|voter| *voter != user_id);
                changes.push(("MESSAGE_POLL_VOTE_REMOVE", answer.id));
            }
            if wants && !had {
                answer.voters.push(user_id);
                changes.push(("MESSAGE_POLL_VOTE_ADD", answer.id));
            }
        }
        let tell = |(event, answer): (&'static str, u32)| {
            let data = json!({
                "user_id": Sid(user_id), "channel_id": Sid(channel_id), "message_id": Sid(id), "answer_id": answer,
            });
            self.tell_in_channel(event, channel_id, data)
        };
        Ok(((), changes.into_iter().map(tell).collect()))
    }

    /// Ends a poll: its votes are final, and a message tells how it went.
    pub fn end_poll(&mut self, channel_id: Id, id: Id, now: Millis) -> Changed<()> {
        let poll = self.poll_mut(channel_id, id)?;
        if poll.finalized {
            return Ok(((), Vec::new()));
        }
        let planned = poll.ends_at;
        poll.finalized = true;
        poll.ends_at = planned.min(now);
        let result = wire::poll_result(poll);
        self.due.cancel(Some(planned), Thing::Poll(channel_id, id));
        let ((), mut told) = self.update_message(channel_id, id, |_| {})?;
        let Some(author_id) = self.message(channel_id, id).map(|message| message.author_id) else {
            return Ok(((), told));
        };
        let message = Message {
            channel_id,
            kind: 46,
            author_id,
            mentions: vec![author_id],
            embeds: vec![result],
            reference: Some(json!({ "type": 0, "channel_id": Sid(channel_id), "message_id": Sid(id) })),
            ..Message::default()
        };
        told.extend(self.create_message(message, now)?.1);
        Ok(((), told))
    }

    /// Waits for the end of a message's poll.
    pub(crate) fn expect_end(&mut self, message: &Message) {
        if let Some(poll) = message.poll.as_ref().filter(|poll| !poll.finalized) {
            self.due.put(poll.ends_at, Thing::Poll(message.channel_id, message.id), None);
        }
    }

    /// A poll's time is over; the message may be gone.
    pub(super) fn poll_over(&mut self, channel_id: Id, id: Id, now: Millis) -> Vec<Dispatch> {
        self.end_poll(channel_id, id, now).map(|((), told)| told).unwrap_or_default()
    }

    fn poll_mut(&mut self, channel_id: Id, id: Id) -> Result<&mut Poll, WorldError> {
        let message = self.messages.get_mut(&channel_id).and_then(|all| all.get_mut(&id));
        message.and_then(|message| message.poll.as_deref_mut()).ok_or(WorldError::UnknownMessage)
    }
}
