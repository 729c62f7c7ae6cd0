//! Hello, Identify, READY and the guilds that follow.

use guildhall_sandbox::{
    Options, Sandbox, example,
    gateway::intents::Intents,
    world::{BulkGuilds, NewApplication},
};
use serde_json::{Value, json};

use crate::{INTENTS, client::Client, sandbox, sandbox_with};

#[tokio::test]
async fn identify_is_answered_by_ready_and_the_guilds() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10&encoding=json").await;
    let ready = client.identify(&format!("Bot {}", example::BOT_TOKEN), INTENTS, json!({})).await;
    assert!(client.raw.starts_with("{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{"), "{}", client.raw);
    assert_eq!(ready["v"], 10);
    assert_eq!(ready["user"]["id"], example::APPLICATION.to_string());
    assert_eq!(ready["user"]["bot"], true);
    assert_eq!(ready["application"]["id"], example::APPLICATION.to_string());
    assert!(ready["application"]["flags"].as_u64().unwrap() & (1 << 19) != 0, "limited message content flag");
    assert_eq!(ready["resume_gateway_url"], sandbox.gateway_url());
    assert!(ready["_trace"].is_array());
    assert_eq!(ready.get("shard"), None, "only told when it was sent");
    let guilds = ready["guilds"].as_array().unwrap();
    assert_eq!(guilds.len(), 3);
    assert!(guilds.iter().all(|guild| guild["unavailable"] == true));
    for guild in guilds {
        let create = client.event("GUILD_CREATE").await;
        assert_eq!(create["id"], guild["id"]);
        assert_eq!(create["member_count"], 6);
        assert_eq!(create["channels"].as_array().unwrap().len(), 6);
        assert_eq!(create["roles"].as_array().unwrap().len(), 5);
        assert_eq!(create["unavailable"], false);
        for key in ["joined_at", "large", "voice_states", "threads", "presences", "stage_instances"] {
            assert!(create.get(key).is_some(), "{key}");
        }
        let members = create["members"].as_array().unwrap();
        assert_eq!(members.len(), 1, "without the presence intent only the bot itself is listed");
        assert_eq!(members[0]["user"]["id"], example::APPLICATION.to_string());
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn the_presence_intent_brings_the_members() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.identify(example::BOT_TOKEN, Intents::ALL.0, json!({})).await;
    let create = client.event("GUILD_CREATE").await;
    assert_eq!(create["members"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn heartbeats_are_answered_before_and_after_identify() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.send(1, Value::Null).await;
    assert_eq!(client.payload().await["op"], 11);
    client.send_binary(1, json!(0)).await;
    assert_eq!(client.payload().await["op"], 11);
    client.identify(example::BOT_TOKEN, 0, json!({})).await;
    client.send(1, json!(1)).await;
    assert_eq!(client.payload().await["op"], 11);
}

#[tokio::test]
async fn a_binary_identify_is_read() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    let data = json!({ "token": example::BOT_TOKEN, "intents": 0, "properties": {}, "capabilities": 1 });
    client.send_binary(2, data).await;
    client.event("READY").await;
}

#[tokio::test]
async fn mistakes_are_answered_by_their_close_codes() {
    let sandbox = sandbox().await;
    let plain = sandbox.engine().apply(|world, now| {
        let new = NewApplication {
            name: "Plain".to_owned(),
            token: Some("plain".to_owned()),
            privileged: Intents::NONE,
            owner_id: None,
        };
        (world.create_application(new, now).unwrap(), Vec::new())
    });
    assert!(plain > 0);
    let identify = |token: &str, intents: u64, shard: Value| {
        let data = json!({ "token": token, "intents": intents, "properties": {}, "shard": shard });
        json!({ "op": 2, "d": data }).to_string()
    };
    let good = example::BOT_TOKEN;
    let table = [
        ("a wrong token", identify("wrong", 1, Value::Null), 4004),
        ("a shard beyond the count", identify(good, 1, json!([2, 2])), 4010),
        ("an unknown intent", identify(good, 1 << 18, Value::Null), 4013),
        ("an intent that is off", identify("plain", 1 << 15, Value::Null), 4014),
        ("no JSON", "{".to_owned(), 4002),
        ("no operation", "{}".to_owned(), 4002),
        ("an unknown operation", json!({ "op": 99, "d": null }).to_string(), 4001),
        ("a request before identify", json!({ "op": 8, "d": {} }).to_string(), 4003),
        ("no properties", json!({ "op": 2, "d": { "token": good, "intents": 1 } }).to_string(), 4002),
    ];
    for (what, text, code) in table {
        let mut client = Client::connect(&sandbox, "v=10").await;
        client.send_raw(text).await;
        assert_eq!(client.closed().await, code, "{what}");
    }
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.identify(good, 0, json!({})).await;
    client.ask_identify(good, 0, json!({})).await;
    assert_eq!(client.closed().await, 4005);
    for query in ["v=5", "v=11", "v=ten"] {
        assert_eq!(Client::open(&sandbox, query).await.closed().await, 4012, "{query}");
    }
}

#[tokio::test]
async fn every_compression_carries_the_same() {
    let sandbox = sandbox().await;
    for query in ["v=10", "v=10&encoding=json&compress=zlib-stream", "v=10&compress=zstd-stream"] {
        let mut client = Client::connect(&sandbox, query).await;
        // Both at once: the transport's compression wins.
        let more = if query == "v=10" { json!({}) } else { json!({ "compress": true }) };
        client.identify(example::BOT_TOKEN, Intents::ALL.0, more).await;
        for _ in 0..3 {
            assert_eq!(client.event("GUILD_CREATE").await["roles"].as_array().unwrap().len(), 5);
        }
        assert_eq!(client.binary > 0, query != "v=10");
    }
}

#[tokio::test]
async fn large_payloads_are_compressed_on_demand() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.identify(example::BOT_TOKEN, Intents::ALL.0, json!({ "compress": true })).await;
    client.event("GUILD_CREATE").await;
    assert!(client.binary > 0);
    let before = client.binary;
    for _ in 0..2 {
        client.event("GUILD_CREATE").await;
    }
    client.send(1, Value::Null).await;
    assert_eq!(client.payload().await["op"], 11);
    assert_eq!(client.binary, before + 2, "the small answer is text");
}

#[tokio::test]
async fn identifies_of_one_key_must_wait() {
    let sandbox = sandbox_with(|limits| {
        limits.identify_window = 5_000;
        limits.max_concurrency = 2;
    })
    .await;
    let mut first = Client::connect(&sandbox, "v=10").await;
    first.identify(example::BOT_TOKEN, 0, json!({ "shard": [0, 4] })).await;
    let mut second = Client::connect(&sandbox, "v=10").await;
    second.ask_identify(example::BOT_TOKEN, 0, json!({ "shard": [2, 4] })).await;
    let refused = second.payload().await;
    assert_eq!((&refused["op"], &refused["d"]), (&json!(9), &json!(false)));
    second.identify(example::BOT_TOKEN, 0, json!({ "shard": [1, 4] })).await;
    sandbox.engine().clock().advance(5_000);
    let mut third = Client::connect(&sandbox, "v=10").await;
    third.identify(example::BOT_TOKEN, 0, json!({ "shard": [2, 4] })).await;
    assert_eq!(sandbox.engine().session_start_limit(example::APPLICATION).remaining, 997);
}

#[tokio::test]
async fn a_used_up_budget_ends_everything_and_resets_the_token() {
    let sandbox = sandbox_with(|limits| limits.identify_total = 1).await;
    let mut first = Client::connect(&sandbox, "v=10").await;
    first.identify(example::BOT_TOKEN, 0, json!({})).await;
    let mut second = Client::connect(&sandbox, "v=10").await;
    second.ask_identify(example::BOT_TOKEN, 0, json!({})).await;
    assert_eq!(second.closed().await, 4004);
    assert_eq!(first.closed().await, 4004);
    let token = sandbox.engine().read(|world| world.application(example::APPLICATION).unwrap().token.clone());
    assert_ne!(token, example::BOT_TOKEN);
    let mut third = Client::connect(&sandbox, "v=10").await;
    third.identify(&token, 0, json!({})).await;
}

#[tokio::test]
async fn guilds_are_divided_among_shards() {
    let sandbox = sandbox().await;
    bulk(&sandbox, 40);
    let mut seen = 0;
    for shard in 0..4 {
        let mut client = Client::connect(&sandbox, "v=10").await;
        let ready = client.identify(example::BOT_TOKEN, 1, json!({ "shard": [shard, 4] })).await;
        assert_eq!(ready["shard"], json!([shard, 4]));
        for guild in ready["guilds"].as_array().unwrap() {
            let id: u64 = guild["id"].as_str().unwrap().parse().unwrap();
            assert_eq!((id >> 22) % 4, shard);
            assert_eq!(client.event("GUILD_CREATE").await["id"], guild["id"]);
            seen += 1;
        }
    }
    assert_eq!(seen, 43);
}

#[tokio::test]
async fn too_many_guilds_need_shards() {
    let sandbox = sandbox_with(|limits| limits.guilds_per_shard = 20).await;
    bulk(&sandbox, 40);
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.ask_identify(example::BOT_TOKEN, 1, json!({})).await;
    assert_eq!(client.closed().await, 4011);
}

#[tokio::test]
async fn other_machines_must_be_let_in_explicitly() {
    let listen = "0.0.0.0:0".parse().unwrap();
    assert!(Sandbox::start(Options { listen, ..Options::default() }).await.is_err());
}

fn bulk(sandbox: &Sandbox, count: u32) {
    let bulk = BulkGuilds {
        count,
        pattern: None,
        channels: 5,
        roles: 3,
        members: 10,
        application_ids: vec![example::APPLICATION],
        owner_id: example::ADA,
    };
    sandbox.engine().apply(|world, now| (world.create_bulk(&bulk, now).unwrap(), Vec::new()));
}
