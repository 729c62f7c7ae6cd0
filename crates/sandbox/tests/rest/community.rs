//! A server's settings and what it offers those who come.

use guildhall_sandbox::example;
use guildhall_sandbox::permissions::Permissions;
use serde_json::{Value, json};

use crate::invites::{bot_may_only, told};
use crate::{Bench, GUILD, id};

const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

fn at(path: &str) -> String {
    format!("/guilds/{GUILD}{path}")
}

#[tokio::test]
async fn settings_are_changed_and_told() {
    let bench = Bench::with(Bench::wide()).await;
    let mut heard = bench.sandbox.engine().observe();
    let rules = bench.general().to_string();
    let body = json!({ "name": "Readers", "icon": PNG, "verification_level": 2, "afk_timeout": 900,
        "system_channel_flags": 5, "rules_channel_id": rules, "premium_progress_bar_enabled": true });
    let changed = bench.bot("PATCH", &at(""), body).await.good(200);
    assert_eq!(
        (&changed["name"], &changed["rules_channel_id"], &changed["afk_timeout"]),
        (&json!("Readers"), &json!(rules), &json!(900))
    );
    assert_eq!(told(&mut heard), ["GUILD_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]);
    let icon = changed["icon"].as_str().unwrap();
    let served = bench.fetch(&format!("http://{}/icons/{GUILD}/{icon}.png", bench.sandbox.addr())).await;
    assert_eq!(served.header("content-type"), Some("image/png"));
    for (bad, status, code) in [
        (json!({ "name": "x" }), 400, 50035),
        (json!({ "afk_timeout": 61 }), 400, 50035),
        (json!({ "rules_channel_id": "1" }), 400, 50035),
        (json!({ "splash": PNG }), 403, 50101),
    ] {
        bench.bot("PATCH", &at(""), bad).await.refused(status, code);
    }
    bot_may_only(bench.sandbox.engine(), Permissions::ADMINISTRATOR);
    bench.bot("PATCH", &at(""), json!({ "features": ["COMMUNITY"] })).await.refused(400, 50035);
    let community = json!({ "features": ["COMMUNITY"], "public_updates_channel_id": rules });
    let changed = bench.bot("PATCH", &at(""), community.clone()).await.good(200);
    assert_eq!(changed["features"], json!(["COMMUNITY"]));
    bot_may_only(bench.sandbox.engine(), Permissions::MANAGE_GUILD);
    bench.bot("PATCH", &at(""), json!({ "features": [] })).await.refused(403, 50013);
    bench.bot("PATCH", &at(""), json!({ "features": ["COMMUNITY", "INVITES_DISABLED"] })).await.good(200);
    bench.close().await;
}

#[tokio::test]
async fn a_servers_two_factor_rule_holds_for_the_owner_of_the_application() {
    let bench = Bench::with(Bench::wide()).await;
    let owner = bench.sandbox.engine().read(|world| world.applications[&example::APPLICATION].owner_id);
    let patch = json!({ "name": "Readers" });
    bench.control("PUT", &format!("/guilds/{GUILD}/settings"), json!({ "mfa_level": 1 })).await.good(200);
    bench.bot("PATCH", &at(""), patch.clone()).await.good(200);
    bench.control("PUT", &format!("/users/{owner}/mfa"), json!({ "enabled": false })).await.good(200);
    bench.bot("PATCH", &at(""), patch).await.refused(403, 60003);
    bench
        .bot("POST", &format!("/channels/{}/webhooks", bench.general()), json!({ "name": "x" }))
        .await
        .refused(403, 60003);
    bench
        .bot("POST", &format!("/channels/{}/messages", bench.general()), json!({ "content": "x" }))
        .await
        .good(200);
    bench.close().await;
}

#[tokio::test]
async fn the_widget_is_for_all_once_it_is_on() {
    let bench = Bench::with(Bench::wide()).await;
    let (json_path, png) = (at("/widget.json"), at("/widget.png?style=banner2"));
    bench.call("GET", &json_path, Value::Null, None).await.refused(403, 50004);
    let body = json!({ "enabled": true, "channel_id": bench.general().to_string() });
    assert_eq!(bench.bot("PATCH", &at("/widget"), body.clone()).await.good(200), body);
    let mut heard = bench.sandbox.engine().observe();
    let shown = bench.call("GET", &json_path, Value::Null, None).await.good(200);
    assert_eq!(told(&mut heard), ["INVITE_CREATE"]);
    let again = bench.call("GET", &json_path, Value::Null, None).await.good(200);
    assert!(shown["instant_invite"].is_string() && shown["instant_invite"] == again["instant_invite"]);
    let picture = bench.call("GET", &png, Value::Null, None).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    bench.call("GET", &at("/widget.png?style=round"), Value::Null, None).await.refused(400, 50035);
    bench.close().await;
}

#[tokio::test]
async fn the_welcome_screen_is_for_managers_until_it_is_on() {
    let bench = Bench::with(Bench::wide()).await;
    let path = at("/welcome-screen");
    bench.bot("GET", &path, Value::Null).await.refused(404, 10069);
    let channel =
        json!({ "channel_id": bench.general().to_string(), "description": "Say hello", "emoji_name": "x" });
    let shown = bench
        .bot("PATCH", &path, json!({ "welcome_channels": [channel], "description": "Hi" }))
        .await
        .good(200);
    assert_eq!(
        (&shown["description"], &shown["welcome_channels"][0]["emoji_id"]),
        (&json!("Hi"), &Value::Null)
    );
    let many = json!({ "welcome_channels": vec![channel; 6] });
    bench.bot("PATCH", &path, many).await.refused(400, 50035);
    bot_may_only(bench.sandbox.engine(), Permissions::NONE);
    bench.bot("GET", &path, Value::Null).await.refused(403, 50013);
    bot_may_only(bench.sandbox.engine(), Permissions::MANAGE_GUILD);
    bench.bot("PATCH", &path, json!({ "enabled": true })).await.good(200);
    bot_may_only(bench.sandbox.engine(), Permissions::NONE);
    bench.bot("GET", &path, Value::Null).await.good(200);
    bench.bot("PATCH", &path, json!({ "enabled": false })).await.refused(403, 50013);
    let none = bench.bot("GET", &at("/new-member-welcome"), Value::Null).await;
    assert_eq!(none.status, 204);
    bench.close().await;
}

#[tokio::test]
async fn onboarding_leads_to_seven_channels_before_it_is_on() {
    let bench = Bench::with(Bench::wide()).await;
    let path = at("/onboarding");
    let mut channels = Vec::new();
    for number in 0..7 {
        let made =
            bench.bot("POST", &at("/channels"), json!({ "name": format!("c{number}") })).await.good(201);
        channels.push(id(&made));
    }
    let prompt = json!({ "id": "1", "title": "Why?", "options": [{ "title": "Books", "channel_ids": [channels[6]], "emoji_name": "x" }] });
    let body = |count: usize, mode: u8| json!({ "enabled": true, "mode": mode, "prompts": [prompt], "default_channel_ids": channels[..count] });
    bench.bot("PUT", &path, body(6, 0)).await.refused(400, 350_000);
    let set = bench.bot("PUT", &path, body(6, 1)).await.good(200);
    assert_eq!(
        (&set["enabled"], &set["prompts"][0]["options"][0]["channel_ids"]),
        (&json!(true), &json!([channels[6]]))
    );
    assert_ne!(set["prompts"][0]["id"], "1", "what is new gets an id");
    bench.bot("PUT", &path, json!({ "mode": 0 })).await.refused(400, 350_001);
    let bad =
        json!({ "prompts": [{ "id": "1", "title": "x", "options": [{ "title": "y", "role_ids": ["1"] }] }] });
    bench.bot("PUT", &path, bad).await.refused(404, 10011);
    bench
        .bot("PUT", &path, json!({ "prompts": [{ "id": "1", "title": "x", "options": [] }] }))
        .await
        .refused(400, 50035);
    assert_eq!(bench.bot("GET", &path, Value::Null).await.good(200), set);
    bot_may_only(bench.sandbox.engine(), Permissions::MANAGE_GUILD);
    bench.bot("PUT", &path, json!({ "enabled": false })).await.refused(403, 50013);
    bench.close().await;
}

#[tokio::test]
async fn a_template_is_a_snapshot_that_can_be_taken_again() {
    let bench = Bench::with(Bench::wide()).await;
    let made = bench.bot("POST", &at("/templates"), json!({ "name": "Club" })).await.good(200);
    let code = made["code"].as_str().unwrap().to_owned();
    assert_eq!((&made["is_dirty"], &made["usage_count"]), (&Value::Null, &json!(0)));
    bench.bot("POST", &at("/templates"), json!({ "name": "Club" })).await.refused(400, 30031);
    bench.bot("POST", &at("/channels"), json!({ "name": "later" })).await.good(201);
    let shown = bench.call("GET", &format!("/guilds/templates/{code}"), Value::Null, None).await.good(200);
    assert_eq!(shown["is_dirty"], true);
    let own = at(&format!("/templates/{code}"));
    let synced = bench.bot("PUT", &own, Value::Null).await.good(200);
    let names = synced["serialized_source_guild"]["channels"].as_array().unwrap();
    assert!(names.iter().any(|channel| channel["name"] == "later"));
    assert_eq!(
        bench.bot("PATCH", &own, json!({ "description": "ours" })).await.good(200)["description"],
        "ours"
    );
    bench.bot("DELETE", &own, Value::Null).await.good(200);
    bench.bot("GET", &format!("/guilds/templates/{code}"), Value::Null).await.refused(404, 10057);
    assert_eq!(bench.bot("GET", &at("/templates"), Value::Null).await.good(200), json!([]));
    bench.close().await;
}

#[tokio::test]
async fn a_bot_is_an_integration_and_goes_with_it() {
    let bench = Bench::with(Bench::wide()).await;
    let made = bench.control("POST", "/applications", json!({ "name": "helper" })).await.good(200);
    let mut heard = bench.sandbox.engine().observe();
    bench.control("POST", &format!("/guilds/{GUILD}/bots/{}", id(&made)), json!({})).await.good(200);
    let events = told(&mut heard);
    assert!(
        events.contains(&"INTEGRATION_CREATE") && events.contains(&"GUILD_INTEGRATIONS_UPDATE"),
        "{events:?}"
    );
    let all = bench.bot("GET", &at("/integrations"), Value::Null).await.good(200);
    let own = all.as_array().unwrap().iter().find(|one| one["name"] == "helper").unwrap();
    bench.bot("DELETE", &at(&format!("/integrations/{}", id(own))), Value::Null).await.good(204);
    let events = told(&mut heard);
    assert!(events.contains(&"INTEGRATION_DELETE") && events.contains(&"GUILD_MEMBER_REMOVE"), "{events:?}");
    bench.bot("DELETE", &at("/integrations/1"), Value::Null).await.refused(404, 10005);
    bench.close().await;
}

#[tokio::test]
async fn requests_to_join_are_reviewed_and_screening_ends_with_them() {
    let bench = Bench::with(Bench::wide()).await;
    let path = at("/requests");
    bench.bot("GET", &path, Value::Null).await.refused(403, 50001);
    let features =
        json!({ "features": ["MEMBER_VERIFICATION_GATE_ENABLED", "MEMBER_VERIFICATION_MANUAL_APPROVAL"] });
    bench.control("PUT", &format!("/guilds/{GUILD}/settings"), features).await.good(200);
    let mut guests = Vec::new();
    for name in ["first", "second"] {
        let guest = id(&bench.control("POST", "/users", json!({ "username": name })).await.good(200));
        bench.control("POST", &format!("/as/{guest}/guilds/{GUILD}/join-request"), json!({})).await.good(200);
        guests.push(guest);
    }
    let list = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!((&list["total"], &list["guild_join_requests"][0]["user_id"]), (&json!(2), &json!(guests[1])));
    let [second, first] = [0, 1].map(|n| id(&list["guild_join_requests"][n]));
    let mut heard = bench.sandbox.engine().observe();
    bench.bot("PATCH", &format!("{path}/{first}"), json!({ "action": "APPROVED" })).await.good(200);
    assert_eq!(
        told(&mut heard),
        ["GUILD_JOIN_REQUEST_UPDATE", "GUILD_CREATE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE"]
    );
    let no = json!({ "action": "REJECTED", "rejection_reason": "full" });
    let no = bench.bot("PATCH", &format!("{path}/{second}"), no).await.good(200);
    assert_eq!((&no["application_status"], &no["rejection_reason"]), (&json!("REJECTED"), &json!("full")));
    let member = bench.bot("GET", &at(&format!("/members/{}", guests[0])), Value::Null).await.good(200);
    assert_eq!(member["pending"], false);
    bench
        .bot("PATCH", &format!("{path}/{second}"), json!({ "action": "SUBMITTED" }))
        .await
        .refused(400, 50035);
    bot_may_only(bench.sandbox.engine(), Permissions::MANAGE_GUILD);
    let list = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!(list, json!({ "total": 0 }));
    bench
        .bot("PATCH", &format!("{path}/{second}"), json!({ "action": "APPROVED" }))
        .await
        .refused(403, 50013);
    bench.close().await;
}

#[tokio::test]
async fn invites_can_be_paused_for_a_day() {
    let bench = Bench::with(Bench::wide()).await;
    let path = at("/incident-actions");
    let made = bench
        .bot("POST", &format!("/channels/{}/invites", bench.general()), json!({ "max_age": 0 }))
        .await
        .good(200);
    let join = format!(
        "/as/{}/invites/{}",
        id(&bench.control("POST", "/users", json!({ "username": "guest" })).await.good(200)),
        made["code"].as_str().unwrap()
    );
    bench
        .bot("PUT", &path, json!({ "invites_disabled_until": "2099-01-01T00:00:00Z" }))
        .await
        .refused(400, 50035);
    let soon = guildhall_sandbox::clock::iso(bench.sandbox.engine().now() + 3_600_000);
    let set = bench.bot("PUT", &path, json!({ "invites_disabled_until": soon })).await.good(200);
    assert_eq!(set, json!({ "invites_disabled_until": soon, "dms_disabled_until": null }));
    assert_eq!(bench.control("POST", &join, Value::Null).await.status, 403);
    bench.control("POST", "/clock/advance", json!({ "ms": 3_700_000 })).await.good(200);
    bench.control("POST", &join, Value::Null).await.good(200);
    bench.close().await;
}

#[tokio::test]
async fn many_are_banned_or_pruned_at_once() {
    let bench = Bench::with(Bench::wide()).await;
    let mut guests = Vec::new();
    for name in ["idle", "busy", "third"] {
        let guest = id(&bench.control("POST", "/users", json!({ "username": name })).await.good(200));
        bench.control("PUT", &format!("/guilds/{GUILD}/members/{guest}"), json!({})).await.good(200);
        guests.push(guest);
    }
    let owner = bench.sandbox.engine().read(|world| world.guild(GUILD).unwrap().owner_id).to_string();
    assert_eq!(bench.bot("GET", &at("/prune?days=7"), Value::Null).await.good(200), json!({ "pruned": 0 }));
    bench.control("POST", "/clock/advance", json!({ "ms": 8 * 86_400_000_i64 })).await.good(200);
    let say = format!("/as/{}/channels/{}/messages", guests[1], bench.general());
    bench.control("POST", &say, json!({ "content": "still here" })).await.good(200);
    bench
        .control(
            "POST",
            &format!("/as/{}/channels/{}/messages", guests[2], bench.general()),
            json!({ "content": "me too" }),
        )
        .await
        .good(200);
    let counted =
        bench.bot("GET", &at("/prune?days=7"), Value::Null).await.good(200)["pruned"].as_u64().unwrap();
    let pruned = bench.bot("POST", &at("/prune"), json!({ "days": 7 })).await.good(200);
    assert!(counted >= 1 && pruned["pruned"] == counted, "{pruned}");
    bench.bot("GET", &at(&format!("/members/{}", guests[0])), Value::Null).await.refused(404, 10007);
    bench.bot("GET", &at("/prune?days=31"), Value::Null).await.refused(400, 50035);
    let body = json!({ "user_ids": [guests[1], owner, guests[2]], "delete_message_seconds": 3600 });
    let banned = bench.bot("POST", &at("/bulk-ban"), body.clone()).await.good(200);
    assert_eq!(banned, json!({ "banned_users": [guests[1], guests[2]], "failed_users": [owner] }));
    bench.bot("POST", &at("/bulk-ban"), body).await.refused(400, 500_000);
    bench.bot("POST", &at("/bulk-ban"), json!({ "user_ids": vec!["1"; 201] })).await.refused(400, 50035);
    let left = bench
        .bot("GET", &format!("/channels/{}/messages?limit=50", bench.general()), Value::Null)
        .await
        .good(200);
    assert!(left.as_array().unwrap().iter().all(|message| message["content"] != "still here"));
    let page =
        bench.bot("GET", &at(&format!("/bans?limit=1&before={}", u64::MAX)), Value::Null).await.good(200);
    assert_eq!(page[0]["user"]["id"], guests[2].as_str().max(guests[1].as_str()));
    bot_may_only(bench.sandbox.engine(), Permissions::BAN_MEMBERS);
    bench.bot("POST", &at("/bulk-ban"), json!({ "user_ids": ["1"] })).await.refused(403, 50013);
    bench.bot("POST", &at("/prune"), json!({})).await.refused(403, 50013);
    bench.close().await;
}
