//! The audit log: what goes in, who may read it, and how it is paged.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

impl Bench {
    /// The newest entries of the first example server's audit log.
    async fn log(&self, query: &str) -> Vec<Value> {
        let all = self.bot("GET", &format!("/guilds/{GUILD}/audit-logs{query}"), Value::Null).await.good(200);
        all["audit_log_entries"].as_array().expect("a list").clone()
    }

    /// A call with a reason.
    async fn because(&self, method: &str, path: &str, body: Value, reason: &str) -> u16 {
        let url = format!("{}{path}", self.sandbox.rest_url());
        let request = self
            .client
            .request(method.parse().expect("a method"), url)
            .header("authorization", format!("Bot {}", example::BOT_TOKEN))
            .header("x-audit-log-reason", reason)
            .json(&body);
        request.send().await.expect("an answer").status().as_u16()
    }
}

fn change<'e>(entry: &'e Value, key: &str) -> &'e Value {
    let all = entry["changes"].as_array().expect("changes");
    all.iter().find(|change| change["key"] == key).unwrap_or_else(|| panic!("no {key} in {entry}"))
}

#[tokio::test]
async fn what_a_bot_does_is_logged_with_reason_and_change() {
    let bench = Bench::with(Bench::wide()).await;
    assert!(bench.log("").await.is_empty());
    let roles = format!("/guilds/{GUILD}/roles");
    let role = id(&bench.bot("POST", &roles, json!({ "name": "Reader", "color": 255 })).await.good(200));
    let status = bench
        .because("PATCH", &format!("{roles}/{role}"), json!({ "name": "Writer" }), "better%20name")
        .await;
    assert_eq!(status, 200);
    // A change to what is already so is none.
    bench.bot("PATCH", &format!("{roles}/{role}"), json!({ "name": "Writer" })).await.good(200);
    let log = bench.log("").await;
    assert_eq!(log.len(), 2);
    assert_eq!((&log[0]["action_type"], &log[0]["target_id"]), (&json!(31), &json!(role)));
    assert_eq!(log[0]["reason"], "better name");
    assert_eq!(
        change(&log[0], "name"),
        &json!({ "key": "name", "old_value": "Reader", "new_value": "Writer" })
    );
    assert_eq!(log[0]["user_id"], example::APPLICATION.to_string());
    assert_eq!(change(&log[1], "color")["new_value"], 255);

    let linus = format!("/guilds/{GUILD}/members/{}", example::LINUS);
    bench.bot("PUT", &format!("{linus}/roles/{role}"), Value::Null).await;
    bench.bot("DELETE", &format!("{linus}/roles/{role}"), Value::Null).await;
    let me = format!("/guilds/{GUILD}/members/@me");
    bench.bot("PATCH", &me, json!({ "nick": "L" })).await.good(200);
    let log = bench.log("?limit=3").await;
    assert_eq!((&log[0]["action_type"], &change(&log[0], "nick")["new_value"]), (&json!(24), &json!("L")));
    assert_eq!(change(&log[1], "$remove")["new_value"], json!([{ "id": role, "name": "Writer" }]));
    assert_eq!(change(&log[2], "$add")["new_value"], json!([{ "id": role, "name": "Writer" }]));

    let made = bench.bot("POST", &format!("/guilds/{GUILD}/channels"), json!({ "name": "quiet" })).await;
    let quiet = id(&made.good(201));
    let overwrite = format!("/channels/{quiet}/permissions/{}", example::LINUS);
    bench.bot("PUT", &overwrite, json!({ "type": 1, "deny": "2048" })).await;
    bench.bot("PUT", &overwrite, json!({ "type": 1, "deny": "0" })).await;
    bench.bot("DELETE", &overwrite, Value::Null).await;
    bench.bot("DELETE", &format!("/channels/{quiet}"), Value::Null).await.good(200);
    let kinds: Vec<Value> = bench.log("?limit=5").await.iter().map(|e| e["action_type"].clone()).collect();
    assert_eq!(kinds, [12, 15, 14, 13, 10].map(|n| json!(n)));
    let log = bench.log(&format!("?target_id={quiet}&action_type=14")).await;
    assert_eq!(log[0]["options"], json!({ "id": example::LINUS.to_string(), "type": "1" }));
    assert_eq!(change(&log[0], "deny")["old_value"], "2048");

    bench.because("PUT", &format!("/guilds/{GUILD}/bans/{}", example::LINUS), json!({}), "rude").await;
    bench.bot("DELETE", &format!("/guilds/{GUILD}/bans/{}", example::LINUS), Value::Null).await;
    let log = bench.log(&format!("?target_id={}&limit=2", example::LINUS)).await;
    assert_eq!((&log[0]["action_type"], &log[1]["action_type"]), (&json!(23), &json!(22)));
    assert_eq!(log[1]["reason"], "rude");
    bench.close().await;
}

#[tokio::test]
async fn only_other_peoples_messages_are_logged_and_they_are_gathered() {
    let bench = Bench::with(Bench::wide()).await;
    let general = bench.general();
    let said = |text: &str| json!({ "content": text });
    let own = id(&bench.bot("POST", &format!("/channels/{general}/messages"), said("x")).await.good(200));
    assert_eq!(
        bench.bot("DELETE", &format!("/channels/{general}/messages/{own}"), Value::Null).await.status,
        204
    );
    assert!(bench.log("").await.is_empty());
    let theirs = format!("/as/{}/channels/{general}/messages", example::LINUS);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(id(&bench.control("POST", &theirs, said("y")).await.good(200)));
    }
    for one in &ids[..2] {
        bench.bot("DELETE", &format!("/channels/{general}/messages/{one}"), Value::Null).await;
    }
    bench.bot("PUT", &format!("/channels/{general}/messages/pins/{}", ids[2]), Value::Null).await;
    bench
        .bot("POST", &format!("/channels/{general}/messages/bulk-delete"), json!({ "messages": &ids[3..] }))
        .await;
    // A moderator does the same by hand.
    let theirs = format!("/as/{}/channels/{general}/messages/{}", example::ADA, ids[2]);
    bench.control("DELETE", &theirs, Value::Null).await.good(200);
    let log = bench.log("").await;
    let kinds: Vec<&Value> = log.iter().map(|entry| &entry["action_type"]).collect();
    assert_eq!(kinds, [72, 73, 74, 72]);
    assert_eq!(log[0]["user_id"], example::ADA.to_string());
    assert_eq!(log[1]["options"], json!({ "count": "2" }));
    assert_eq!(log[2]["options"]["message_id"], ids[2]);
    assert_eq!(log[3]["options"], json!({ "channel_id": general.to_string(), "count": "2" }));
    assert_eq!(log[3]["target_id"], example::LINUS.to_string());
    bench.close().await;
}

#[tokio::test]
async fn the_log_is_paged_bounded_and_forgotten() {
    let bench = Bench::with(Limits { audit_log_entries: 4, ..Bench::wide() }).await;
    let me = format!("/guilds/{GUILD}/members/@me");
    for number in 0..6 {
        bench.bot("PATCH", &me, json!({ "nick": format!("n{number}") })).await.good(200);
    }
    let log = bench.log("").await;
    assert_eq!(log.len(), 4, "the oldest went");
    let names = |log: &[Value]| -> Vec<String> {
        log.iter().map(|e| change(e, "nick")["new_value"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(names(&log), ["n5", "n4", "n3", "n2"]);
    assert_eq!(names(&bench.log(&format!("?before={}&limit=2", id(&log[1]))).await), ["n3", "n2"]);
    assert_eq!(names(&bench.log(&format!("?after={}&limit=2", id(&log[3]))).await), ["n3", "n4"]);
    assert_eq!(bench.log(&format!("?user_id={}", example::ADA)).await.len(), 0);
    bench
        .bot("GET", &format!("/guilds/{GUILD}/audit-logs?limit=101"), Value::Null)
        .await
        .refused(400, 50_035);
    let day = 86_400_000u64;
    bench.control("POST", "/clock/advance", json!({ "ms": 44 * day })).await.good(200);
    assert_eq!(bench.log("").await.len(), 4);
    bench.control("POST", "/clock/advance", json!({ "ms": 2 * day })).await.good(200);
    assert!(bench.log("").await.is_empty(), "45 days are over");
    bench.close().await;
}

#[tokio::test]
async fn the_log_needs_its_permission() {
    let bench = Bench::with(Bench::wide()).await;
    let owner = example::ADA.to_string();
    let made = bench.control("POST", "/guilds", json!({ "name": "Small", "owner_id": owner })).await;
    let guild = id(&made.good(200));
    let bots = format!("/guilds/{guild}/bots/{}", example::APPLICATION);
    bench.control("POST", &bots, json!({ "permissions": "0" })).await.good(200);
    let log = format!("/guilds/{guild}/audit-logs");
    bench.bot("GET", &log, Value::Null).await.refused(403, 50_013);
    let other = format!("/guilds/{guild}/bots/{}", example::OTHER_APPLICATION);
    bench.control("POST", &other, json!({ "permissions": "128" })).await.good(200);
    let token = format!("Bot {}", example::OTHER_BOT_TOKEN);
    let seen = bench.call("GET", &log, Value::Null, Some(&token)).await.good(200);
    let entries = seen["audit_log_entries"].as_array().expect("a list");
    assert_eq!(entries.len(), 2, "both bots were added by the owner");
    assert_eq!((&entries[0]["action_type"], &entries[0]["user_id"]), (&json!(28), &json!(owner)));
    assert_eq!(seen["users"].as_array().map(Vec::len), Some(3));
    bench.close().await;
}
