//! Members and roles: what may be changed of them, by whom, and how far.

use guildhall_sandbox::clock::iso;
use guildhall_sandbox::example::{self, ADA, GRACE};
use guildhall_sandbox::permissions::Permissions;
use serde_json::{Value, json};

use crate::invites::bot_may_only;
use crate::{Bench, GUILD, id};

fn member(user: u64) -> String {
    format!("/guilds/{GUILD}/members/{user}")
}

fn roles(more: &str) -> String {
    format!("/guilds/{GUILD}/roles{more}")
}

#[tokio::test]
async fn a_timeout_lasts_28_days_at_most_and_spares_who_stands_above() {
    let bench = Bench::with(Bench::wide()).await;
    let days = |days: i64| iso(bench.sandbox.engine().now() + days * 86_400_000);
    let until = |days: String| json!({ "communication_disabled_until": days });
    let timed = bench.bot("PATCH", &member(GRACE), until(days(27))).await;
    assert!(timed.good(200)["communication_disabled_until"].is_string());
    let say = format!("/as/{GRACE}/channels/{}/messages", bench.general());
    assert_eq!(bench.control("POST", &say, json!({ "content": "let me" })).await.status, 403);
    bench.bot("PATCH", &member(GRACE), until(days(29))).await.refused(400, 50035);
    bench
        .bot("PATCH", &member(GRACE), json!({ "communication_disabled_until": "soon" }))
        .await
        .refused(400, 50035);
    bench.bot("PATCH", &member(GRACE), json!({ "communication_disabled_until": null })).await.good(200);
    bench.control("POST", &say, json!({ "content": "thanks" })).await.good(200);
    // Ada owns the server.
    bench.bot("PATCH", &member(ADA), until(days(1))).await.refused(403, 50013);
    bench.bot("DELETE", &member(ADA), Value::Null).await.refused(403, 50013);
    bench.bot("PUT", &format!("/guilds/{GUILD}/bans/{ADA}"), json!({})).await.refused(403, 50013);
    bot_may_only(bench.sandbox.engine(), Permissions::KICK_MEMBERS);
    bench.bot("PATCH", &member(GRACE), until(days(1))).await.refused(403, 50013);
    bench.close().await;
}

#[tokio::test]
async fn flags_and_voice_have_rules_of_their_own() {
    let bench = Bench::with(Bench::wide()).await;
    let own = format!("/guilds/{GUILD}/members/@me");
    let voice = Permissions::MUTE_MEMBERS | Permissions::MOVE_MEMBERS;
    let able = voice | Permissions::MANAGE_GUILD | Permissions::CHANGE_NICKNAME;
    bot_may_only(bench.sandbox.engine(), able);
    bench.bot("PATCH", &member(GRACE), json!({ "mute": true })).await.refused(400, 40032);
    bench.bot("PATCH", &member(GRACE), json!({ "channel_id": null })).await.refused(400, 40032);
    assert_eq!(bench.bot("PATCH", &member(GRACE), json!({ "flags": 4 })).await.good(200)["flags"], 4);
    bench.bot("PATCH", &member(GRACE), json!({ "flags": 5 })).await.refused(400, 50035);
    let png = "data:image/png;base64,iVBORw0KGgo=";
    let me =
        bench.bot("PATCH", &own, json!({ "nick": "Helper", "avatar": png, "banner": png })).await.good(200);
    assert!(me["avatar"].is_string() && me["banner"] == me["avatar"] && me["nick"] == "Helper", "{me}");
    assert_eq!(bench.bot("PATCH", &own, json!({ "avatar": null })).await.good(200)["avatar"], Value::Null);
    bench.bot("PATCH", &own, json!({ "bio": "x".repeat(191) })).await.refused(400, 50035);
    bot_may_only(bench.sandbox.engine(), Permissions::MODERATE_MEMBERS | Permissions::KICK_MEMBERS);
    bench.bot("PATCH", &member(GRACE), json!({ "flags": 0 })).await.refused(403, 50013);
    bench.bot("PATCH", &own, json!({ "nick": "Other" })).await.refused(403, 50013);
    bench.close().await;
}

#[tokio::test]
async fn roles_have_colours_and_icons_where_the_server_has_the_feature() {
    let bench = Bench::with(Bench::wide()).await;
    let gradient = json!({ "name": "sunset", "colors": { "primary_color": 1, "secondary_color": 2 } });
    bench.bot("POST", &roles(""), gradient.clone()).await.refused(403, 50101);
    bench.bot("POST", &roles(""), json!({ "unicode_emoji": "x" })).await.refused(403, 50101);
    let features = json!({ "features": ["ENHANCED_ROLE_COLORS", "ROLE_ICONS"] });
    bench.control("PUT", &format!("/guilds/{GUILD}/settings"), features).await.good(200);
    let made = bench.bot("POST", &roles(""), gradient).await.good(200);
    assert_eq!(made["colors"], json!({ "primary_color": 1, "secondary_color": 2, "tertiary_color": null }));
    let path = roles(&format!("/{}", id(&made)));
    let shiny = json!({ "colors": { "primary_color": 1, "secondary_color": 2, "tertiary_color": 3 }, "icon": "data:image/png;base64,iVBORw0KGgo=" });
    let shiny = bench.bot("PATCH", &path, shiny).await.good(200);
    assert_eq!((&shiny["colors"]["tertiary_color"], shiny["icon"].is_string()), (&json!(16_761_760), true));
    assert_eq!(bench.bot("PATCH", &path, json!({ "icon": null })).await.good(200)["icon"], Value::Null);
    bench
        .bot("PATCH", &path, json!({ "permissions": Permissions::ADMINISTRATOR.0.to_string() }))
        .await
        .refused(403, 50013);
    bench.close().await;
}

#[tokio::test]
async fn nobody_lifts_a_role_above_their_own() {
    let bench = Bench::with(Bench::wide()).await;
    let (own, top) = bench.sandbox.engine().read(|world| {
        let guild = world.guild(GUILD).expect("the example guild");
        let own = guild.top_role(example::APPLICATION).expect("a role");
        (own.id, own.position)
    });
    let low = bench.bot("POST", &roles(""), json!({ "name": "low" })).await.good(200);
    let place = |position: i32| json!([{ "id": low["id"], "position": position }]);
    // The new role pushed the bot's own one up by one.
    bench.bot("PATCH", &roles(""), place(top + 1)).await.refused(403, 50013);
    bench.bot("PATCH", &roles(""), place(top)).await.good(200);
    bench
        .bot("PATCH", &roles(""), json!([{ "id": own.to_string(), "position": 1 }]))
        .await
        .refused(403, 50013);
    bench.bot("PATCH", &roles(""), json!([{ "id": "1", "position": 1 }])).await.refused(404, 10011);
    let counts = bench.bot("GET", &roles("/member-counts"), Value::Null).await.good(200);
    assert_eq!(
        (counts[low["id"].as_str().unwrap()].as_u64(), counts[own.to_string()].as_u64()),
        (Some(0), Some(1))
    );
    bench.close().await;
}
