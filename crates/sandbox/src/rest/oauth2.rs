//! OAuth2: the page on which a person allows something, and the tokens that come of it.
//! (Discord docs: OAuth2.)

pub(crate) mod authorize;
mod me;
pub(crate) mod page;
mod token;

use super::routes::{Auth, Pace, Table};
use crate::model::Scopes;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/oauth2/token", Auth::Open, Pace::Free, token::exchange);
    table.post("/oauth2/token/revoke", Auth::Open, Pace::Free, token::revoke);
    table.get("/oauth2/@me", Auth::Either(Scopes::ANY), Pace::Ordinary, me::authorization);
    table.get("/oauth2/userinfo", Auth::Bearer(Scopes::OPENID), Pace::Ordinary, me::userinfo);
    table.get("/oauth2/keys", Auth::Open, Pace::Ordinary, me::keys);
}
