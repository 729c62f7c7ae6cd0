//! Webhook events: sent until they are taken with 204, for ten minutes at most.
//! (Discord docs: Webhook Events, Responding to Events.)

use axum::body::Bytes;
use serde_json::{Value, json};

use super::post::{Letter, post};
use crate::clock::iso;
use crate::engine::outgoing::Parcel;
use crate::model::EventWebhooksStatus;
use crate::rest::face::Face;
use crate::snowflake::{Millis, Sid};

/// How long an event is tried again.
const PATIENCE_MS: Millis = 600_000;

/// Sends an event; an address that takes none in ten minutes gets no more.
pub(super) async fn deliver(face: &Face, parcel: &Parcel) {
    let began = face.engine.now();
    let data: Value = serde_json::from_slice(&parcel.data).unwrap_or(Value::Null);
    let body = json!({
        "version": 1,
        "application_id": Sid(parcel.application_id),
        "type": 1,
        "event": { "type": parcel.event, "timestamp": iso(began), "data": data },
    });
    let body = Bytes::from(body.to_string());
    let mut pause: Millis = 1_000;
    loop {
        let now = face.engine.now();
        let target = face.engine.read(|world| {
            let hooks = &world.applications.get(&parcel.application_id)?.event_webhooks;
            let deadline = Millis::try_from(world.limits.interaction_deadline).unwrap_or(Millis::MAX / 2);
            let url = hooks.url.clone().filter(|_| hooks.status == EventWebhooksStatus::Enabled)?;
            Some((url, now.saturating_add(deadline)))
        });
        let Some((url, until)) = target else { return };
        let letter = Letter {
            application_id: parcel.application_id,
            url: &url,
            body: body.clone(),
            forged: false,
            until,
        };
        if post(face, &letter).await.is_ok_and(|answered| answered.status == 204) {
            return;
        }
        if now - began + pause > PATIENCE_MS {
            break;
        }
        face.engine.clock().sleep_until(face.engine.now() + pause).await;
        pause *= 2;
    }
    face.engine.apply(|world, _| {
        if let Some(application) = world.applications.get_mut(&parcel.application_id) {
            application.event_webhooks.status = EventWebhooksStatus::DisabledByDiscord;
        }
        ((), Vec::new())
    });
}
