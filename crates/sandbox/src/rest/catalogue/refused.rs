//! Routes that exist at Discord and are refused here on purpose, with Discord's own error.

use axum::http::Method;

use super::super::call::{Answer, Call};
use super::super::error;
use super::super::routes::Table;

const GAMES: &str = "the Social SDK serves game servers, not bots";
const REMOVED: &str = "applications may no longer make or own servers";
const GROUPS: &str = "bots are in no group direct messages";

/// The routes of this module.
pub(in crate::rest) fn routes(table: &mut Table) {
    let (get, post, put, patch, delete) =
        (Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
    for (method, path) in [
        (&post, "/lobbies"),
        (&put, "/lobbies"),
        (&get, "/lobbies/{lobby}"),
        (&patch, "/lobbies/{lobby}"),
        (&delete, "/lobbies/{lobby}"),
        (&patch, "/lobbies/{lobby}/channel-linking"),
        (&delete, "/lobbies/{lobby}/members/@me"),
        (&post, "/lobbies/{lobby}/members/@me/invites"),
        (&post, "/lobbies/{lobby}/members/bulk"),
        (&put, "/lobbies/{lobby}/members/{user}"),
        (&delete, "/lobbies/{lobby}/members/{user}"),
        (&post, "/lobbies/{lobby}/members/{user}/invites"),
        (&get, "/lobbies/{lobby}/messages"),
        (&post, "/lobbies/{lobby}/messages"),
        (&put, "/lobbies/{lobby}/messages/{message}/moderation-metadata"),
        (&put, "/partner-sdk/dms/{user}/{other}/messages/{message}/moderation-metadata"),
        (&post, "/partner-sdk/provisional-accounts/unmerge"),
        (&post, "/partner-sdk/provisional-accounts/unmerge/bot"),
        (&post, "/partner-sdk/token"),
        (&post, "/partner-sdk/token/bot"),
    ] {
        table.refuse(method, path, GAMES, not_for_bots);
    }
    for (method, path) in [
        (&post, "/guilds"),
        (&delete, "/guilds/{guild}"),
        (&post, "/guilds/templates/{code}"),
        (&post, "/guilds/{guild}/mfa"),
    ] {
        table.refuse(method, path, REMOVED, not_for_bots);
    }
    for method in [&put, &delete] {
        table.refuse(method, "/channels/{channel}/recipients/{user}", GROUPS, not_for_bots);
    }
}

fn not_for_bots(_: &Call) -> Answer {
    Err(error::BOTS_NOT_ALLOWED)
}
