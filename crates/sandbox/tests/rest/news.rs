//! Announcement channels, pins and reactions as others see them.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

#[tokio::test]
async fn published_messages_reach_those_who_follow() {
    let bench = Bench::with(Limits { crossposts: 2, ..Bench::wide() }).await;
    let all = format!("/guilds/{GUILD}/channels");
    let news = id(&bench.bot("POST", &all, json!({ "name": "news", "type": 5 })).await.good(201));
    let target = bench.channel(example::MAKERS, "general");
    let general = bench.general();
    let follow = json!({ "webhook_channel_id": target.to_string() });
    bench.bot("POST", &format!("/channels/{general}/followers"), follow.clone()).await.refused(400, 50_024);
    bench.bot("POST", &format!("/channels/{news}/followers"), json!({})).await.refused(400, 50_035);
    let following = bench.bot("POST", &format!("/channels/{news}/followers"), follow).await.good(200);
    assert_eq!(following["channel_id"], json!(news));

    let messages = format!("/channels/{news}/messages");
    let sent = id(&bench.bot("POST", &messages, json!({ "content": "we moved" })).await.good(200));
    let path = format!("{messages}/{sent}");
    let published = bench.bot("POST", &format!("{path}/crosspost"), Value::Null).await.good(200);
    assert_eq!(published["flags"], 1);
    bench.bot("POST", &format!("{path}/crosspost"), Value::Null).await.refused(400, 40_033);
    let there = format!("/channels/{target}/messages");
    let newest = async || bench.bot("GET", &there, Value::Null).await.good(200)[0].clone();
    let copy = newest().await;
    assert_eq!((&copy["content"], &copy["flags"]), (&json!("we moved"), &json!(2)));
    assert_eq!(
        (&copy["webhook_id"], &copy["message_reference"]["message_id"]),
        (&following["webhook_id"], &json!(sent))
    );
    bench.bot("PATCH", &path, json!({ "content": "we moved again" })).await.good(200);
    assert_eq!(newest().await["content"], "we moved again");
    bench.bot("DELETE", &path, Value::Null).await.good(204);
    assert_eq!(newest().await["flags"], 2 | 8);

    for (text, status) in [("two", 200), ("three", 429)] {
        let sent = id(&bench.bot("POST", &messages, json!({ "content": text })).await.good(200));
        let got = bench.bot("POST", &format!("{messages}/{sent}/crosspost"), Value::Null).await;
        assert_eq!(got.status, status, "{}", got.text);
        if status == 429 {
            // Nobody may publish there for now, so it counts as nobody's mistake.
            assert_eq!(
                (&got.body["code"], got.header("x-ratelimit-scope")),
                (&json!(20_028), Some("shared"))
            );
        }
    }
    let plain = id(&bench
        .bot("POST", &format!("/channels/{general}/messages"), json!({ "content": "x" }))
        .await
        .good(200));
    bench
        .bot("POST", &format!("/channels/{general}/messages/{plain}/crosspost"), Value::Null)
        .await
        .refused(400, 50_024);
    bench.close().await;
}

#[tokio::test]
async fn pinning_leaves_a_message_and_needs_its_own_right() {
    let bench = Bench::with(Bench::wide()).await;
    let general = bench.general();
    let messages = format!("/channels/{general}/messages");
    let sent = id(&bench.bot("POST", &messages, json!({ "content": "keep" })).await.good(200));
    bench.bot("PUT", &format!("/channels/{general}/pins/{sent}"), Value::Null).await.good(204);
    let all = bench.bot("GET", &messages, Value::Null).await.good(200);
    assert_eq!((&all[0]["type"], &all[0]["message_reference"]["message_id"]), (&json!(6), &json!(sent)));
    bench.bot("PUT", &format!("{messages}/pins/{}", id(&all[0])), Value::Null).await.refused(403, 50_021);
    bench.bot("PUT", &format!("{messages}/pins/{sent}"), Value::Null).await.good(204);
    assert_eq!(bench.bot("GET", &messages, Value::Null).await.good(200).as_array().map(Vec::len), Some(2));
    // Managing messages is not enough since pinning has a right of its own.
    let overwrite = format!("/channels/{general}/permissions/{}", example::GRACE);
    let body = json!({ "type": 1, "allow": "8192", "deny": (1_u64 << 51).to_string() });
    bench.bot("PUT", &overwrite, body).await.good(204);
    let theirs = format!("/as/{}/api{messages}/pins/{sent}", example::GRACE);
    bench.control("DELETE", &theirs, Value::Null).await.refused(403, 50_013);
    bench.close().await;
}
