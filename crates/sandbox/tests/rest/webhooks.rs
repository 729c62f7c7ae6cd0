//! Webhooks: made and managed, what they say, and what of it they may change.

use guildhall_sandbox::permissions::Permissions;
use guildhall_sandbox::{Limits, example};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::read;
use crate::invites::{bot_may_only, told};
use crate::{Bench, GUILD, id};

/// A webhook of the example bot, by its path and its address with the token.
async fn hook(bench: &Bench, channel: u64) -> (String, String) {
    let made = bench.bot("POST", &format!("/channels/{channel}/webhooks"), json!({ "name": "Crier" })).await;
    let made = made.good(200);
    let path = format!("/webhooks/{}", id(&made));
    let address = format!("{path}/{}", made["token"].as_str().expect("a token"));
    (path, address)
}

/// Forgets the windows of the rate limits, of which webhooks have narrow ones.
async fn rest(bench: &Bench) {
    bench.control("POST", "/limits", json!({})).await.good(200);
}

/// A webhook that no application owns: a person made it.
async fn persons_hook(bench: &Bench, channel: u64) -> String {
    let path = format!("/as/{}/api/channels/{channel}/webhooks", example::ADA);
    let made = bench.control("POST", &path, json!({ "name": "Crier" })).await.good(200);
    assert_eq!(made["application_id"], Value::Null);
    format!("/webhooks/{}/{}", id(&made), made["token"].as_str().expect("a token"))
}

#[tokio::test]
async fn a_webhook_is_made_changed_and_removed_and_each_is_told() {
    let bench = Bench::with(Bench::wide()).await;
    let general = bench.general();
    let mut heard = bench.sandbox.engine().observe();
    let (path, address) = hook(&bench, general).await;
    let shown = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!(
        (&shown["name"], &shown["user"]["id"]),
        (&json!("Crier"), &json!(example::APPLICATION.to_string()))
    );
    let held = bench.call("GET", &address, Value::Null, None).await.good(200);
    assert!(held.get("user").is_none() && held["token"].is_string());
    let tower =
        bench.bot("POST", &format!("/guilds/{GUILD}/channels"), json!({ "name": "tower" })).await.good(201);
    let moved =
        bench.bot("PATCH", &path, json!({ "name": "Herald", "channel_id": tower["id"] })).await.good(200);
    assert_eq!((&moved["name"], &moved["channel_id"]), (&json!("Herald"), &tower["id"]));
    bench.call("PATCH", &address, json!({ "name": "Bard" }), None).await.good(200);
    let all = bench.bot("GET", &format!("/guilds/{GUILD}/webhooks"), Value::Null).await.good(200);
    assert_eq!(all[0]["name"], "Bard");
    bench.call("DELETE", &address, Value::Null, None).await.good(204);
    bench.bot("GET", &path, Value::Null).await.refused(404, 10015);
    // Made, moved from and to, renamed, removed.
    let updates = told(&mut heard).into_iter().filter(|event| *event == "WEBHOOKS_UPDATE").count();
    assert_eq!(updates, 5);
    let log = bench.bot("GET", &format!("/guilds/{GUILD}/audit-logs?limit=5"), Value::Null).await.good(200);
    let kinds: Vec<u64> = log["audit_log_entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e["action_type"].as_u64())
        .collect();
    assert_eq!(kinds, [51, 10, 50], "what holders of the token do has no author");
    bench.close().await;
}

#[tokio::test]
async fn names_numbers_and_permissions_are_checked() {
    let bench = Bench::with(Limits { webhooks_per_channel: 2, webhooks_per_guild: 3, ..Bench::wide() }).await;
    let general = bench.general();
    let path = format!("/channels/{general}/webhooks");
    for name in ["Clyde", "my discord bot", "", "everyone"] {
        bench.bot("POST", &path, json!({ "name": name })).await.refused(400, 50035);
    }
    bench.bot("POST", &path, json!({})).await.refused(400, 50035);
    let (own, address) = hook(&bench, general).await;
    let foreign = persons_hook(&bench, general).await;
    bench.bot("POST", &path, json!({ "name": "third" })).await.refused(400, 30007);
    let other =
        bench.bot("POST", &format!("/guilds/{GUILD}/channels"), json!({ "name": "other" })).await.good(201);
    let other: u64 = id(&other).parse().unwrap();
    hook(&bench, other).await;
    bench
        .bot("POST", &format!("/channels/{other}/webhooks"), json!({ "name": "x" }))
        .await
        .refused(400, 30058);
    bench.call("GET", &format!("{own}/wrong"), Value::Null, None).await.refused(401, 50027);
    bench.call("POST", "/webhooks/1/x", json!({ "content": "x" }), None).await.refused(404, 10015);
    bot_may_only(bench.sandbox.engine(), Permissions::NONE);
    bench.bot("POST", &path, json!({ "name": "x" })).await.refused(403, 50013);
    bench.bot("GET", &format!("/guilds/{GUILD}/webhooks"), Value::Null).await.refused(403, 50013);
    // Its own webhooks a bot may always see; those of others need the permission.
    bench.bot("GET", &own, Value::Null).await.good(200);
    let foreign = foreign.rsplit_once('/').unwrap().0;
    bench.bot("GET", foreign, Value::Null).await.refused(403, 50013);
    bench.call("DELETE", &address, Value::Null, None).await.good(204);
    bench.close().await;
}

#[tokio::test]
async fn a_webhook_speaks_under_any_name_and_edits_what_it_said() {
    let bench = Bench::with(Bench::wide()).await;
    let (_, address) = hook(&bench, bench.general()).await;
    let nothing = bench.call("POST", &address, json!({ "content": "quietly" }), None).await;
    assert_eq!((nothing.status, nothing.text.as_str()), (204, ""));
    let body = json!({ "content": "hear, <@1> @everyone", "username": "Town crier", "avatar_url": "https://example.org/a.png" });
    let said = bench.call("POST", &format!("{address}?wait=true"), body, None).await.good(200);
    assert_eq!((&said["author"]["username"], &said["author"]["bot"]), (&json!("Town crier"), &json!(true)));
    assert_eq!(
        (&said["webhook_id"], &said["author"]["id"]),
        (&said["author"]["id"], &json!(address.split('/').nth(2).unwrap()))
    );
    assert_eq!(said["mention_everyone"], false, "by default only users are mentioned");
    let loud = json!({ "content": "@everyone", "allowed_mentions": { "parse": ["everyone"] } });
    let loud = bench.call("POST", &format!("{address}?wait=true"), loud, None).await.good(200);
    assert_eq!(loud["mention_everyone"], true);
    rest(&bench).await;
    let own = format!("{address}/messages/{}", id(&said));
    let edited = bench.call("PATCH", &own, json!({ "content": "heard" }), None).await.good(200);
    assert_eq!(edited["content"], "heard");
    assert_eq!(bench.call("GET", &own, Value::Null, None).await.good(200)["content"], "heard");
    bench.call("DELETE", &own, Value::Null, None).await.good(204);
    bench.call("GET", &own, Value::Null, None).await.refused(404, 10008);
    rest(&bench).await;
    let foreign = bench
        .bot("POST", &format!("/channels/{}/messages", bench.general()), json!({ "content": "mine" }))
        .await
        .good(200);
    bench
        .call("GET", &format!("{address}/messages/{}", id(&foreign)), Value::Null, None)
        .await
        .refused(404, 10008);
    for (bad, code) in [
        (json!({}), 50006),
        (json!({ "content": "x", "username": "discord" }), 50035),
        (json!({ "content": "x", "flags": 64 }), 50035),
        (json!({ "content": "x", "thread_name": "t" }), 220_003),
    ] {
        rest(&bench).await;
        bench.call("POST", &address, bad, None).await.refused(400, code);
    }
    let form =
        Form::new().text("payload_json", "{}").part("files[0]", Part::text("hello").file_name("a.txt"));
    let url = format!("{}{address}?wait=true", bench.sandbox.rest_url());
    let filed = read(bench.client.post(url).multipart(form).send().await.expect("an answer")).await.good(200);
    assert_eq!(filed["attachments"][0]["filename"], "a.txt");
    bench.close().await;
}

#[tokio::test]
async fn only_an_applications_webhook_sends_buttons() {
    let bench = Bench::with(Bench::wide()).await;
    let row = |button: Value| json!([{ "type": 1, "components": [button] }]);
    let button = row(json!({ "type": 2, "style": 1, "label": "go", "custom_id": "go" }));
    let link = row(json!({ "type": 2, "style": 5, "label": "go", "url": "https://example.org" }));
    let (_, owned) = hook(&bench, bench.general()).await;
    let foreign = persons_hook(&bench, bench.general()).await;
    let post = async |address: &str, query: &str, parts: &Value| {
        let body = json!({ "content": "x", "components": parts });
        bench.call("POST", &format!("{address}?wait=true{query}"), body, None).await
    };
    assert_eq!(post(&owned, "", &button).await.good(200)["components"].as_array().unwrap().len(), 1);
    assert_eq!(post(&foreign, "", &button).await.good(200)["components"], json!([]));
    assert_eq!(
        post(&foreign, "&with_components=true", &link).await.good(200)["components"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    post(&foreign, "&with_components=true", &button).await.refused(400, 50035);
    bench.close().await;
}

#[tokio::test]
async fn a_forum_takes_a_post_or_a_thread_and_never_both() {
    let bench = Bench::with(Bench::wide()).await;
    let forum = bench
        .bot(
            "POST",
            &format!("/guilds/{GUILD}/channels"),
            json!({ "name": "ideas", "type": 15, "available_tags": [{ "name": "new" }] }),
        )
        .await
        .good(201);
    let tag = forum["available_tags"][0]["id"].clone();
    let (_, address) = hook(&bench, id(&forum).parse().unwrap()).await;
    bench.call("POST", &address, json!({ "content": "x" }), None).await.refused(400, 220_001);
    let body = json!({ "content": "first", "thread_name": "A thought", "applied_tags": [tag] });
    let said = bench.call("POST", &format!("{address}?wait=true"), body, None).await.good(200);
    let thread = said["channel_id"].as_str().unwrap().to_owned();
    assert_eq!(said["id"], thread.as_str());
    let shown = bench.bot("GET", &format!("/channels/{thread}"), Value::Null).await.good(200);
    assert_eq!((&shown["name"], &shown["applied_tags"]), (&json!("A thought"), &json!([tag])));
    rest(&bench).await;
    let both = json!({ "content": "x", "thread_name": "y" });
    bench.call("POST", &format!("{address}?thread_id={thread}"), both, None).await.refused(400, 220_002);
    let second = bench
        .call(
            "POST",
            &format!("{address}?wait=true&thread_id={thread}"),
            json!({ "content": "second" }),
            None,
        )
        .await
        .good(200);
    assert_eq!(second["channel_id"], thread.as_str());
    bench
        .call("GET", &format!("{address}/messages/{}?thread_id={thread}", id(&second)), Value::Null, None)
        .await
        .good(200);
    bench
        .call("GET", &format!("{address}/messages/{}", id(&second)), Value::Null, None)
        .await
        .refused(404, 10008);
    bench.call("POST", &format!("{address}/slack"), json!({ "text": "x" }), None).await.refused(400, 220_004);
    bench.close().await;
}

#[tokio::test]
async fn slack_and_github_are_understood() {
    let bench = Bench::with(Bench::wide()).await;
    let (_, address) = hook(&bench, bench.general()).await;
    let slack =
        json!({ "text": "deployed", "username": "ci", "attachments": [{ "title": "v1", "color": "good" }] });
    assert_eq!(bench.call("POST", &format!("{address}/slack"), slack, None).await.good(200), "ok");
    let event = json!({ "action": "started", "repository": { "full_name": "a/b", "html_url": "https://example.org" },
        "sender": { "login": "ada", "html_url": "https://example.org/ada", "avatar_url": "https://example.org/ada.png" } });
    for (name, _) in [("watch", 1), ("ping", 0)] {
        let url = format!("{}{address}/github", bench.sandbox.rest_url());
        let answer = bench
            .client
            .post(url)
            .header("x-github-event", name)
            .json(&event)
            .send()
            .await
            .expect("an answer");
        read(answer).await.good(204);
    }
    let seen = bench
        .bot("GET", &format!("/channels/{}/messages?limit=2", bench.general()), Value::Null)
        .await
        .good(200);
    assert_eq!(
        (&seen[0]["embeds"][0]["title"], &seen[0]["author"]["username"]),
        (&json!("[a/b] New star added"), &json!("GitHub"))
    );
    assert_eq!((&seen[1]["content"], &seen[1]["embeds"][0]["title"]), (&json!("deployed"), &json!("v1")));
    bench.close().await;
}
