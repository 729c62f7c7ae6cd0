//! Interactions that go by HTTP: sent, and answered in the answer or through the callback route.
//! (Discord docs: Receiving and Responding, Responding to an Interaction.)

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use serde_json::Value;

use super::post::{Answered, Letter, post};
use crate::engine::outgoing::Parcel;
use crate::model::InteractionState;
use crate::rest::body::{self, Sizes};
use crate::rest::call::Call;
use crate::rest::error::ApiError;
use crate::rest::face::Face;
use crate::rest::interactions;
use crate::snowflake::Id;
use crate::validate::form::parse_snowflake;

/// Sends an interaction and carries out what comes back.
pub(super) async fn deliver(face: &Arc<Face>, parcel: &Parcel) {
    let data: Value = serde_json::from_slice(&parcel.data).unwrap_or(Value::Null);
    let Some(id) = parse_snowflake(&data["id"]) else { return };
    let found = face.engine.read(|world| {
        let interaction = world.interactions.get(&id)?;
        let url = world.applications.get(&parcel.application_id)?.interactions_endpoint_url.clone()?;
        let deadline = i64::try_from(world.limits.interaction_deadline).unwrap_or(i64::MAX);
        Some((url, interaction.token.clone(), interaction.created_at.saturating_add(deadline)))
    });
    let Some((url, token, until)) = found else { return };
    let body = parcel.data.clone();
    let letter = Letter { application_id: parcel.application_id, url: &url, body, forged: false, until };
    let problem = match post(face, &letter).await {
        // 202 says that the answer comes, or came, by the callback route.
        Ok(answered) if answered.status == 202 => None,
        Ok(answered) if answered.status == 200 => answer(face, id, token, answered)
            .await
            .err()
            .map(|error| format!("the answer was refused: {}", error.body())),
        Ok(answered) => Some(format!("the address answered {}", answered.status)),
        Err(error) => Some(error.to_string()),
    };
    if let Some(problem) = problem {
        face.engine.apply(|world, _| ((), world.fail_interaction(id, InteractionState::Failed, problem)));
    }
}

/// What an answer holds is what the callback route would have been sent.
async fn answer(face: &Arc<Face>, id: Id, token: String, answered: Answered) -> Result<(), ApiError> {
    let limits = face.engine.limits();
    let mut request = Request::new(Body::empty());
    if let Some(kind) = answered.headers.get(CONTENT_TYPE) {
        request.headers_mut().insert(CONTENT_TYPE, kind.clone());
    }
    let sizes = Sizes { request: limits.request_bytes, file: limits.attachment_bytes };
    let read = body::read(request.into_parts().0, Body::from(answered.body), sizes).await?;
    let call = Call {
        face: Arc::clone(face),
        now: face.engine.now(),
        caller: None,
        params: vec![id.to_string(), token],
        query: Vec::new(),
        body: read.json,
        files: read.files,
        reason: None,
        locale: None,
        headers: answered.headers,
    };
    interactions::callback(&call).map(|_| ())
}
