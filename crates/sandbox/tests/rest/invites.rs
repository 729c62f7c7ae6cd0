//! Invites: used up, expired, for few, revoked, and who may see what of them.

use guildhall_sandbox::engine::Engine;
use guildhall_sandbox::permissions::Permissions;
use guildhall_sandbox::world::Dispatch;
use guildhall_sandbox::{Limits, example};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use crate::{Bench, GUILD};

/// The names of the events that were told since.
pub(crate) fn told(heard: &mut Receiver<std::sync::Arc<Dispatch>>) -> Vec<&'static str> {
    std::iter::from_fn(|| heard.try_recv().ok()).map(|dispatch| dispatch.event).collect()
}

/// Takes permissions from the example bot and gives it these instead, in the whole guild.
pub(crate) fn bot_may_only(engine: &Engine, permissions: Permissions) {
    engine.apply(|world, _| {
        let guild = world.guild_mut(GUILD).expect("the example guild");
        let roles = guild.member(example::APPLICATION).expect("the bot").roles.clone();
        guild.role_mut(GUILD).expect("everyone's role").permissions = Permissions::VIEW_CHANNEL;
        for role in guild.roles.iter_mut().filter(|role| roles.contains(&role.id)) {
            role.permissions = permissions;
        }
        for channel in &mut guild.channels {
            channel.overwrites.clear();
        }
        ((), Vec::new())
    });
}

async fn newcomer(bench: &Bench, name: &str) -> String {
    let made = bench.control("POST", "/users", json!({ "username": name })).await.good(200);
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn an_invite_is_used_up_and_no_event_says_which_was_used() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/invites", bench.general());
    let body = json!({ "max_uses": 2, "max_age": 0, "unique": true });
    let made = bench.bot("POST", &path, body).await.good(200);
    let code = made["code"].as_str().unwrap();
    assert_eq!(
        (made["uses"].as_u64(), made["max_uses"].as_u64(), &made["expires_at"]),
        (Some(0), Some(2), &Value::Null)
    );
    let mut heard = bench.sandbox.engine().observe();
    let (first, second) = (newcomer(&bench, "first").await, newcomer(&bench, "second").await);
    bench.control("POST", &format!("/as/{first}/invites/{code}"), Value::Null).await.good(200);
    assert_eq!(told(&mut heard), ["GUILD_CREATE", "GUILD_MEMBER_ADD"]);
    // Joining again uses nothing.
    bench.control("POST", &format!("/as/{first}/invites/{code}"), Value::Null).await.good(200);
    let list = bench.bot("GET", &format!("/guilds/{GUILD}/invites"), Value::Null).await.good(200);
    assert_eq!(list[0]["uses"], 1);
    bench.control("POST", &format!("/as/{second}/invites/{code}"), Value::Null).await.good(200);
    assert_eq!(told(&mut heard), ["INVITE_DELETE", "GUILD_CREATE", "GUILD_MEMBER_ADD"]);
    bench.bot("GET", &format!("/invites/{code}"), Value::Null).await.refused(404, 10006);
    bench.close().await;
}

#[tokio::test]
async fn an_invite_expires_by_the_clock_and_keeps_the_banned_out() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/invites", bench.general());
    let made = bench.bot("POST", &path, json!({ "max_age": 60 })).await.good(200);
    let same = bench.bot("POST", &path, json!({ "max_age": 60 })).await.good(200);
    assert_eq!(made["code"], same["code"], "without `unique` the same one is given again");
    let code = made["code"].as_str().unwrap();
    let guest = newcomer(&bench, "guest").await;
    bench.bot("PUT", &format!("/guilds/{GUILD}/bans/{guest}"), json!({})).await.good(204);
    let refused = bench.control("POST", &format!("/as/{guest}/invites/{code}"), Value::Null).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    bench.control("POST", "/clock/advance", json!({ "ms": 61_000 })).await.good(200);
    bench.bot("GET", &format!("/invites/{code}"), Value::Null).await.refused(404, 10006);
    assert_eq!(bench.bot("GET", &path, Value::Null).await.good(200), json!([]));
    bench.close().await;
}

#[tokio::test]
async fn uses_are_shown_to_managers_only_and_invites_are_limited() {
    let bench = Bench::with(Limits { invites: 2, ..Bench::wide() }).await;
    let (path, all) = (format!("/channels/{}/invites", bench.general()), format!("/guilds/{GUILD}/invites"));
    for _ in 0..2 {
        bench.bot("POST", &path, json!({ "unique": true })).await.good(200);
    }
    bench.bot("POST", &path, json!({ "unique": true })).await.refused(400, 30016);
    bench.bot("POST", &path, json!({ "max_age": 604_801 })).await.refused(400, 50035);
    bot_may_only(bench.sandbox.engine(), Permissions::VIEW_AUDIT_LOG);
    let seen = bench.bot("GET", &all, Value::Null).await.good(200);
    assert!(seen[0]["code"].is_string() && seen[0].get("uses").is_none(), "{seen}");
    let code = seen[0]["code"].as_str().unwrap().to_owned();
    bench.bot("DELETE", &format!("/invites/{code}"), Value::Null).await.refused(403, 50013);
    bench.bot("POST", &path, json!({})).await.refused(403, 50013);
    bot_may_only(bench.sandbox.engine(), Permissions::MANAGE_GUILD);
    let seen = bench.bot("GET", &all, Value::Null).await.good(200);
    assert_eq!(seen[0]["uses"], 0);
    let gone = bench.bot("DELETE", &format!("/invites/{code}"), Value::Null).await.good(200);
    assert_eq!(gone["code"], code.as_str());
    bot_may_only(bench.sandbox.engine(), Permissions::NONE);
    bench.bot("GET", &all, Value::Null).await.refused(403, 50013);
    bench.close().await;
}

#[tokio::test]
async fn an_invite_can_be_for_few_and_give_roles() {
    let bench = Bench::with(Bench::wide()).await;
    let role =
        bench.bot("POST", &format!("/guilds/{GUILD}/roles"), json!({ "name": "guest" })).await.good(200);
    let role = role["id"].as_str().unwrap().to_owned();
    let (in_, out) = (newcomer(&bench, "expected").await, newcomer(&bench, "uninvited").await);
    let file = |text: String| Part::text(text).file_name("users.csv");
    let path = format!("/channels/{}/invites", bench.general());
    let form = Form::new()
        .text("payload_json", json!({ "role_ids": [role], "max_age": 0 }).to_string())
        .part("target_users_file", file(format!("user_id\n{in_}\n")));
    let made = bench.upload(&path, form).await.good(200);
    assert_eq!(made["roles"][0]["id"], role.as_str());
    let code = made["code"].as_str().unwrap();
    let refused = bench.control("POST", &format!("/as/{out}/invites/{code}"), Value::Null).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
    bench.control("POST", &format!("/as/{in_}/invites/{code}"), Value::Null).await.good(200);
    let member = bench.bot("GET", &format!("/guilds/{GUILD}/members/{in_}"), Value::Null).await.good(200);
    assert_eq!(member["roles"], json!([role]));
    let users = format!("/invites/{code}/target-users");
    let list = bench.bot("GET", &users, Value::Null).await;
    let csv = (list.text.as_str(), list.header("content-type"));
    assert_eq!(csv, (format!("user_id\n{in_}\n").as_str(), Some("text/csv; charset=utf-8")));
    let status = bench.bot("GET", &format!("{users}/job-status"), Value::Null).await.good(200);
    assert_eq!((&status["status"], &status["total_users"]), (&json!(2), &json!(1)));
    bench.close().await;
}

/// These routes are documented, and not in the OpenAPI description.
#[tokio::test]
async fn the_users_of_an_invite_can_be_changed_one_by_one() {
    let bench = Bench::with(Bench::wide()).await;
    let made =
        bench.bot("POST", &format!("/channels/{}/invites", bench.general()), json!({})).await.good(200);
    let users = format!("/invites/{}/target-users", made["code"].as_str().unwrap());
    let (one, two) = (newcomer(&bench, "one").await, newcomer(&bench, "two").await);
    bench.bot("PUT", &format!("{users}/{one}"), Value::Null).await.good(204);
    bench.bot("POST", &format!("{users}/bulk-add"), json!({ "user_ids": [one, two] })).await.good(204);
    bench.bot("DELETE", &format!("{users}/{one}"), Value::Null).await.good(204);
    assert_eq!(bench.bot("GET", &users, Value::Null).await.text, format!("user_id\n{two}\n"));
    bench.bot("POST", &format!("{users}/bulk-delete"), json!({ "user_ids": [two] })).await.good(204);
    assert_eq!(bench.bot("GET", &users, Value::Null).await.text, "user_id\n");
    bench.bot("POST", &format!("{users}/bulk-add"), json!({ "user_ids": ["1"] })).await.refused(400, 50035);
    let stranger = bench.control("POST", "/applications", json!({ "name": "stranger" })).await.good(200);
    let stranger = format!("Bot {}", stranger["token"].as_str().unwrap());
    bench.call("GET", &users, Value::Null, Some(&stranger)).await.refused(403, 50001);
    bench.sandbox.shutdown().await;
}

#[tokio::test]
async fn a_vanity_address_counts_its_uses() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/guilds/{GUILD}/vanity-url");
    assert_eq!(bench.bot("GET", &path, Value::Null).await.good(200), json!({ "code": null, "uses": 0 }));
    bench.control("PUT", &path, json!({ "code": "books" })).await.good(200);
    let guest = newcomer(&bench, "guest").await;
    bench.control("POST", &format!("/as/{guest}/invites/books"), Value::Null).await.good(200);
    assert_eq!(bench.bot("GET", &path, Value::Null).await.good(200), json!({ "code": "books", "uses": 1 }));
    let shown = bench.bot("GET", "/invites/books?with_counts=true", Value::Null).await.good(200);
    assert_eq!(shown["guild"]["id"], GUILD.to_string());
    bench.close().await;
}
