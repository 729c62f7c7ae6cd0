//! Answers to interactions (Discord docs: Interactions, Receiving and Responding).

use guildhall_core::{
    clock::Timestamp,
    id::{ApplicationId, InteractionId, MessageId},
};
use twilight_http::request::{Method, RequestBuilder};
use twilight_model::{
    channel::Message,
    http::interaction::{InteractionResponse, InteractionResponseData},
    id::Id,
};

use super::{Call, Priority, Rest, RestError, twilight_id};

/// JSON code of an interaction that was answered before.
const ALREADY_ACKNOWLEDGED: u64 = 40_060;

/// The first answer to an interaction, dropped when it cannot be sent by the deadline.
pub async fn callback(
    rest: &Rest,
    interaction: InteractionId,
    token: &str,
    response: &InteractionResponse,
    deadline: Option<Timestamp>,
) -> Result<(), RestError> {
    // The application id is no part of this route.
    let client = rest.builder().interaction(Id::new(1));
    let builder = client.create_response(twilight_id(interaction), token, response);
    let mut call = Call::build(builder, Priority::Interaction)?.repeatable();
    call.deadline = deadline;
    let result = rest.send(call).await;
    if let Err(RestError::Status { code: ALREADY_ACKNOWLEDGED, tries: 2.., .. }) = result {
        // An earlier try of this call arrived though its answer was lost.
        return Ok(());
    }
    result.map(drop)
}

/// Edits the first answer. Only the parts that `data` names change; the newest of several waiting
/// edits is sent.
pub async fn edit_original(
    rest: &Rest,
    application: ApplicationId,
    token: &str,
    data: &InteractionResponseData,
) -> Result<Message, RestError> {
    let client = rest.builder().interaction(twilight_id(application));
    let mut builder = client.update_response(token);
    if let Some(content) = &data.content {
        builder = builder.content(Some(content));
    }
    if let Some(embeds) = &data.embeds {
        builder = builder.embeds(Some(embeds));
    }
    if let Some(components) = &data.components {
        builder = builder.components(Some(components));
    }
    if let Some(flags) = data.flags {
        builder = builder.flags(flags);
    }
    if let Some(mentions) = &data.allowed_mentions {
        builder = builder.allowed_mentions(Some(mentions));
    }
    if let Some(attachments) = &data.attachments {
        builder = builder.attachments(attachments);
    }
    rest.send(Call::build(builder, Priority::Interaction)?.coalesce()).await?.model()
}

/// Deletes the first answer.
pub async fn delete_original(rest: &Rest, application: ApplicationId, token: &str) -> Result<(), RestError> {
    let client = rest.builder().interaction(twilight_id(application));
    rest.send(Call::build(client.delete_response(token), Priority::Command)?).await.map(drop)
}

/// Sends a further message after the first answer.
pub async fn follow_up(
    rest: &Rest,
    application: ApplicationId,
    token: &str,
    data: &InteractionResponseData,
) -> Result<Message, RestError> {
    let client = rest.builder().interaction(twilight_id(application));
    let mut builder = client.create_followup(token);
    if let Some(content) = &data.content {
        builder = builder.content(content);
    }
    if let Some(embeds) = &data.embeds {
        builder = builder.embeds(embeds);
    }
    if let Some(components) = &data.components {
        builder = builder.components(components);
    }
    if let Some(flags) = data.flags {
        builder = builder.flags(flags);
    }
    if let Some(mentions) = &data.allowed_mentions {
        builder = builder.allowed_mentions(Some(mentions));
    }
    if let Some(attachments) = &data.attachments {
        builder = builder.attachments(attachments);
    }
    let built = Call::build(builder, Priority::Command)?.request;
    // The builder asks for `with_components=false`, which is about webhooks of other owners
    // (Discord docs: Webhook, Execute Webhook).
    let path = built.path().split('?').next().unwrap_or_default().to_owned();
    let mut request = RequestBuilder::raw(Method::Post, path).use_authorization_token(false);
    if let Some(form) = built.form() {
        request = request.form(form.clone());
    } else if let Some(body) = built.body() {
        request = request.body(body.to_vec());
    }
    let request = request.build().map_err(|error| RestError::Validation(error.to_string()))?;
    rest.send(Call::new(request, Priority::Command)).await?.model()
}

/// Deletes a further message.
pub async fn delete_follow_up(
    rest: &Rest,
    application: ApplicationId,
    token: &str,
    message: MessageId,
) -> Result<(), RestError> {
    let client = rest.builder().interaction(twilight_id(application));
    let builder = client.delete_followup(token, twilight_id(message));
    rest.send(Call::build(builder, Priority::Command)?).await.map(drop)
}
