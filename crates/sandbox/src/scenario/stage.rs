//! The world of a scenario, and the names in it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    ScenarioError,
    file::{GuildFile, Scenario, WorldFile},
    value::Variables,
};
use crate::{
    Bot, Hands, Sandbox,
    cast::{Person, id_in},
    example,
    snowflake::{Id, Sid, parse},
    world::World,
};

/// A world that was made for a scenario.
pub struct Stage<'s> {
    pub(super) sandbox: &'s Sandbox,
    pub(super) scenario: &'s Scenario,
    pub(super) variables: Variables,
    pub(super) bot: Option<Bot>,
    ready_within: Duration,
}

impl<'s> Stage<'s> {
    /// Makes the world. The sandbox should be fresh, or reset.
    pub async fn set(sandbox: &'s Sandbox, scenario: &'s Scenario) -> Result<Self, ScenarioError> {
        let world = &scenario.world;
        let hands = sandbox.hands();
        let seed = world.seed.as_deref().unwrap_or("empty");
        hands.call("POST", "/reset", json!({ "seed": seed })).await?;
        hands.call("POST", "/limits", Value::Object(world.limits.clone())).await?;
        for name in &world.people {
            hands.call("POST", "/users", json!({ "username": name })).await?;
        }
        let own = ["bot".to_owned()];
        let bots = if world.bots.is_empty() && seed == "empty" { &own[..] } else { &world.bots[..] };
        for name in bots {
            hands.call("POST", "/applications", json!({ "name": name })).await?;
        }
        let ready_within = scenario.ready_within.0;
        let mut stage = Self { sandbox, scenario, variables: Variables::default(), bot: None, ready_within };
        let bot = scenario.bot.as_deref().or(bots.first().map(String::as_str)).unwrap_or("Other bot");
        stage.bot = Some(stage.bot_named(bot)?);
        for guild in &world.guilds {
            stage.open(guild, world).await?;
        }
        if let Some(crowd) = &world.crowd {
            let mut body = Value::Object(crowd.clone());
            if body.get("application_ids").is_none() {
                body["application_ids"] =
                    json!(stage.bot.iter().map(|bot| Sid(bot.application)).collect::<Vec<_>>());
            }
            hands.call("POST", "/guilds/bulk", body).await?;
        }
        stage.name_everything();
        Ok(stage)
    }

    async fn open(&self, plan: &GuildFile, world: &WorldFile) -> Result<(), ScenarioError> {
        let hands = self.sandbox.hands();
        let everybody = match &plan.members {
            Some(members) => members,
            None => &world.people,
        };
        let owner = match plan.owner.as_ref().or(everybody.first()) {
            Some(name) => self.person_id(name)?,
            None => id_in(&hands.call("POST", "/users", json!({ "username": "owner" })).await?, "id"),
        };
        let mut members = Vec::new();
        for name in everybody {
            let id = self.person_id(name)?;
            if id != owner {
                members.push(Sid(id));
            }
        }
        let body =
            json!({ "name": plan.name, "owner_id": Sid(owner), "members": members, "roles": plan.roles });
        let id = id_in(&hands.call("POST", "/guilds", body).await?, "id");
        let bots: Vec<Id> = match &plan.bots {
            Some(names) => names
                .iter()
                .map(|name| self.bot_named(name).map(|bot| bot.application))
                .collect::<Result<_, _>>()?,
            None => hands.engine().read(|world| world.applications.keys().copied().collect()),
        };
        for application in bots {
            let body =
                plan.bot_permissions.map_or(json!({}), |set| json!({ "permissions": set.to_string() }));
            hands.call("POST", &format!("/guilds/{id}/bots/{application}"), body).await?;
        }
        for channel in &plan.channels {
            let body = if channel.is_string() { json!({ "name": channel }) } else { channel.clone() };
            hands.call("POST", &format!("/guilds/{id}/channels"), body).await?;
        }
        Ok(())
    }

    /// People, guilds and channels are variables too: `${ada.id}`, `${general.id}`.
    fn name_everything(&mut self) {
        let named = self.read(|world| {
            let mut all = Vec::new();
            for guild in world.guilds.values().take(100) {
                let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
                all.push((plain(&guild.name), guild.id));
                all.extend(guild.channels.iter().map(|channel| (plain(&channel.name), channel.id)));
            }
            let people = world.users.values().filter(|user| !user.bot).take(1_000);
            all.extend(people.map(|user| (user.username.clone(), user.id)));
            all
        });
        // The first of a name counts, and people go before channels.
        for (name, id) in named.into_iter().rev() {
            self.variables.set(&name, json!({ "id": Sid(id) }));
        }
        if let Some(bot) = &self.bot {
            let value = json!({ "id": Sid(bot.user), "application_id": Sid(bot.application) });
            self.variables.set("bot", value);
        }
    }

    /// The bot that is tested.
    pub fn bot(&self) -> Option<&Bot> {
        self.bot.as_ref()
    }

    /// The first guild that the bot is in.
    pub fn guild(&self) -> Option<Id> {
        let bot = self.bot.as_ref()?.user;
        self.read(|world| world.guilds_of(bot).map(|guild| guild.id).min())
    }

    /// How long the bot may take to connect.
    pub fn ready_within(&self) -> Duration {
        self.ready_within
    }

    /// Waits so long for a bot that somebody starts by hand, unless the scenario does not wait at all.
    pub fn wait_for_bot(&mut self, within: Duration) {
        if !self.ready_within.is_zero() {
            self.ready_within = within;
        }
    }

    pub(super) fn hands(&self) -> &Hands {
        self.sandbox.hands()
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.sandbox.engine().read(look)
    }

    fn person_id(&self, name: &str) -> Result<Id, ScenarioError> {
        let found = self.read(|world| {
            let named = world.users.values().filter(|user| !user.bot && user.username == name);
            named.map(|user| user.id).min()
        });
        found.ok_or_else(|| ScenarioError::Unknown(format!("there is no person `{name}`")))
    }

    /// A person by name.
    pub(super) fn person(&self, name: &str) -> Result<Person, String> {
        self.person_id(name).map(|id| self.sandbox.person_of(id)).map_err(|error| error.to_string())
    }

    /// A person or a bot by name, or a variable with an id.
    pub(super) fn anyone(&self, name: &str) -> Result<Id, String> {
        if let Some(id) = self.saved_id(name)? {
            return Ok(id);
        }
        self.person_id(name)
            .or_else(|_| self.bot_named(name).map(|bot| bot.user))
            .map_err(|_| format!("there is nobody called `{name}`"))
    }

    /// A bot by its application's name.
    pub(super) fn bot_named(&self, name: &str) -> Result<Bot, ScenarioError> {
        let found = self.read(|world| {
            let mut all = world.applications.values();
            let found = all.find(|application| application.name == name)?;
            Some(Bot { application: found.id, user: found.bot_id, token: found.token.clone() })
        });
        found.ok_or_else(|| ScenarioError::Unknown(format!("there is no bot `{name}`")))
    }

    /// A guild by its name, or a variable with an id.
    pub(super) fn place(&self, name: &str) -> Result<Id, String> {
        if let Some(id) = self.saved_id(name)? {
            return Ok(id);
        }
        let found =
            self.read(|world| world.guilds.values().find(|guild| guild.name == name).map(|guild| guild.id));
        found.ok_or_else(|| format!("there is no guild `{name}`"))
    }

    /// A channel: `general`, `Book club/general`, or a variable with an id.
    pub(super) fn channel(&self, name: &str) -> Result<Id, String> {
        if let Some(id) = self.saved_id(name)? {
            return Ok(id);
        }
        let (guild, channel) =
            name.split_once('/').map_or((None, name), |(guild, channel)| (Some(guild), channel));
        let found = self.read(|world| {
            let guilds = world.guilds.values().filter(|one| guild.is_none_or(|guild| one.name == guild));
            let mut all = guilds.flat_map(|guild| guild.channels.iter());
            all.find(|one| one.name == channel).map(|one| one.id)
        });
        found.ok_or_else(|| format!("there is no channel `{name}`"))
    }

    /// The id that a variable holds or has; nothing when the text is no variable.
    fn saved_id(&self, text: &str) -> Result<Option<Id>, String> {
        let Some(path) = super::value::variable(text) else { return Ok(None) };
        let value = self.variables.get(path)?;
        let id = if value.is_object() { &value["id"] } else { value };
        let id = id.as_str().and_then(parse).or_else(|| id.as_u64());
        id.map(Some).ok_or_else(|| format!("`{path}` holds no id"))
    }

    /// The seed's people, whom a check has to know.
    pub(super) fn seeded(world: &WorldFile) -> Vec<&'static str> {
        if world.seed.as_deref() == Some("example") { example::PEOPLE.to_vec() } else { Vec::new() }
    }
}
