//! Whether an address checks signatures: a ping that must be answered, and one with a wrong signature that
//! must be refused. Discord does both when an address is saved, and the second again and again.
//! (Discord docs: Interactions Overview, Setting Up an Endpoint.)

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::post::{Letter, Unanswered, post};
use crate::journal::{Entry, Kind};
use crate::model::EventWebhooksStatus;
use crate::rest::face::Face;
use crate::snowflake::{Id, Millis, Sid};

/// What an address is for; each has a ping of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// Interactions: a ping of type 1 is answered with 200 and the same type.
    Interactions,
    /// Webhook events: a ping of type 0 is answered with 204.
    Events,
}

/// What a wrong signature met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Probed {
    /// No address is registered.
    Nothing,
    /// It was refused, as it must be, or the address did not answer at all.
    Kept,
    /// It was taken, and the address is registered no longer.
    Removed,
}

impl Probed {
    /// The word in the control interface.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Kept => "kept",
            Self::Removed => "removed",
        }
    }
}

fn ping(face: &Face, application_id: Id, purpose: Purpose) -> Bytes {
    let body = match purpose {
        Purpose::Interactions => {
            let now = face.engine.now();
            let id = face.engine.apply(|world, _| (world.ids.next(now), Vec::new()));
            json!({ "id": Sid(id), "application_id": Sid(application_id), "type": 1, "token": "ping",
                "version": 1, "entitlements": [], "authorizing_integration_owners": {} })
        }
        Purpose::Events => json!({ "version": 1, "application_id": Sid(application_id), "type": 0 }),
    };
    Bytes::from(body.to_string())
}

async fn send(
    face: &Face,
    application_id: Id,
    (purpose, url): (Purpose, &str),
    forged: bool,
) -> Result<(u16, bool), Unanswered> {
    let deadline = Millis::try_from(face.engine.limits().interaction_deadline).unwrap_or(Millis::MAX / 2);
    let until = face.engine.now().saturating_add(deadline);
    let letter = Letter { application_id, url, body: ping(face, application_id, purpose), forged, until };
    let answered = post(face, &letter).await?;
    let json = answered.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let pong = json.is_some_and(|kind| kind.starts_with("application/json"))
        && serde_json::from_slice::<Value>(&answered.body).is_ok_and(|body| body["type"] == 1);
    Ok((answered.status, pong))
}

/// Checks an address that is about to be saved; the error says what is wrong with it.
pub(crate) async fn verify(
    face: &Face,
    application_id: Id,
    purpose: Purpose,
    url: &str,
) -> Result<(), String> {
    let (status, pong) =
        send(face, application_id, (purpose, url), false).await.map_err(|error| error.to_string())?;
    match purpose {
        Purpose::Interactions if (status, pong) != (200, true) => {
            return Err(format!("the ping was answered with {status}, and not with a pong"));
        }
        Purpose::Events if status != 204 => {
            return Err(format!("the ping was answered with {status} instead of 204"));
        }
        _ => {}
    }
    let (status, _) =
        send(face, application_id, (purpose, url), true).await.map_err(|error| error.to_string())?;
    if status == 401 {
        return Ok(());
    }
    Err(format!("a wrong signature was answered with {status} instead of 401"))
}

/// Sends a wrong signature to one address of an application; it is removed when it takes that.
pub(crate) async fn probe(face: &Face, application_id: Id, purpose: Purpose) -> Probed {
    let url = face.engine.read(|world| {
        let application = world.applications.get(&application_id)?;
        match purpose {
            Purpose::Interactions => application.interactions_endpoint_url.clone(),
            Purpose::Events => application
                .event_webhooks
                .url
                .clone()
                .filter(|_| application.event_webhooks.status == EventWebhooksStatus::Enabled),
        }
    });
    let Some(url) = url else { return Probed::Nothing };
    match send(face, application_id, (purpose, &url), true).await {
        Ok((status, _)) if status != 401 => {}
        _ => return Probed::Kept,
    }
    face.engine.apply(|world, _| {
        if let Some(application) = world.applications.get_mut(&application_id) {
            match purpose {
                Purpose::Interactions => application.interactions_endpoint_url = None,
                Purpose::Events => application.event_webhooks.status = EventWebhooksStatus::DisabledByDiscord,
            }
        }
        ((), Vec::new())
    });
    let entry = Entry {
        application_id: Some(application_id),
        detail: Some(json!({ "url": url })),
        ..Entry::new(Kind::Endpoint, "address removed: it took a wrong signature")
    };
    face.engine.journal().push(entry, face.engine.now());
    Probed::Removed
}

/// Probes every address again and again, by the sandbox's clock.
pub(super) async fn forever(face: &Arc<Face>) {
    loop {
        let pause = Millis::try_from(face.engine.limits().endpoint_probe_interval).unwrap_or(Millis::MAX / 2);
        face.engine.clock().sleep_until(face.engine.now().saturating_add(pause.max(1_000))).await;
        let all: Vec<Id> = face.engine.read(|world| world.applications.keys().copied().collect());
        for application_id in all {
            for purpose in [Purpose::Interactions, Purpose::Events] {
                probe(face, application_id, purpose).await;
            }
        }
    }
}
