//! Threads over REST: started, listed, joined, changed. (Discord docs: Threads; Channel resource.)

pub(crate) mod edit;
pub(crate) mod lists;
pub(crate) mod members;
mod search;
pub(crate) mod start;
pub(crate) mod tags;

use super::routes::{Auth, Pace, Table};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/threads/active", Auth::Bot, Pace::Ordinary, lists::active);
    table.post("/channels/{channel}/threads", Auth::Bot, Pace::Ordinary, start::without_message);
    table.post(
        "/channels/{channel}/messages/{message}/threads",
        Auth::Bot,
        Pace::Ordinary,
        start::from_message,
    );
    table.get("/channels/{channel}/threads/archived/public", Auth::Bot, Pace::Ordinary, lists::public);
    table.get("/channels/{channel}/threads/archived/private", Auth::Bot, Pace::Ordinary, lists::private);
    table.get(
        "/channels/{channel}/users/@me/threads/archived/private",
        Auth::Bot,
        Pace::Ordinary,
        lists::joined,
    );
    table.get("/channels/{channel}/threads/search", Auth::Bot, Pace::Ordinary, search::search);
    table.get("/channels/{channel}/thread-members", Auth::Bot, Pace::Ordinary, members::list);
    table.put("/channels/{channel}/thread-members/@me", Auth::Bot, Pace::Ordinary, members::join);
    table.delete("/channels/{channel}/thread-members/@me", Auth::Bot, Pace::Ordinary, members::leave);
    table.get("/channels/{channel}/thread-members/{user}", Auth::Bot, Pace::Ordinary, members::get);
    table.put("/channels/{channel}/thread-members/{user}", Auth::Bot, Pace::Ordinary, members::add);
    table.delete("/channels/{channel}/thread-members/{user}", Auth::Bot, Pace::Ordinary, members::remove);
}
