//! Members asked for over the gateway, and over REST.

use serde_json::json;

use crate::stage::{Library, Stage};
use crate::steps::sorted;

const NOBODY: &str = "175928847299117063";

pub(crate) async fn by_query(stage: &mut Stage) {
    let order = json!({"guild": stage.guild, "query": "lin", "limit": 10, "nonce": "by-query"});
    let found = stage.order("chunk", order).await;
    assert_eq!(found["users"], json!([stage.linus]));
}

/// Those that are there, and those that are not.
pub(crate) async fn by_id(stage: &mut Stage) {
    let order =
        json!({"guild": stage.guild, "ids": [stage.ada, stage.linus, NOBODY], "limit": 0, "nonce": "by-id"});
    let found = stage.order("chunk", order).await;
    assert_eq!(sorted(&found["users"]), [stage.ada.clone(), stage.linus.clone()]);
    if stage.library == Library::DiscordPy {
        stage.note("does not tell which members were not found");
    } else {
        assert_eq!(found["not_found"], json!([NOBODY]));
    }
}

/// More than a thousand come in parts.
pub(crate) async fn all(stage: &mut Stage) {
    let guild = guildhall_sandbox::example::MAKERS.to_string();
    let path = format!("/guilds/{guild}/members/bulk");
    stage.control.post(&path, json!({"count": 1500, "pattern": "crowd{n}"})).await.unwrap();
    let found = stage.order("chunk", json!({"guild": guild, "query": "", "limit": 0, "nonce": "all"})).await;
    assert!(found["users"].as_array().unwrap().len() >= 1500);
}

/// The whole list of one server is given once in thirty seconds.
pub(crate) async fn too_soon(stage: &mut Stage) {
    stage.limits(json!({"member_list_window": 2_000})).await;
    let guild = guildhall_sandbox::example::GAMES.to_string();
    let order = json!({"guild": guild, "query": "", "limit": 0, "nonce": "first"});
    stage.order("chunk", order.clone()).await;
    let mut body = order;
    body["nonce"] = json!("second");
    body["ref"] = json!("too soon");
    stage.bot.tell("chunk", body).await.expect("a bot that listens");
    let wait = "/journal/wait?event=RATE_LIMITED&kind=gateway_out&timeout_ms=20000";
    let entry = stage.control.get(wait).await.unwrap();
    assert!(entry.to_string().contains("\\\"opcode\\\":8"), "{entry}");
    stage.usual_limits().await;
    // The library waits for an answer that never comes, or gives up; that is its own affair.
}

pub(crate) async fn over_rest(stage: &mut Stage) {
    let found = stage.order("members", json!({"guild": stage.guild, "limit": 100})).await;
    let ids = sorted(&found["ids"]);
    assert!(ids.contains(&stage.ada) && ids.contains(&stage.linus), "{ids:?}");
}
