//! An answer to an interaction: how it goes out, at once or after a deferral.

use std::{num::NonZeroU64, time::Duration};

use guildhall_core::{
    clock::Timestamp,
    id::{ApplicationId, InteractionId},
};
use guildhall_discord::rest::{Rest, RestError, interactions};
use guildhall_framework::reply::{Body, File, Modal, Reply};
use serde::{Deserialize, Serialize};
use twilight_model::{
    channel::message::{AllowedMentions, MessageFlags},
    http::{
        attachment::Attachment,
        interaction::{InteractionResponse, InteractionResponseData, InteractionResponseType},
    },
    id::Id,
};

/// How long Discord waits for the first answer (Discord docs: Interactions, Receiving and Responding).
pub const FIRST_ANSWER: Duration = Duration::from_secs(3);
/// How long the token of an interaction lives.
pub const TOKEN_LIFE: Duration = Duration::from_mins(15);
/// JSON code of an interaction that has its first answer.
const ALREADY_ACKNOWLEDGED: u64 = 40_060;

/// Which interaction is answered.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub struct Target {
    /// The application.
    pub application: ApplicationId,
    /// The interaction.
    pub interaction: InteractionId,
    /// Its token: whoever has it can answer.
    pub token: String,
    /// When it was received.
    pub received: Timestamp,
    /// Whether it came from a component or form on a message.
    pub from_message: bool,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("interaction", &self.interaction).finish_non_exhaustive()
    }
}

/// A stored answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Answer {
    /// Which interaction it answers.
    pub target: Target,
    /// What it shows.
    pub body: Body,
    /// Whether only the caller sees it.
    pub ephemeral: bool,
    /// Whether it replaces the message that carries the component.
    pub update: bool,
    /// Whether the interaction was deferred before this was stored.
    pub deferred: bool,
}

impl Answer {
    /// The answer as a store holds it; `None` for replies that are worthless after a restart.
    pub fn of(target: &Target, reply: &Reply, deferred: bool) -> Option<Self> {
        let (body, ephemeral, update) = match reply {
            Reply::Message { body, ephemeral } => (body, *ephemeral, false),
            Reply::Update(body) => (body, false, true),
            Reply::Modal(_) | Reply::Acknowledge => return None,
        };
        Some(Self { target: target.clone(), body: body.clone(), ephemeral, update, deferred })
    }

    /// The reply that it was.
    pub fn reply(&self) -> Reply {
        if self.update {
            Reply::Update(self.body.clone())
        } else {
            Reply::Message { body: self.body.clone(), ephemeral: self.ephemeral }
        }
    }
}

/// Tells Discord that the answer will come. `ephemeral` decides who will see it.
pub async fn defer(rest: &Rest, target: &Target, ephemeral: bool) -> Result<(), RestError> {
    let (kind, data) = if target.from_message {
        (InteractionResponseType::DeferredUpdateMessage, None)
    } else {
        let flags = ephemeral.then_some(MessageFlags::EPHEMERAL);
        let data = InteractionResponseData { flags, ..InteractionResponseData::default() };
        (InteractionResponseType::DeferredChannelMessageWithSource, Some(data))
    };
    respond(rest, target, InteractionResponse { kind, data }).await
}

/// Sends the answer: as the first one, or after a deferral.
pub async fn send(rest: &Rest, target: &Target, reply: &Reply, deferred: bool) -> Result<(), RestError> {
    if deferred {
        return after_deferral(rest, target, reply).await;
    }
    match respond(rest, target, first(reply, target.from_message)).await {
        Err(RestError::Status { code: ALREADY_ACKNOWLEDGED, .. }) => {
            // Ours, from before a crash: writing the same answer again changes nothing.
            edit(rest, target, reply).await
        }
        sent => {
            if sent.is_ok() && *reply == Reply::Acknowledge && !target.from_message {
                return interactions::delete_original(rest, target.application, &target.token).await;
            }
            sent
        }
    }
}

/// Shows nothing but suggestions.
pub async fn respond(rest: &Rest, target: &Target, response: InteractionResponse) -> Result<(), RestError> {
    let deadline = target.received + FIRST_ANSWER;
    interactions::callback(rest, target.interaction, &target.token, &response, Some(deadline)).await
}

async fn after_deferral(rest: &Rest, target: &Target, reply: &Reply) -> Result<(), RestError> {
    let (application, token) = (target.application, &target.token);
    match reply {
        // A deferred component stands for its own message, which a new message must not replace.
        Reply::Message { body, ephemeral } if target.from_message => {
            let data = data(body, *ephemeral);
            interactions::follow_up(rest, application, token, &data).await.map(drop)
        }
        Reply::Acknowledge if target.from_message => Ok(()),
        Reply::Acknowledge => interactions::delete_original(rest, application, token).await,
        Reply::Modal(_) => Err(RestError::Validation("a form cannot follow a deferral".to_owned())),
        Reply::Message { .. } | Reply::Update(_) => edit(rest, target, reply).await,
    }
}

/// Writes the answer into the first answer, whatever that holds.
async fn edit(rest: &Rest, target: &Target, reply: &Reply) -> Result<(), RestError> {
    let (Reply::Message { body, .. } | Reply::Update(body)) = reply else { return Ok(()) };
    // All parts are named, so that the edit gives the same whatever was there.
    let data = InteractionResponseData {
        content: Some(body.content.clone()),
        embeds: Some(body.embeds.clone()),
        components: Some(body.components.clone()),
        allowed_mentions: Some(mentions(body)),
        attachments: files(body),
        ..InteractionResponseData::default()
    };
    interactions::edit_original(rest, target.application, &target.token, &data).await.map(drop)
}

fn first(reply: &Reply, from_message: bool) -> InteractionResponse {
    let (kind, data) = match reply {
        Reply::Message { body, ephemeral } => {
            (InteractionResponseType::ChannelMessageWithSource, Some(data(body, *ephemeral)))
        }
        Reply::Update(body) if from_message => {
            let whole = InteractionResponseData {
                content: Some(body.content.clone()),
                embeds: Some(body.embeds.clone()),
                components: Some(body.components.clone()),
                ..data(body, false)
            };
            (InteractionResponseType::UpdateMessage, Some(whole))
        }
        // A slash command has no message to update: it gets a new one.
        Reply::Update(body) => (InteractionResponseType::ChannelMessageWithSource, Some(data(body, false))),
        Reply::Modal(Modal { custom_id, title, components }) => {
            let data = InteractionResponseData {
                custom_id: Some(custom_id.clone()),
                title: Some(title.clone()),
                components: Some(components.clone()),
                ..InteractionResponseData::default()
            };
            (InteractionResponseType::Modal, Some(data))
        }
        Reply::Acknowledge if from_message => (InteractionResponseType::DeferredUpdateMessage, None),
        Reply::Acknowledge => {
            let flags = Some(MessageFlags::EPHEMERAL);
            let data = InteractionResponseData { flags, ..InteractionResponseData::default() };
            (InteractionResponseType::DeferredChannelMessageWithSource, Some(data))
        }
    };
    InteractionResponse { kind, data }
}

fn data(body: &Body, ephemeral: bool) -> InteractionResponseData {
    InteractionResponseData {
        content: (!body.content.is_empty()).then(|| body.content.clone()),
        embeds: (!body.embeds.is_empty()).then(|| body.embeds.clone()),
        components: (!body.components.is_empty()).then(|| body.components.clone()),
        flags: ephemeral.then_some(MessageFlags::EPHEMERAL),
        allowed_mentions: Some(mentions(body)),
        attachments: files(body),
        tts: body.tts.then_some(true),
        ..InteractionResponseData::default()
    }
}

/// The files of a message, numbered as Discord wants it.
pub fn attachments(body: &Body) -> Vec<Attachment> {
    let file = |(id, file): (u64, &File)| {
        let mut attachment = Attachment::from_bytes(file.name.clone(), file.bytes.clone(), id);
        attachment.description.clone_from(&file.description);
        attachment
    };
    (0..).zip(&body.files).map(file).collect()
}

fn files(body: &Body) -> Option<Vec<Attachment>> {
    (!body.files.is_empty()).then(|| attachments(body))
}

/// Only the users that the body names may be pinged.
pub fn mentions(body: &Body) -> AllowedMentions {
    let users = body.pings.iter().map(|user| Id::from(NonZeroU64::from(*user))).collect();
    AllowedMentions { users, ..AllowedMentions::default() }
}
