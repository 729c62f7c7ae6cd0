//! Selling and buying: what a developer offers, and what people buy, cancel and get refunded.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{AnyId, At, Given, PathId};
use super::routes::Routes;
use crate::model::{Sku, SkuKind};
use crate::rest::access;
use crate::rest::face::Face;
use crate::snowflake::Sid;
use crate::wire::monetization as wire;
use crate::world::WorldError;
use crate::world::monetization::Owner;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/applications/{application}/skus", offer, "Offers something for sale")
        .post("/as/{user}/purchases", buy, "Buys something, for oneself or for a guild")
        .delete("/entitlements/{entitlement}", refund, "Takes back what someone bought, as a refund does")
        .post(
            "/subscriptions/{subscription}/cancel",
            cancel,
            "Cancels a subscription at the end of its period",
        )
        .post("/subscriptions/{subscription}/resume", resume, "Takes back the cancellation of a subscription")
}

/// Something to be sold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Offer {
    name: String,
    /// 2 durable, 3 consumable, 5 subscription, 6 subscription group; 5 when not given.
    #[serde(rename = "type")]
    kind: Option<u64>,
    /// SKU flags; available, and for a user, when not given.
    flags: Option<u64>,
}

/// `POST /control/applications/{application}/skus`
async fn offer(
    State(face): State<Arc<Face>>,
    At(PathId(application_id)): At<PathId>,
    Given(offer): Given<Offer>,
) -> Result<Json<Value>, ControlError> {
    let kind = SkuKind::from_code(offer.kind.unwrap_or(5));
    let kind = kind.ok_or_else(|| ControlError::bad("`type` is 2, 3, 5 or 6"))?;
    let name: String = offer.name.chars().take(100).collect();
    let flags = offer.flags.unwrap_or(Sku::AVAILABLE | Sku::USER_SUBSCRIPTION);
    Ok(Json(face.engine.try_apply(|world, now| {
        let id = world.create_sku(Sku { id: 0, application_id, kind, name, flags }, now)?;
        Ok::<_, ControlError>((wire::sku(&world.store.skus[&id]), Vec::new()))
    })?))
}

/// What is bought.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bought {
    sku_id: AnyId,
    /// The guild for which it is bought.
    guild_id: Option<AnyId>,
}

/// `POST /control/as/{user}/purchases`
async fn buy(
    State(face): State<Arc<Face>>,
    At(PathId(user)): At<PathId>,
    Given(bought): Given<Bought>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply(|world, now| {
        let sku = world.store.skus.get(&bought.sku_id.0).ok_or(WorldError::UnknownSku)?;
        if sku.flags & Sku::AVAILABLE == 0 {
            return Err(ControlError::forbidden("this is not for sale"));
        }
        let for_guild = sku.flags & Sku::GUILD_SUBSCRIPTION != 0;
        let owner = match bought.guild_id {
            Some(AnyId(guild)) => {
                access::guild(world, user, guild)?;
                Owner::Guild(guild, user)
            }
            None if for_guild => return Err(ControlError::bad("`guild_id` is missing: this is for guilds")),
            None => Owner::User(user),
        };
        if sku.kind == SkuKind::Subscription && for_guild != bought.guild_id.is_some() {
            return Err(ControlError::bad("this is not for guilds"));
        }
        let (id, told) = world.entitle(bought.sku_id.0, owner, false, now)?;
        let mut shown = json!({ "entitlement": wire::entitlement(&world.store.entitlements[&id]) });
        let paid = world.store.subscriptions.values().rev().find(|paid| paid.entitlement_id == id);
        if let Some(paid) = paid {
            shown["subscription"] = wire::subscription(paid);
        }
        Ok((shown, told))
    })?))
}

/// `DELETE /control/entitlements/{entitlement}`
async fn refund(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply(|world, _| world.delete_entitlement(id))?;
    Ok(Json(json!({ "refunded": Sid(id) })))
}

/// `POST /control/subscriptions/{subscription}/cancel`
async fn cancel(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
) -> Result<Json<Value>, ControlError> {
    change(&face, id, true)
}

/// `POST /control/subscriptions/{subscription}/resume`
async fn resume(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
) -> Result<Json<Value>, ControlError> {
    change(&face, id, false)
}

fn change(face: &Face, id: u64, cancel: bool) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply(|world, now| {
        let ((), told) = world.cancel_subscription(id, cancel, now)?;
        let shown = world.store.subscriptions.get(&id).map(wire::subscription);
        Ok::<_, ControlError>((json!(shown), told))
    })?))
}
