//! Interactions: sent to an application, answered, or lost.
//! (Discord docs: Receiving and Responding.)

use serde_json::{Value, json};

use crate::{
    model::{Interaction, InteractionState},
    snowflake::{Id, Millis, Sid},
    validate::form::parse_snowflake,
    wire,
    world::{Changed, Dispatch, World, WorldError},
};

/// The event by which a person's client hears where their interaction stands. No bot gets it.
pub const STATE_EVENT: &str = "INTERACTION_STATE";

/// An interaction to be sent.
#[derive(Debug, Clone)]
pub struct NewInteraction {
    /// 2 command, 3 component, 4 autocomplete, 5 modal.
    pub kind: u8,
    /// To whom.
    pub application_id: Id,
    /// From whom.
    pub user_id: Id,
    /// Where.
    pub channel_id: Id,
    /// The message whose component was used, or from which the modal came.
    pub source_message_id: Option<Id>,
    /// The interaction that opened the modal.
    pub opener_id: Option<Id>,
    /// The wire's `data`.
    pub data: Value,
}

impl World {
    /// Sends an interaction to its application.
    pub fn create_interaction(&mut self, new: NewInteraction, now: Millis) -> Changed<Id> {
        self.application(new.application_id)?;
        let channel = self.channel(new.channel_id).ok_or(WorldError::UnknownChannel)?;
        let guild_id = channel.guild_id;
        // A command says itself where it may come from; what follows it takes that over.
        let before =
            [new.opener_id, new.source_message_id.and_then(|id| self.interaction_behind(new.channel_id, id))];
        let before = before.into_iter().flatten().find_map(|id| self.interactions.get(&id)).map(|i| i.reach);
        let by_command = new.data.get("id").and_then(parse_snowflake).filter(|_| matches!(new.kind, 2 | 4));
        let by_command = by_command.and_then(|id| self.commands.get(&id));
        let reach = by_command
            .and_then(|command| self.may_use(command, channel, new.user_id, now))
            .or(before)
            .unwrap_or_else(|| self.reach(new.application_id, new.user_id, channel));
        let id = self.ids.next(now);
        let interaction = Interaction {
            id,
            application_id: new.application_id,
            kind: new.kind,
            token: token_of(id),
            user_id: new.user_id,
            guild_id,
            reach,
            channel_id: new.channel_id,
            created_at: now,
            source_message_id: new.source_message_id,
            opener_id: new.opener_id,
            data: new.data,
            ..Interaction::default()
        };
        let lifetime = i64::try_from(self.limits.interaction_lifetime).unwrap_or(i64::MAX);
        // Ids grow with time, so that the oldest stand first.
        while let Some(oldest) = self.interactions.first_entry() {
            if now - oldest.get().created_at <= lifetime {
                break;
            }
            oldest.remove();
        }
        let payload = wire::interaction::event(self, &interaction, now);
        let by_http = self.application(new.application_id)?.interactions_endpoint_url.is_some();
        let told = if by_http {
            Dispatch::endpoint("INTERACTION_CREATE", new.application_id, &payload)
        } else {
            Dispatch::application("INTERACTION_CREATE", new.application_id, guild_id, &payload)
        };
        self.interactions.insert(id, interaction);
        Ok((id, vec![told]))
    }

    /// The interaction that a message answers.
    fn interaction_behind(&self, channel_id: Id, message_id: Id) -> Option<Id> {
        parse_snowflake(&self.message(channel_id, message_id)?.interaction_metadata.as_ref()?["id"])
    }

    /// Changes where an interaction stands, and tells the person's client.
    pub fn move_interaction(
        &mut self,
        id: Id,
        state: InteractionState,
        change: impl FnOnce(&mut Interaction),
    ) -> Vec<Dispatch> {
        let Some(interaction) = self.interactions.get_mut(&id) else { return Vec::new() };
        interaction.state = state;
        change(interaction);
        let data = wire::interaction::standing(interaction);
        vec![Dispatch::client(STATE_EVENT, interaction.user_id, &data)]
    }

    /// Ends an interaction that nobody has answered.
    pub fn expire_interaction(&mut self, id: Id) -> Vec<Dispatch> {
        let late = "the application did not respond in time".to_owned();
        self.fail_interaction(id, InteractionState::Expired, late)
    }

    /// Ends an interaction that nobody has answered, in a state and for a reason.
    pub(crate) fn fail_interaction(&mut self, id: Id, state: InteractionState, why: String) -> Vec<Dispatch> {
        match self.interactions.get(&id).map(|i| i.state) {
            Some(InteractionState::Pending) => self.move_interaction(id, state, |i| i.error = Some(why)),
            _ => Vec::new(),
        }
    }

    /// The interaction that a token of an application authorises.
    pub fn interaction_by_token(&self, application_id: Id, token: &str) -> Option<&Interaction> {
        let id = id_of(token)?;
        self.interactions.get(&id).filter(|i| i.application_id == application_id && i.token == token)
    }

    /// What a message says about the interaction it answers (the wire's `interaction_metadata`).
    pub fn interaction_metadata(&self, interaction: &Interaction) -> Value {
        let owners = wire::interaction::owners(interaction);
        let kind = if interaction.kind == 4 { 2 } else { interaction.kind };
        let mut all = json!({
            "id": Sid(interaction.id),
            "type": kind,
            "user": self.users.get(&interaction.user_id).map(wire::user),
            "authorizing_integration_owners": owners,
        });
        if kind == 2 {
            all["name"] = interaction.data["name"].clone();
            all["command_type"] = interaction.data["type"].clone();
            let target = interaction.data.get("target_id").and_then(parse_snowflake);
            match (interaction.data["type"].as_u64(), target) {
                (Some(2), Some(id)) => all["target_user"] = json!(self.users.get(&id).map(wire::user)),
                (Some(3), Some(id)) => all["target_message_id"] = json!(Sid(id)),
                _ => {}
            }
        }
        if kind == 3
            && let Some(source) = interaction.source_message_id
        {
            all["interacted_message_id"] = json!(Sid(source));
        }
        if kind == 5
            && let Some(opener) = interaction.opener_id.and_then(|id| self.interactions.get(&id))
        {
            all["triggering_interaction_metadata"] = self.interaction_metadata(opener);
        }
        all
    }
}

/// A token that names its interaction and cannot be told from the id alone by accident.
fn token_of(id: Id) -> String {
    use base64::Engine as _;
    let mixed = id.rotate_left(23).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let text = format!(
        "interaction:{id}:{mixed:016x}{:016x}",
        mixed.rotate_right(31).wrapping_mul(0xc4ce_b9fe_1a85_ec53)
    );
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

fn id_of(token: &str) -> Option<Id> {
    use base64::Engine as _;
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.get(..256).unwrap_or(token)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split(':').nth(1)?.parse().ok()
}
