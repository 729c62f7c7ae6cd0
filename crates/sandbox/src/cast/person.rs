//! A person's hands: speaking, reacting, and using what bots offer.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Bot, id_in};
use crate::{
    Engine, Hands,
    hands::Refused,
    model::Message,
    snowflake::{Id, Sid},
};

/// How long a command may take to be registered, and an interaction to be answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Someone who acts; refused what their permissions do not allow.
#[derive(Clone, Debug)]
pub struct Person {
    hands: Hands,
    id: Id,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Said {
    /// The message.
    pub id: Id,
    /// Where it is.
    pub channel: Id,
    /// Its text.
    pub text: String,
    /// All of it, as on the wire.
    pub json: Value,
}

impl Said {
    pub(crate) fn of(message: &Message, json: Value) -> Self {
        Self { id: message.id, channel: message.channel_id, text: message.content.clone(), json }
    }

    fn read(json: Value) -> Self {
        let text = json["content"].as_str().unwrap_or_default().to_owned();
        Self { id: id_in(&json, "id"), channel: id_in(&json, "channel_id"), text, json }
    }
}

/// An interaction that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The interaction.
    pub id: Id,
    /// Where.
    pub channel: Id,
    /// Where it stands: `responded`, `deferred`, `acknowledged`, `modal`, `expired` or `failed`.
    pub state: String,
    /// What the control interface tells of it.
    pub json: Value,
}

impl Person {
    pub(super) fn new(hands: Hands, id: Id) -> Self {
        Self { hands, id }
    }

    /// Who it is.
    pub fn id(&self) -> Id {
        self.id
    }

    async fn act(&self, method: &str, path: &str, body: Value) -> Result<Value, Refused> {
        self.hands.call(method, &format!("/as/{}{path}", self.id), body).await
    }

    /// Calls any of Discord's own routes as this person, such as `PUT` on `/guilds/1/bans/2`.
    pub async fn calls(&self, method: &str, path: &str, body: Value) -> Result<Value, Refused> {
        self.act(method, &format!("/api{path}"), body).await
    }

    /// Says something.
    pub async fn says(&self, channel: Id, text: &str) -> Result<Said, Refused> {
        self.sends(channel, json!({ "content": text })).await
    }

    /// Answers a message.
    pub async fn replies(&self, to: &Said, text: &str) -> Result<Said, Refused> {
        self.sends(to.channel, json!({ "content": text, "reply_to": Sid(to.id) })).await
    }

    /// Sends a message as the control interface takes it, with files for example.
    pub async fn sends(&self, channel: Id, body: Value) -> Result<Said, Refused> {
        self.act("POST", &format!("/channels/{channel}/messages"), body).await.map(Said::read)
    }

    /// Edits a message.
    pub async fn edits(&self, message: &Said, text: &str) -> Result<Said, Refused> {
        let path = format!("/channels/{}/messages/{}", message.channel, message.id);
        self.act("PATCH", &path, json!({ "content": text })).await.map(Said::read)
    }

    /// Deletes a message.
    pub async fn deletes(&self, message: &Said) -> Result<(), Refused> {
        let path = format!("/channels/{}/messages/{}", message.channel, message.id);
        self.act("DELETE", &path, Value::Null).await.map(|_| ())
    }

    /// Reacts with an emoji, or with `name:id`.
    pub async fn reacts(&self, message: &Said, emoji: &str) -> Result<(), Refused> {
        self.calls("PUT", &own_reaction(message, emoji), Value::Null).await.map(|_| ())
    }

    /// Takes a reaction back.
    pub async fn unreacts(&self, message: &Said, emoji: &str) -> Result<(), Refused> {
        self.calls("DELETE", &own_reaction(message, emoji), Value::Null).await.map(|_| ())
    }

    /// Begins to type.
    pub async fn types(&self, channel: Id) -> Result<(), Refused> {
        self.calls("POST", &format!("/channels/{channel}/typing"), Value::Null).await.map(|_| ())
    }

    /// Joins a guild.
    pub async fn joins(&self, guild: Id) -> Result<(), Refused> {
        self.hands.call("PUT", &format!("/guilds/{guild}/members/{}", self.id), json!({})).await.map(|_| ())
    }

    /// Leaves a guild.
    pub async fn leaves(&self, guild: Id) -> Result<(), Refused> {
        self.calls("DELETE", &format!("/users/@me/guilds/{guild}"), Value::Null).await.map(|_| ())
    }

    /// Opens the direct messages with someone.
    pub async fn dms(&self, user: Id) -> Result<Id, Refused> {
        let opened = self.act("POST", "/dms", json!({ "recipient_id": Sid(user) })).await?;
        Ok(id_in(&opened, "id"))
    }

    /// Runs a command with values by their options' names, and waits until it is answered or lost. A command
    /// that is not registered yet is waited for.
    pub async fn runs(&self, channel: Id, bot: &Bot, name: &str, values: Value) -> Result<Sent, Refused> {
        let application = bot.application;
        let known = |engine: &Engine| {
            engine.read(|world| {
                let mut own = world.commands.values().filter(|command| command.application_id == application);
                own.any(|command| command.name == name).then_some(()).ok_or_else(String::new)
            })
        };
        // The request says what is wrong when the command never comes.
        let _ = self.hands.until(PATIENCE, known).await;
        let values = if values.is_null() { json!({}) } else { values };
        let body =
            json!({ "command": { "application_id": Sid(application), "name": name, "values": values } });
        self.interacts(channel, body).await
    }

    /// Asks for suggestions for one option, and gives the choices.
    pub async fn suggestions(
        &self,
        channel: Id,
        bot: &Bot,
        name: &str,
        values: Value,
        focused: &str,
    ) -> Result<Value, Refused> {
        let body = json!({ "autocomplete": {
            "application_id": Sid(bot.application), "name": name, "values": values, "focused": focused,
        } });
        let path = format!("/channels/{channel}/interactions");
        Ok(self.act("POST", &path, body).await?["choices"].take())
    }

    /// Presses the button with this `custom_id` or label.
    pub async fn clicks(&self, message: &Said, button: &str) -> Result<Sent, Refused> {
        let custom_id = custom_id(&message.json["components"], button).unwrap_or(button);
        let body = json!({ "component": { "message_id": Sid(message.id), "custom_id": custom_id } });
        self.interacts(message.channel, body).await
    }

    /// Chooses in the select menu with this `custom_id`.
    pub async fn selects(&self, message: &Said, menu: &str, values: &[&str]) -> Result<Sent, Refused> {
        let body =
            json!({ "component": { "message_id": Sid(message.id), "custom_id": menu, "values": values } });
        self.interacts(message.channel, body).await
    }

    /// Submits the modal that an interaction opened, with values by the inputs' `custom_id`.
    pub async fn submits(&self, opener: &Sent, fields: Value) -> Result<Sent, Refused> {
        let body = json!({ "modal": { "interaction_id": Sid(opener.id), "fields": fields } });
        self.interacts(opener.channel, body).await
    }

    /// Sends an interaction as the control interface takes it, and waits until it is answered or lost.
    pub async fn interacts(&self, channel: Id, body: Value) -> Result<Sent, Refused> {
        let sent = self.act("POST", &format!("/channels/{channel}/interactions"), body).await?;
        let id = id_in(&sent, "interaction_id");
        let path = format!("/interactions/{id}?wait={}", PATIENCE.as_millis());
        let json = self.hands.call("GET", &path, Value::Null).await?;
        Ok(Sent { id, channel, state: json["state"].as_str().unwrap_or_default().to_owned(), json })
    }
}

fn own_reaction(message: &Said, emoji: &str) -> String {
    let emoji: String = url::form_urlencoded::byte_serialize(emoji.as_bytes()).collect();
    format!("/channels/{}/messages/{}/reactions/{emoji}/@me", message.channel, message.id)
}

/// The `custom_id` of the component that has it, or that has this label.
fn custom_id<'m>(components: &'m Value, wanted: &str) -> Option<&'m str> {
    let own = |component: &'m Value| {
        let named = component["custom_id"] == wanted || component["label"] == wanted;
        component["custom_id"].as_str().filter(|_| named)
    };
    components.as_array()?.iter().find_map(|component| {
        let inner = || custom_id(&component["components"], wanted);
        own(component).or_else(inner).or_else(|| own(&component["accessory"]))
    })
}
