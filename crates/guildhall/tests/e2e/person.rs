//! A person in a channel, as their client would let them act.

use guildhall_sandbox::example;
use guildhall_testkit::{control::Control, wait};
use serde_json::{Value, json};

use crate::stage::{BOUND, number};

/// Somebody in a channel.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) control: Control,
    pub(crate) user: u64,
    pub(crate) channel: u64,
}

/// What came of a command, a button or a form.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where the interaction stands, as the control interface tells it.
    pub(crate) record: Value,
    /// The message that answers it; null when there is none.
    pub(crate) message: Value,
}

impl Answer {
    /// Every word that the person sees.
    pub(crate) fn words(&self) -> String {
        words(&self.message)
    }

    /// Whether nobody else sees it.
    pub(crate) fn hidden(&self) -> bool {
        // Discord docs: Message, Message Flags, EPHEMERAL.
        self.message["flags"].as_u64().unwrap_or(0) & 64 != 0
    }
}

impl Seat {
    /// The same person elsewhere.
    pub(crate) fn at(&self, channel: u64) -> Self {
        Self { channel, ..self.clone() }
    }

    /// Runs a slash command, such as `ping` or `knowledge list`, and waits for its answer.
    pub(crate) async fn run(&self, command: &str, options: Value) -> Answer {
        let sent = self.send(command, options).await;
        self.answer(&sent).await
    }

    /// Runs a slash command and does not wait. Returns the interaction's id.
    pub(crate) async fn send(&self, command: &str, options: Value) -> String {
        let (name, inner) = command.split_once(' ').unwrap_or((command, ""));
        let mut options = typed(&options);
        if !inner.is_empty() {
            options = json!([{ "type": 1, "name": inner, "options": options }]);
        }
        let application = example::APPLICATION.to_string();
        let ran = json!({ "application_id": application, "name": name, "type": 1, "options": options });
        self.interact(json!({ "command": ran })).await.unwrap_or_else(|error| panic!("/{command}: {error}"))
    }

    /// Presses the button with this label on a message.
    pub(crate) async fn press(&self, message: &Value, label: &str) -> Answer {
        let rows = message["components"].as_array().unwrap();
        let mut buttons = rows.iter().flat_map(|row| row["components"].as_array().unwrap());
        let button = buttons.find(|button| button["label"] == label);
        let button = button.unwrap_or_else(|| panic!("no button {label} on {message}"));
        let used = json!({ "message_id": message["id"], "custom_id": button["custom_id"] });
        let sent = self.interact(json!({ "component": used })).await.unwrap();
        self.answer(&sent).await
    }

    /// Sends an interaction; what a client would refuse is an error.
    pub(crate) async fn interact(&self, body: Value) -> Result<String, String> {
        let sent = self.control.interact(&self.user.to_string(), &self.channel.to_string(), body).await;
        sent.map(|sent| sent["interaction_id"].as_str().unwrap().to_owned())
            .map_err(|error| error.to_string())
    }

    /// Waits for the answer to an interaction.
    pub(crate) async fn answer(&self, interaction: &str) -> Answer {
        let record = self.control.settled(interaction, BOUND).await.unwrap();
        let Some(id) = record["message_id"].as_str().filter(|_| record["state"] != "acknowledged") else {
            return Answer { record, message: Value::Null };
        };
        // A deferred answer is a message that is still loading (Discord docs: Message, Message Flags).
        let done = |message: &Value| message["id"] == id && message["flags"].as_u64().unwrap_or(0) & 128 == 0;
        let message =
            wait::until(BOUND, || async { self.messages().await.into_iter().find(|one| done(one)) });
        let message = message.await.unwrap_or_else(|| panic!("no answer: {record}"));
        Answer { record, message }
    }

    /// The newest messages of the channel, newest first.
    pub(crate) async fn messages(&self) -> Vec<Value> {
        self.control.messages(&self.user.to_string(), &self.channel.to_string()).await.unwrap()
    }

    /// Writes a message and returns its id.
    pub(crate) async fn say(&self, text: &str) -> u64 {
        let said = self.control.say(&self.user.to_string(), &self.channel.to_string(), text).await;
        number(&said.unwrap()["id"])
    }

    /// The welcomes of the bot in this channel.
    pub(crate) async fn welcomes(&self) -> Vec<Value> {
        let welcome = |message: &Value| words(message).contains("Thank you for the invitation");
        self.messages().await.into_iter().filter(welcome).collect()
    }

    /// Waits for the bot's welcome in this channel.
    pub(crate) async fn welcomed(&self) -> Value {
        let welcome = wait::until(BOUND, || async { self.welcomes().await.pop() }).await;
        welcome.expect("a welcome")
    }
}

/// Every word of a message.
pub(crate) fn words(message: &Value) -> String {
    let mut all = vec![message["content"].as_str().unwrap_or_default().to_owned()];
    for embed in message["embeds"].as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        all.extend([text(&embed["title"]), text(&embed["description"])]);
        for field in embed["fields"].as_array().into_iter().flatten() {
            all.extend([text(&field["name"]), text(&field["value"])]);
        }
    }
    all.join("\n")
}

/// `{"query": "x"}` as the options of a command.
fn typed(options: &Value) -> Value {
    let option = |(name, value): (&String, &Value)| {
        // Discord docs: Application Commands, Application Command Option Type.
        let kind = match value {
            Value::Bool(_) => 5,
            Value::Number(_) => 4,
            _ => 3,
        };
        json!({ "name": name, "type": kind, "value": value })
    };
    options.as_object().into_iter().flatten().map(option).collect()
}
