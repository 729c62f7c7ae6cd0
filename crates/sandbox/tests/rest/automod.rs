//! Auto-moderation: the rules' forms, and what they do.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::{Bench, Got};
use crate::{GUILD, id};

fn rules() -> String {
    format!("/guilds/{GUILD}/auto-moderation/rules")
}

fn keyword(metadata: &Value, actions: &Value) -> Value {
    json!({
        "name": "words", "event_type": 1, "trigger_type": 1, "enabled": true,
        "trigger_metadata": metadata, "actions": actions,
    })
}

impl Bench {
    async fn says(&self, user: u64, text: &str) -> Got {
        let path = format!("/as/{user}/channels/{}/messages", self.general());
        self.control("POST", &path, json!({ "content": text })).await
    }

    async fn last(&self) -> Value {
        let path = format!("/channels/{}/messages?limit=1", self.general());
        self.bot("GET", &path, Value::Null).await.good(200)[0].clone()
    }
}

#[tokio::test]
async fn rules_are_checked_and_counted() {
    let bench = Bench::with(Bench::wide()).await;
    let block = json!([{ "type": 1 }]);
    let long = vec!["x"; 1001];
    for (body, field) in [
        (json!({ "name": "", "event_type": 1, "trigger_type": 3, "actions": block }), "name"),
        (json!({ "name": "n", "event_type": 1, "trigger_type": 2, "actions": block }), "trigger_type"),
        (json!({ "name": "n", "event_type": 2, "trigger_type": 3, "actions": block }), "event_type"),
        (json!({ "name": "n", "event_type": 1, "trigger_type": 3, "actions": [] }), "actions"),
        (keyword(&json!({ "keyword_filter": ["x".repeat(61)] }), &block), "trigger_metadata"),
        (keyword(&json!({ "keyword_filter": long }), &block), "trigger_metadata"),
        (keyword(&json!({ "regex_patterns": ["("] }), &block), "trigger_metadata"),
        (keyword(&json!({ "regex_patterns": vec!["a"; 11] }), &block), "trigger_metadata"),
        (keyword(&json!({}), &json!([{ "type": 4 }])), "actions"),
        (
            keyword(&json!({}), &json!([{ "type": 1, "metadata": { "custom_message": "x".repeat(151) } }])),
            "actions",
        ),
        (
            keyword(&json!({}), &json!([{ "type": 3, "metadata": { "duration_seconds": 2_419_201 } }])),
            "actions",
        ),
        (
            json!({ "name": "n", "event_type": 1, "trigger_type": 5, "actions": block,
                "trigger_metadata": { "mention_total_limit": 51 } }),
            "trigger_metadata",
        ),
        (
            json!({ "name": "n", "event_type": 1, "trigger_type": 3, "actions": block,
                "exempt_roles": (1..=21).collect::<Vec<u64>>() }),
            "exempt_roles",
        ),
    ] {
        let refused = bench.bot("POST", &rules(), body).await;
        refused.refused(400, 50_035);
        assert!(refused.body["errors"][field].is_object(), "{field}: {}", refused.text);
    }
    let no_channel = json!([{ "type": 2, "metadata": { "channel_id": "5" } }]);
    bench.bot("POST", &rules(), keyword(&json!({}), &no_channel)).await.refused(404, 10_003);

    let spam = json!({ "name": "spam", "event_type": 1, "trigger_type": 3, "actions": block });
    let made = bench.bot("POST", &rules(), spam.clone()).await.good(200);
    assert_eq!(
        (&made["enabled"], &made["creator_id"]),
        (&json!(false), &json!(example::APPLICATION.to_string()))
    );
    let second = bench.bot("POST", &rules(), spam).await;
    second.refused(400, 50_035);
    let code = &second.body["errors"]["_errors"][0]["code"];
    assert_eq!(code, "AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED");
    for _ in 0..6 {
        bench.bot("POST", &rules(), keyword(&json!({}), &block)).await.good(200);
    }
    bench.bot("POST", &rules(), keyword(&json!({}), &block)).await.refused(400, 50_035);
    let one = format!("{}/{}", rules(), id(&made));
    assert_eq!(bench.bot("PATCH", &one, json!({ "name": "other" })).await.good(200)["name"], "other");
    bench.person(example::LINUS, "GET", &one, Value::Null).await.refused(403, 50_013);
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 0);
    assert_eq!(bench.bot("GET", &rules(), Value::Null).await.good(200).as_array().map(Vec::len), Some(6));
    bench.close().await;
}

#[tokio::test]
async fn a_blocked_message_is_not_sent_and_moderators_are_told() {
    let bench = Bench::with(Bench::wide()).await;
    let staff = bench.channel(GUILD, "staff");
    let actions = json!([
        { "type": 1, "metadata": { "custom_message": "Not here" } },
        { "type": 2, "metadata": { "channel_id": staff.to_string() } },
        { "type": 3, "metadata": { "duration_seconds": 60 } },
    ]);
    let metadata = json!({ "keyword_filter": ["spoil*"], "allow_list": ["spoilsport"] });
    let rule = id(&bench.bot("POST", &rules(), keyword(&metadata, &actions)).await.good(200));
    let fine = bench.says(example::LINUS, "What a spoilsport").await.good(200);
    let refused = bench.says(example::LINUS, "Here is a SPOILER").await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &json!("Not here")), "{}", refused.text);
    assert!(refused.body["hint"].as_str().is_some_and(|hint| hint.contains("200000")), "{}", refused.text);
    assert_eq!(bench.last().await["id"], fine["id"], "nothing was sent");

    let alert = bench.bot("GET", &format!("/channels/{staff}/messages?limit=1"), Value::Null).await.good(200);
    assert_eq!((&alert[0]["type"], &alert[0]["author"]["username"]), (&json!(24), &json!("linus")));
    let embed = &alert[0]["embeds"][0];
    assert_eq!(
        (&embed["type"], &embed["description"]),
        (&json!("auto_moderation_message"), &json!("Here is a SPOILER"))
    );
    assert_eq!(bench.says(example::LINUS, "hello?").await.status, 403, "timed out");
    bench.control("POST", "/clock/advance", json!({ "ms": 61_000 })).await.good(200);

    // An edit is looked at as well, and those who manage the guild are not.
    let path = format!("/as/{}/channels/{}/messages/{}", example::LINUS, bench.general(), id(&fine));
    assert_eq!(bench.control("PATCH", &path, json!({ "content": "a spoiler" })).await.status, 400);
    assert_eq!(bench.last().await["content"], "What a spoilsport");
    bench.says(example::ADA, "A spoiler").await.good(200);
    bench
        .bot("POST", &format!("/channels/{}/messages", bench.general()), json!({ "content": "spoil" }))
        .await
        .good(200);
    bench.control("POST", "/clock/advance", json!({ "ms": 61_000 })).await.good(200);
    let exempt = json!({ "exempt_channels": [bench.general().to_string()] });
    bench.bot("PATCH", &format!("{}/{rule}", rules()), exempt).await.good(200);
    bench.says(example::LINUS, "A spoiler").await.good(200);

    let log =
        bench.bot("GET", &format!("/guilds/{GUILD}/audit-logs?action_type=143"), Value::Null).await.good(200);
    assert_eq!(log["audit_log_entries"].as_array().map(Vec::len), Some(2));
    let options = &log["audit_log_entries"][0]["options"];
    assert_eq!(
        (&options["auto_moderation_rule_name"], &options["auto_moderation_rule_trigger_type"]),
        (&json!("words"), &json!("1"))
    );
    bench.close().await;
}

#[tokio::test]
async fn patterns_mentions_lists_and_names_set_rules_off() {
    let bench = Bench::with(Bench::wide()).await;
    let block = json!([{ "type": 1 }]);
    let pattern = keyword(&json!({ "regex_patterns": [r"^\d{3}-\d{4}$"] }), &block);
    bench.bot("POST", &rules(), pattern).await.good(200);
    assert_eq!(bench.says(example::LINUS, "555-1234").await.status, 400);
    bench.says(example::LINUS, "call 555-1234").await.good(200);
    let mentions = json!({ "name": "m", "event_type": 1, "trigger_type": 5, "enabled": true, "actions": block,
        "trigger_metadata": { "mention_total_limit": 1 } });
    bench.bot("POST", &rules(), mentions).await.good(200);
    let both = format!("<@{}> <@{}>", example::ADA, example::GRACE);
    assert_eq!(bench.says(example::LINUS, &both).await.status, 400);
    bench.says(example::LINUS, &format!("<@{}>", example::ADA)).await.good(200);
    let preset = json!({ "name": "p", "event_type": 1, "trigger_type": 4, "enabled": true, "actions": block,
        "trigger_metadata": { "presets": [1] } });
    bench.bot("POST", &rules(), preset).await.good(200);
    assert_eq!(bench.says(example::LINUS, "Damn!").await.status, 400);

    let names = json!({ "name": "names", "event_type": 2, "trigger_type": 6, "enabled": true,
        "trigger_metadata": { "keyword_filter": ["*villain*"] }, "actions": [{ "type": 4 }] });
    bench.bot("POST", &rules(), names).await.good(200);
    let nick = format!("/guilds/{GUILD}/members/@me");
    let renamed = bench.person(example::LINUS, "PATCH", &nick, json!({ "nick": "The Villain" })).await;
    assert_eq!(renamed.good(200)["flags"].as_u64().map(|flags| flags & 1 << 7), Some(1 << 7));
    assert_eq!(bench.says(example::LINUS, "hello").await.status, 403, "quarantined");
    let member = format!("/guilds/{GUILD}/members/{}", example::LINUS);
    bench.person(example::ADA, "PATCH", &member, json!({ "nick": null })).await.good(200);
    bench.says(example::LINUS, "hello").await.good(200);
    bench.close().await;
}
