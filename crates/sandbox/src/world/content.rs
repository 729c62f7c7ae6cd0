//! Who may read a message's content without the intent for it, and what the others get
//! (Discord docs: Gateway, Message Content Intent).

use bytes::Bytes;
use serde_json::Value;

use super::{Payload, World, dispatch::to_bytes};
use crate::{
    gateway::intents::Intents,
    model::{Application, Message},
    snowflake::{Id, parse},
    wire,
};

impl World {
    /// A message event in the forms in which it is told. Whoever may read a message need not be allowed to
    /// read the one it answers, and the other way round.
    pub(super) fn message_payload(&self, message: &Message, mut data: Value) -> Payload {
        let full = to_bytes(&data);
        let shown = data.get("referenced_message").is_some_and(Value::is_object);
        let answered = wire::referenced(self, message).filter(|other| shown && other.has_content());
        if !message.has_content() && answered.is_none() {
            return Payload::Message { full, stripped: None, readers: Vec::new() };
        }
        let own = self.content_readers(message);
        let inner = answered.map(|other| self.content_readers(other));
        let mut bots: Vec<Id> = own.iter().chain(inner.iter().flatten()).copied().collect();
        bots.retain(|id| self.application_of_bot(*id).is_some());
        bots.sort_unstable();
        bots.dedup();
        let form = |id: Id| -> Bytes {
            let reads_answered = inner.as_ref().is_none_or(|inner| inner.contains(&id));
            let reads = own.contains(&id);
            if reads && reads_answered {
                return full.clone();
            }
            let mut data = data.clone();
            if reads {
                wire::strip_content(&mut data["referenced_message"]);
            } else {
                wire::strip_own_content(&mut data);
            }
            to_bytes(&data)
        };
        let readers = bots.into_iter().map(|id| (id, form(id))).collect();
        wire::strip_content(&mut data);
        Payload::Message { full, stripped: Some(to_bytes(&data)), readers }
    }

    /// Whether an application may read what the message content intent gates, over REST.
    pub fn may_read_content(&self, application: &Application, message: &Message) -> bool {
        application.privileged.contains(Intents::MESSAGE_CONTENT)
            || self.content_readers(message).contains(&application.bot_id)
            || message.application_id == Some(application.id)
    }

    /// Bots that may read a message's content without the intent: its author, those it mentions, and
    /// those it was sent to directly (Discord docs: Gateway, Message Content Intent).
    pub fn content_readers(&self, message: &Message) -> Vec<Id> {
        let mut readers = message.mentions.clone();
        // A reply pings the author of what it answers; that alone does not open replies to interactions
        // (Discord docs: You Might Not Need a Privileged Intent).
        let answered =
            message.reference.as_ref().filter(|reference| reference["type"].as_u64().unwrap_or(0) == 0);
        let answered = answered.and_then(|reference| parse(reference["message_id"].as_str()?));
        if let Some(answered) = answered.and_then(|id| self.message(message.channel_id, id))
            && answered.interaction_metadata.is_some()
        {
            let bot = answered.author_id;
            let named =
                [format!("<@{bot}>"), format!("<@!{bot}>")].iter().any(|tag| message.content.contains(tag));
            readers.retain(|id| named || *id != bot);
        }
        readers.push(message.author_id);
        if let Some(own) = message.application_id.and_then(|id| self.applications.get(&id)) {
            readers.push(own.bot_id);
        }
        if let Some(dm) = self.dms.get(&message.channel_id) {
            readers.extend(&dm.recipients);
        }
        readers
    }
}
