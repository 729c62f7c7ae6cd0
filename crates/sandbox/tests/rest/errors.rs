//! Error bodies, refusals, and what the journal and the guard keep.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::id;

#[tokio::test]
async fn errors_look_like_discords() {
    let bench = Bench::with(Bench::wide()).await;
    let general = bench.general();
    bench.call("GET", "/users/@me", Value::Null, None).await.refused(401, 0);
    bench.call("GET", "/users/@me", Value::Null, Some("Bot nonsense")).await.refused(401, 0);
    bench.call("GET", "/users/@me", Value::Null, Some(example::BOT_TOKEN)).await.refused(401, 0);
    let missing = bench.bot("GET", "/no/such/route", Value::Null).await;
    missing.refused(404, 0);
    assert_eq!(missing.body["message"], "404: Not Found");
    bench.bot("DELETE", "/users/@me", Value::Null).await.refused(405, 0);
    bench.bot("GET", "/channels/5", Value::Null).await.refused(404, 10_003);
    bench.bot("GET", "/guilds/5", Value::Null).await.refused(404, 10_004);
    bench.bot("GET", "/users/5", Value::Null).await.refused(404, 10_013);
    let word = bench.bot("GET", "/channels/general", Value::Null).await;
    word.refused(400, 50_035);
    assert_eq!(word.body["errors"]["channel_id"]["_errors"][0]["code"], "NUMBER_TYPE_COERCE");

    let messages = format!("/channels/{general}/messages");
    bench.raw(&messages, "application/json", "{").await.refused(400, 50_109);
    bench.raw(&messages, "text/plain", "hello").await.refused(400, 50_035);
    bench.bot("POST", &messages, json!({ "content": "  " })).await.refused(400, 50_006);
    let long = bench.bot("POST", &messages, json!({ "embeds": [{ "title": "x".repeat(257) }] })).await;
    long.refused(400, 50_035);
    assert_eq!(
        long.body["errors"]["embeds"]["0"]["title"]["_errors"][0],
        json!({ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." })
    );
    let old = bench.fetch(&format!("http://{}/api/v5/gateway", bench.sandbox.addr())).await;
    old.refused(400, 50_041);
    let gateway = bench.call("GET", "/gateway", Value::Null, None).await.good(200);
    assert_eq!(gateway["url"], bench.sandbox.gateway_url());
}

#[tokio::test]
async fn what_a_bot_may_not_do_is_refused() {
    let bench = Bench::with(Bench::wide()).await;
    let owner = example::ADA.to_string();
    let guild =
        bench.control("POST", "/guilds", json!({ "name": "Small", "owner_id": owner, "channels": ["open"] }));
    let guild = guild.await.good(200);
    let guild_id = id(&guild);
    let bots = format!("/guilds/{guild_id}/bots/{}", example::APPLICATION);
    bench.bot("GET", &format!("/guilds/{guild_id}"), Value::Null).await.refused(404, 10_004);
    bench.control("POST", &bots, json!({ "permissions": "0" })).await.good(200);
    bench.bot("GET", &format!("/guilds/{guild_id}"), Value::Null).await.good(200);
    let roles = format!("/guilds/{guild_id}/roles");
    bench.bot("POST", &roles, json!({ "name": "x" })).await.refused(403, 50_013);
    // Invited again with more, it may; invited again with nothing said, it keeps that.
    bench.control("POST", &bots, json!({ "permissions": "268435456" })).await.good(200);
    bench.bot("POST", &roles, json!({ "name": "x" })).await.good(200);
    bench.control("POST", &bots, json!({})).await.good(200);
    bench.bot("POST", &roles, json!({ "name": "y" })).await.good(200);
    bench.control("POST", &bots, json!({ "permissions": "0" })).await.good(200);
    let kick = format!("/guilds/{guild_id}/members/{}", example::ADA);
    bench.bot("DELETE", &kick, Value::Null).await.refused(403, 50_013);
    bench.bot("GET", &format!("/guilds/{guild_id}/bans"), Value::Null).await.refused(403, 50_013);

    let hidden =
        json!({ "name": "hidden", "permission_overwrites": [{ "id": guild_id, "type": 0, "deny": "1024" }] });
    let hidden = id(&bench.control("POST", &format!("/guilds/{guild_id}/channels"), hidden).await.good(200));
    bench.bot("GET", &format!("/channels/{hidden}"), Value::Null).await.refused(403, 50_001);
    let muted =
        json!({ "name": "muted", "permission_overwrites": [{ "id": guild_id, "type": 0, "deny": "2048" }] });
    let muted = id(&bench.control("POST", &format!("/guilds/{guild_id}/channels"), muted).await.good(200));
    let send = format!("/channels/{muted}/messages");
    bench.bot("POST", &send, json!({ "content": "x" })).await.refused(403, 50_013);

    let open = id(&guild["channels"][0]);
    let wrote = bench
        .control("POST", &format!("/as/{owner}/channels/{open}/messages"), json!({ "content": "mine" }))
        .await;
    let theirs = format!("/channels/{open}/messages/{}", id(&wrote.good(200)));
    bench.bot("PATCH", &theirs, json!({ "content": "yours" })).await.refused(403, 50_005);
    bench.bot("DELETE", &theirs, Value::Null).await.refused(403, 50_013);
    let pin = format!("/channels/{open}/messages/pins/{}", theirs.rsplit('/').next().expect("an id"));
    bench.bot("PUT", &pin, Value::Null).await.refused(403, 50_013);
    bench.close().await;
}

#[tokio::test]
async fn everything_is_in_the_journal() {
    let bench = Bench::with(Bench::wide()).await;
    bench.bot("GET", "/users/@me", Value::Null).await.good(200);
    let found = bench.control("GET", "/journal?kind=rest", Value::Null).await.good(200);
    let entry = &found["entries"][0];
    assert_eq!((&entry["label"], &entry["status"]), (&json!("GET /api/v10/users/@me"), &json!(200)));
    assert_eq!(entry["application_id"], example::APPLICATION.to_string());
    let after = found["last"].as_u64().expect("a number");
    let late = bench
        .control("GET", &format!("/journal/wait?after={after}&kind=rest&timeout_ms=1"), Value::Null)
        .await;
    assert_eq!(late.status, 408);
    let next = format!("/journal/wait?after={after}&contains=gateway&timeout_ms=30000");
    let (waited, _) =
        tokio::join!(bench.control("GET", &next, Value::Null), bench.bot("GET", "/gateway/bot", Value::Null));
    assert_eq!(waited.good(200)["entries"][0]["status"], 200);
    bench.close().await;
}

#[tokio::test]
async fn other_sites_cannot_use_the_control_interface() {
    let bench = Bench::start().await;
    let evil = [("origin", "https://evil.example")];
    let user = json!({ "username": "mallory" });
    assert_eq!(bench.control_from("POST", "/users", user.clone(), &evil).await.status, 403);
    let rebound = [("host", "evil.example")];
    assert_eq!(bench.control_from("GET", "/state", Value::Null, &rebound).await.status, 403);
    let own = format!("http://{}", bench.sandbox.addr());
    assert_eq!(bench.control_from("POST", "/users", user, &[("origin", &own)]).await.status, 200);
}
