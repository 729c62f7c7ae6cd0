//! What the test orders, done with the library's own calls.

mod answers;
mod channels;
mod gateway;
mod guild;
mod messages;

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use guildhall_e2e::{Order, say};
use serde_json::{Value, json};
use twilight_http::api_error::ApiError;
use twilight_http::error::ErrorType;
use twilight_http::request::channel::reaction::RequestReactionType;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, MessageMarker, RoleMarker, UserMarker};

use crate::Bot;

/// Does one order and tells the outcome.
pub(crate) async fn obey(bot: Arc<Bot>, order: Order) {
    let reference = order.0["ref"].clone();
    match perform(&bot, &order).await {
        Ok(mut values) => {
            if !values.is_object() {
                values = json!({});
            }
            values["ref"] = reference;
            say("done", values);
        }
        Err(error) => match error.downcast_ref::<twilight_http::Error>().map(twilight_http::Error::kind) {
            Some(ErrorType::Response { error: ApiError::General(answer), status, .. }) => say(
                "refused",
                json!({
                    "ref": reference, "status": status.get(), "code": answer.code,
                    "text": format!("{} {answer:?}", answer.message),
                }),
            ),
            _ => say("error", json!({ "ref": reference, "text": format!("{} {error:?}", order.what()) })),
        },
    }
}

async fn perform(bot: &Arc<Bot>, order: &Order) -> Result<Value> {
    let at = Doing { bot, order };
    if let Some(done) = messages::perform(&at).await? {
        return Ok(done);
    }
    if let Some(done) = channels::perform(&at).await? {
        return Ok(done);
    }
    if let Some(done) = guild::perform(&at).await? {
        return Ok(done);
    }
    if let Some(done) = answers::perform(&at).await? {
        return Ok(done);
    }
    if let Some(done) = gateway::perform(&at).await? {
        return Ok(done);
    }
    bail!("unknown order {}", order.what())
}

/// An order under way, with what orders commonly name.
struct Doing<'a> {
    bot: &'a Arc<Bot>,
    order: &'a Order,
}

impl Doing<'_> {
    fn channel(&self) -> Result<Id<ChannelMarker>> {
        self.order.id("channel").map(Id::new)
    }

    fn thread(&self) -> Result<Id<ChannelMarker>> {
        self.order.id("thread").map(Id::new)
    }

    fn message(&self) -> Result<Id<MessageMarker>> {
        self.order.id("message").map(Id::new)
    }

    fn guild(&self) -> Result<Id<GuildMarker>> {
        self.order.id("guild").map(Id::new)
    }

    fn user(&self) -> Result<Id<UserMarker>> {
        self.order.id("user").map(Id::new)
    }

    fn role(&self) -> Result<Id<RoleMarker>> {
        self.order.id("role").map(Id::new)
    }

    fn emoji(&self) -> RequestReactionType<'_> {
        RequestReactionType::Unicode { name: self.order.text("emoji") }
    }

    /// The token of the interaction that is answered.
    fn token(&self) -> Result<String> {
        let tokens = self.bot.tokens.lock().map_err(|_| anyhow!("poisoned"))?;
        tokens.get(self.order.text("to")).cloned().ok_or_else(|| anyhow!("no interaction"))
    }
}
