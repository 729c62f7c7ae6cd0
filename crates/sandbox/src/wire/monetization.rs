//! What is sold and bought, on the wire (Discord docs: SKU; Entitlement; Subscription).

use serde_json::{Value, json};

use crate::{
    clock::iso,
    model::{Entitlement, Sku, Subscription},
    snowflake::Sid,
};

/// Something that is sold.
pub fn sku(sku: &Sku) -> Value {
    let slug: String =
        sku.name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    json!({
        "id": Sid(sku.id),
        "type": sku.kind as u8,
        "application_id": Sid(sku.application_id),
        "name": sku.name,
        "slug": slug,
        "flags": sku.flags,
    })
}

/// That someone has something.
pub fn entitlement(entitlement: &Entitlement) -> Value {
    let mut all = json!({
        "id": Sid(entitlement.id),
        "sku_id": Sid(entitlement.sku_id),
        "application_id": Sid(entitlement.application_id),
        "user_id": Sid(entitlement.user_id),
        "type": entitlement.kind,
        "deleted": entitlement.deleted,
        "starts_at": entitlement.starts_at.map(iso),
        "ends_at": entitlement.ends_at.map(iso),
    });
    if let Some(guild_id) = entitlement.guild_id {
        all["guild_id"] = json!(Sid(guild_id));
    }
    if let Some(consumed) = entitlement.consumed {
        all["consumed"] = json!(consumed);
    }
    all
}

/// A subscription.
pub fn subscription(subscription: &Subscription) -> Value {
    json!({
        "id": Sid(subscription.id),
        "user_id": Sid(subscription.user_id),
        "sku_ids": [Sid(subscription.sku_id)],
        "renewal_sku_ids": null,
        "entitlement_ids": [Sid(subscription.entitlement_id)],
        "current_period_start": iso(subscription.period_start),
        "current_period_end": iso(subscription.period_end),
        "status": subscription.status as u8,
        "canceled_at": subscription.canceled_at.map(iso),
    })
}
