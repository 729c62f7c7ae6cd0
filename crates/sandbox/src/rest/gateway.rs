//! Where the gateway is. (Discord docs: Gateway, Get Gateway and Get Gateway Bot.)

use serde_json::json;

use super::call::{Answer, Call, ok};
use super::routes::{Auth, Pace, Table};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/gateway", Auth::Open, Pace::Ordinary, plain);
    table.get("/gateway/bot", Auth::Bot, Pace::Ordinary, bot);
}

/// `GET /gateway`
pub(crate) fn plain(call: &Call) -> Answer {
    ok(json!({ "url": call.face.engine.gateway_url() }))
}

/// `GET /gateway/bot`
pub(crate) fn bot(call: &Call) -> Answer {
    let caller = call.caller()?;
    let engine = &call.face.engine;
    let budget = engine.session_start_limit(caller.application_id);
    ok(json!({
        "url": engine.gateway_url(),
        "shards": engine.recommended_shards(caller.application_id),
        "session_start_limit": {
            "total": budget.total,
            "remaining": budget.remaining,
            "reset_after": budget.reset_after,
            "max_concurrency": budget.max_concurrency,
        },
    }))
}
