//! Screening and requests to join, and what only a server's owner sets.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{At, Given, PathId};
use super::routes::Routes;
use crate::rest::face::Face;
use crate::snowflake::Sid;
use crate::wire;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/as/{user}/guilds/{guild}/screening", screening, "Passes a guild's membership screening")
        .post(
            "/as/{user}/guilds/{guild}/join-request",
            ask,
            "Asks to join a guild that looks at each request",
        )
        .put(
            "/guilds/{guild}/settings",
            settings,
            "Sets what bots cannot: features, boosts, two-factor rule, guide",
        )
        .put("/users/{user}/mfa", mfa, "Says whether a person's account has two-factor login")
}

async fn screening(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(guild))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply_as(Some(user), None, |world, _| {
        if world.guild(guild)?.reviews_joins() {
            return Err(ControlError::forbidden("this guild looks at each request to join"));
        }
        let ((), told) = world.pass_screening(guild, user)?;
        Ok((wire::member(world.member(guild, user)?, world.users.get(&user)), told))
    })?))
}

/// Answers to the guild's form, as Discord's `form_responses`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asking {
    #[serde(default)]
    form_responses: Vec<Value>,
}

async fn ask(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(guild))): At<(PathId, PathId)>,
    Given(body): Given<Asking>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply_as(Some(user), None, |world, now| {
        if !world.guild(guild)?.reviews_joins() {
            return Err(ControlError::forbidden("this guild does not look at requests to join").hint(
                "it needs the features MEMBER_VERIFICATION_GATE_ENABLED and MEMBER_VERIFICATION_MANUAL_APPROVAL",
            ));
        }
        let (id, told) = world.request_join(guild, user, body.form_responses, now)?;
        Ok((json!({ "id": Sid(id) }), told))
    })?))
}

/// What bots cannot change of a guild; absent fields stay.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// All features; what is not in the list is gone.
    features: Option<Vec<String>>,
    mfa_level: Option<u8>,
    premium_tier: Option<u8>,
    premium_subscription_count: Option<u32>,
    nsfw_level: Option<u8>,
    /// The guide for new members, as Discord writes it.
    new_member_welcome: Option<Value>,
}

async fn settings(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
    Given(body): Given<Settings>,
) -> Result<Json<Value>, ControlError> {
    if body.mfa_level.is_some_and(|level| level > 1) || body.premium_tier.is_some_and(|tier| tier > 3) {
        return Err(ControlError::bad("mfa_level is 0 or 1, premium_tier is 0 to 3"));
    }
    let owner = face.engine.read(|world| world.guild(id).map(|guild| guild.owner_id))?;
    Ok(Json(face.engine.try_apply_as(Some(owner), None, |world, _| {
        let ((), told) = world.update_guild(id, |guild| {
            if let Some(features) = body.features {
                guild.features = features;
            }
            guild.mfa_level = body.mfa_level.unwrap_or(guild.mfa_level);
            guild.premium_tier = body.premium_tier.unwrap_or(guild.premium_tier);
            guild.nsfw_level = body.nsfw_level.unwrap_or(guild.nsfw_level);
            guild.premium_subscription_count =
                body.premium_subscription_count.unwrap_or(guild.premium_subscription_count);
            if let Some(guide) = body.new_member_welcome {
                guild.community_mut().new_member_welcome = Some(guide).filter(|guide| !guide.is_null());
            }
        })?;
        Ok::<_, ControlError>((wire::guild(world.guild(id)?, false), told))
    })?))
}

/// Two-factor login.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mfa {
    enabled: bool,
}

async fn mfa(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
    Given(body): Given<Mfa>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply(|world, _| {
        let user = world.users.get_mut(&id).ok_or(crate::world::WorldError::UnknownUser)?;
        user.mfa_off = !body.enabled;
        Ok::<_, ControlError>((json!({ "id": Sid(id), "mfa_enabled": body.enabled }), Vec::new()))
    })?))
}
