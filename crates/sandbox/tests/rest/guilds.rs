//! Commands, roles, members, channels.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

#[tokio::test]
async fn commands_are_upserted_overwritten_and_counted() {
    let bench = Bench::with(Limits { command_creates: 3, ..Bench::wide() }).await;
    // The commands' own pace is not what is looked at here.
    let app = format!("/applications/{}", example::APPLICATION);
    let all = format!("{app}/commands");
    let ping = json!({ "name": "ping", "description": "Is it there" });
    let made = bench.bot("POST", &all, ping.clone()).await.good(201);
    assert_eq!(made["default_member_permissions"], Value::Null);
    let same = bench.bot("POST", &all, ping.clone()).await.good(200);
    assert_eq!(made["id"], same["id"]);
    assert_ne!(made["version"], same["version"]);
    let guild = format!("{app}/guilds/{GUILD}/commands");
    let both = json!([ping, { "name": "Profile", "type": 2 }]);
    let put = bench.bot("PUT", &guild, both).await.good(200);
    assert_eq!(put.as_array().map(Vec::len), Some(2));
    assert_eq!(put[0]["guild_id"], GUILD.to_string());
    assert_eq!(bench.bot("GET", &guild, Value::Null).await.good(200).as_array().map(Vec::len), Some(2));
    let one = format!("{all}/{}", id(&made));
    let patched = bench.bot("PATCH", &one, json!({ "description": "Still there" })).await.good(200);
    assert_eq!((&patched["name"], &patched["description"]), (&json!("ping"), &json!("Still there")));
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_063);
    let bad = bench.bot("POST", &all, json!({ "name": "Bad Name", "description": "" })).await;
    bad.refused(400, 50_035);
    assert!(bad.body["errors"]["name"].is_object() && bad.body["errors"]["description"].is_object());
    let other = format!("/applications/{}/commands", example::OTHER_APPLICATION);
    bench.bot("GET", &other, Value::Null).await.refused(403, 20_012);
    let permissions = format!("{guild}/{}/permissions", id(&put[0]));
    bench.bot("GET", &permissions, Value::Null).await.refused(404, 10_066);
    bench.bot("PUT", &permissions, json!({ "permissions": [] })).await.refused(403, 20_001);
    // A third new name still fits into the guild's day, a fourth does not.
    bench.bot("PUT", &guild, json!([{ "name": "three", "description": "d" }])).await.good(200);
    bench.bot("PUT", &guild, json!([{ "name": "four", "description": "d" }])).await.refused(429, 30_034);
    bench.close().await;
}

#[tokio::test]
async fn roles_members_and_bans_keep_the_hierarchy() {
    let bench = Bench::with(Bench::wide()).await;
    let roles = format!("/guilds/{GUILD}/roles");
    let made = bench.bot("POST", &roles, json!({ "name": "Reader", "color": 255 })).await.good(200);
    assert_eq!((&made["name"], &made["colors"]["primary_color"]), (&json!("Reader"), &json!(255)));
    bench.bot("POST", &roles, json!({ "permissions": "8" })).await.refused(403, 50_013);
    let linus = format!("/guilds/{GUILD}/members/{}", example::LINUS);
    assert_eq!(bench.bot("PUT", &format!("{linus}/roles/{}", id(&made)), Value::Null).await.status, 204);
    let member = bench.bot("GET", &linus, Value::Null).await.good(200);
    assert!(member["roles"].as_array().is_some_and(|r| r.contains(&made["id"])));
    let own_role = bench.sandbox.engine().read(|world| {
        let guild = world.guild(GUILD).expect("the guild");
        guild.top_role(example::APPLICATION).expect("the bot's role").id
    });
    bench.bot("PUT", &format!("{linus}/roles/{own_role}"), Value::Null).await.refused(403, 50_013);
    // Every role may be named with its place, as long as none above one's own moves.
    let mut places: Vec<(u64, i32)> = bench.sandbox.engine().read(|world| {
        world.guild(GUILD).expect("the guild").roles.iter().map(|role| (role.id, role.position)).collect()
    });
    places.sort_unstable_by_key(|(_, place)| *place);
    let body = |order: &[(u64, i32)]| {
        order
            .iter()
            .zip(0..)
            .map(|((id, _), place)| json!({ "id": id.to_string(), "position": place }))
            .collect::<Value>()
    };
    places.swap(1, 2);
    let moved = bench.bot("PATCH", &roles, body(&places)).await.good(200);
    let text = |id: u64| Value::from(id.to_string());
    let place = |id: u64| {
        moved
            .as_array()
            .and_then(|all| all.iter().find(|r| r["id"] == text(id)))
            .map(|role| role["position"].clone())
    };
    assert_eq!((place(places[1].0), place(places[2].0)), (Some(json!(1)), Some(json!(2))));
    let highest = places.len() - 1;
    places.swap(highest, highest - 1);
    bench.bot("PATCH", &roles, body(&places)).await.refused(403, 50_013);

    let until = "2999-01-01T00:00:00Z";
    let far = bench.bot("PATCH", &linus, json!({ "communication_disabled_until": until })).await;
    far.refused(400, 50_035);
    let ada = format!("/guilds/{GUILD}/members/{}", example::ADA);
    bench.bot("DELETE", &ada, Value::Null).await.refused(403, 50_013);
    let list = bench.bot("GET", &format!("/guilds/{GUILD}/members?limit=1000"), Value::Null).await.good(200);
    assert_eq!(list.as_array().map(Vec::len), Some(6));
    let found =
        bench.bot("GET", &format!("/guilds/{GUILD}/members/search?query=LIN"), Value::Null).await.good(200);
    assert_eq!(found[0]["user"]["username"], "linus");

    let ban = format!("/guilds/{GUILD}/bans/{}", example::LINUS);
    assert_eq!(bench.bot("PUT", &ban, json!({})).await.status, 204);
    assert_eq!(bench.bot("GET", &ban, Value::Null).await.good(200)["user"]["username"], "linus");
    bench.bot("GET", &linus, Value::Null).await.refused(404, 10_007);
    assert_eq!(bench.bot("DELETE", &ban, Value::Null).await.status, 204);
    bench.bot("GET", &ban, Value::Null).await.refused(404, 10_026);
    let nick = bench
        .bot("PATCH", &format!("/guilds/{GUILD}/members/@me"), json!({ "nick": "Hall" }))
        .await
        .good(200);
    assert_eq!(nick["nick"], "Hall");
    bench.close().await;
}

#[tokio::test]
async fn channels_and_overwrites() {
    let bench = Bench::with(Bench::wide()).await;
    let all = format!("/guilds/{GUILD}/channels");
    let made = bench.bot("POST", &all, json!({ "name": "Quiet Corner", "topic": "Shh" })).await.good(201);
    assert_eq!(made["name"], "quiet-corner");
    let one = format!("/channels/{}", id(&made));
    let edited = bench.bot("PATCH", &one, json!({ "topic": null, "rate_limit_per_user": 5 })).await.good(200);
    assert_eq!((&edited["topic"], &edited["rate_limit_per_user"]), (&Value::Null, &json!(5)));
    let overwrite = format!("{one}/permissions/{}", example::LINUS);
    let body = json!({ "type": 1, "allow": "0", "deny": "2048" });
    assert_eq!(bench.bot("PUT", &overwrite, body).await.status, 204);
    let theirs = format!("/as/{}{one}/messages", example::LINUS);
    assert_eq!(bench.control("POST", &theirs, json!({ "content": "may I" })).await.status, 403);
    assert_eq!(bench.bot("DELETE", &overwrite, Value::Null).await.status, 204);
    bench.bot("DELETE", &overwrite, Value::Null).await.refused(404, 10_009);
    let grant = json!({ "type": 1, "allow": "8", "deny": "0" });
    bench.bot("PUT", &overwrite, grant).await.refused(403, 50_013);
    assert_eq!(bench.bot("POST", &format!("{one}/typing"), Value::Null).await.status, 204);
    let invite = bench.bot("POST", &format!("{one}/invites"), json!({})).await.good(200);
    let code = invite["code"].as_str().expect("a code");
    let shown = bench.call("GET", &format!("/invites/{code}"), Value::Null, None).await.good(200);
    assert_eq!(shown["guild"]["name"], "Riverside Book Club");
    bench.bot("DELETE", &one, Value::Null).await.good(200);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_003);
    bench.close().await;
}
