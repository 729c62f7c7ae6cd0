//! A world in a few lines: people, bots and guilds with names, and what people do.

mod guild;
mod person;

use serde_json::{Value, json};

pub use guild::{GuildPlan, Place};
pub use person::{Person, Said, Sent};

use crate::{
    Hands, Sandbox,
    expect::Expects,
    hands::Refused,
    snowflake::{Id, parse},
};

/// A bot that a test may start: its application and what it logs in with.
#[derive(Clone, Debug)]
pub struct Bot {
    /// The application.
    pub application: Id,
    /// The bot's user.
    pub user: Id,
    /// The token to log in with.
    pub token: String,
}

/// The id under a key of an answer.
pub(crate) fn id_in(answer: &Value, key: &str) -> Id {
    answer[key].as_str().and_then(parse).unwrap_or(0)
}

impl Sandbox {
    /// The control interface, to be called within the process.
    pub fn hands(&self) -> &Hands {
        &self.hands
    }

    /// Makes a person.
    pub async fn person(&self, username: &str) -> Result<Person, Refused> {
        let made = self.hands.call("POST", "/users", json!({ "username": username })).await?;
        Ok(self.person_of(id_in(&made, "id")))
    }

    /// A person who is there already, such as [`example::ADA`](crate::example::ADA).
    pub fn person_of(&self, id: Id) -> Person {
        Person::new(self.hands.clone(), id)
    }

    /// Makes an application with a bot that may have every intent.
    pub async fn bot(&self, name: &str) -> Result<Bot, Refused> {
        let made = self.hands.call("POST", "/applications", json!({ "name": name })).await?;
        let token = made["token"].as_str().unwrap_or_default().to_owned();
        Ok(Bot { application: id_in(&made, "id"), user: id_in(&made, "bot_user_id"), token })
    }

    /// Plans a guild; it is there when the plan is [made](GuildPlan::make).
    pub fn guild(&self, name: &str) -> GuildPlan {
        GuildPlan::new(self.hands.clone(), name)
    }

    /// Expects something of what happens since something was last done.
    pub fn expects(&self) -> Expects {
        Expects::new(self.hands.clone())
    }
}
