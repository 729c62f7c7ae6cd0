//! A guild planned in one expression.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Bot, Person, id_in};
use crate::{Hands, hands::Refused, snowflake::Id, snowflake::Sid};

/// A guild that is still to be made.
#[derive(Clone, Debug)]
pub struct GuildPlan {
    hands: Hands,
    name: String,
    owner: Option<Id>,
    members: Vec<Id>,
    bots: Vec<(Id, Option<u64>)>,
    channels: Vec<Value>,
    roles: Vec<Value>,
}

/// A guild that is there, with the names of its channels and roles.
#[derive(Clone, Debug)]
pub struct Place {
    /// The guild.
    pub id: Id,
    channels: BTreeMap<String, Id>,
    roles: BTreeMap<String, Id>,
}

impl Place {
    /// A channel by its name. A test that names one that is not there is wrong, so this panics.
    pub fn channel(&self, name: &str) -> Id {
        self.channels.get(name).copied().unwrap_or_else(|| panic!("there is no channel {name:?}"))
    }

    /// A role by its name; panics when there is none.
    pub fn role(&self, name: &str) -> Id {
        self.roles.get(name).copied().unwrap_or_else(|| panic!("there is no role {name:?}"))
    }
}

impl GuildPlan {
    pub(super) fn new(hands: Hands, name: &str) -> Self {
        Self {
            hands,
            name: name.to_owned(),
            owner: None,
            members: Vec::new(),
            bots: Vec::new(),
            channels: Vec::new(),
            roles: Vec::new(),
        }
    }

    /// Who owns it; a person of its own when nobody is named.
    pub fn owner(mut self, person: &Person) -> Self {
        self.owner = Some(person.id());
        self
    }

    /// A person is in it.
    pub fn member(mut self, person: &Person) -> Self {
        self.members.push(person.id());
        self
    }

    /// A bot is in it, with the permissions of everyone.
    pub fn bot(mut self, bot: &Bot) -> Self {
        self.bots.push((bot.application, None));
        self
    }

    /// A bot is in it, with a role of these permissions.
    pub fn bot_with(mut self, bot: &Bot, permissions: u64) -> Self {
        self.bots.push((bot.application, Some(permissions)));
        self
    }

    /// A text channel.
    pub fn channel(self, name: &str) -> Self {
        self.channel_like(json!({ "name": name }))
    }

    /// Any channel, as the control interface takes it.
    pub fn channel_like(mut self, channel: Value) -> Self {
        self.channels.push(channel);
        self
    }

    /// A role with these permissions.
    pub fn role(mut self, name: &str, permissions: u64) -> Self {
        self.roles.push(json!({ "name": name, "permissions": permissions.to_string() }));
        self
    }

    /// Makes it.
    pub async fn make(self) -> Result<Place, Refused> {
        let hands = self.hands;
        let owner = match self.owner {
            Some(owner) => owner,
            None => id_in(&hands.call("POST", "/users", json!({ "username": "owner" })).await?, "id"),
        };
        let body = json!({
            "name": self.name,
            "owner_id": Sid(owner),
            "members": self.members.iter().filter(|id| **id != owner).map(|id| Sid(*id)).collect::<Vec<_>>(),
            "roles": self.roles,
        });
        let made = hands.call("POST", "/guilds", body).await?;
        let id = id_in(&made, "id");
        let named = |list: &Value| -> BTreeMap<String, Id> {
            let list = list.as_array().into_iter().flatten();
            list.map(|one| (one["name"].as_str().unwrap_or_default().to_owned(), id_in(one, "id"))).collect()
        };
        let mut channels = named(&made["channels"]);
        for channel in self.channels {
            let made = hands.call("POST", &format!("/guilds/{id}/channels"), channel).await?;
            channels.insert(made["name"].as_str().unwrap_or_default().to_owned(), id_in(&made, "id"));
        }
        for (application, permissions) in self.bots {
            let body = permissions.map_or(json!({}), |set| json!({ "permissions": set.to_string() }));
            hands.call("POST", &format!("/guilds/{id}/bots/{application}"), body).await?;
        }
        Ok(Place { id, channels, roles: named(&made["roles"]) })
    }
}
