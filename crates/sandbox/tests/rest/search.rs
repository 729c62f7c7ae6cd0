//! Message search.

use guildhall_sandbox::gateway::intents::Intents;
use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

#[tokio::test]
async fn the_index_is_made_on_the_first_search() {
    let bench = Bench::with(Limits { search_index_delay: 5_000, ..Bench::wide() }).await;
    let search = format!("/guilds/{GUILD}/messages/search");
    let first = bench.bot("GET", &search, Value::Null).await.good(202);
    assert_eq!((&first["code"], &first["retry_after"]), (&json!(110_000), &json!(5)));
    bench.control("POST", "/clock/advance", json!({ "ms": 5_000 })).await.good(200);
    bench.bot("GET", &search, Value::Null).await.good(200);
    bench.bot("GET", &format!("/guilds/{}/messages/search", example::MAKERS), Value::Null).await.good(202);
    bench.close().await;
}

#[tokio::test]
async fn messages_are_found_by_what_they_are() {
    let bench = Bench::with(Limits { search_index_delay: 0, ..Bench::wide() }).await;
    let general = bench.general();
    let staff = bench.channel(GUILD, "staff");
    let write = async |user: u64, channel: u64, body: Value| {
        let path = format!("/as/{user}/api/channels/{channel}/messages");
        id(&bench.control("POST", &path, body).await.good(200))
    };
    let plain = write(example::LINUS, general, json!({ "content": "The Left Hand of Darkness" })).await;
    let mention = write(
        example::ADA,
        general,
        json!({ "content": format!("darkness <@{}> https://example.org/x", example::LINUS) }),
    )
    .await;
    let secret = write(example::ADA, staff, json!({ "content": "darkness of the staff room" })).await;
    let own = id(&bench
        .bot("POST", &format!("/channels/{general}/messages"), json!({ "embeds": [{ "title": "card" }] }))
        .await
        .good(200));
    bench.bot("PUT", &format!("/channels/{general}/pins/{plain}"), Value::Null).await.good(204);

    let search = format!("/guilds/{GUILD}/messages/search");
    let found = async |query: &str| -> Vec<String> {
        let got = bench.bot("GET", &format!("{search}?{query}"), Value::Null).await.good(200);
        let hits = got["messages"].as_array().expect("a list").clone();
        assert!(got["total_results"].as_u64().is_some_and(|n| n >= hits.len() as u64));
        hits.iter().map(|hit| id(&hit[0])).collect()
    };
    assert_eq!(found("content=DARKNESS").await, [secret.as_str(), mention.as_str(), plain.as_str()]);
    assert_eq!(found("content=darkness&sort_order=asc&limit=1").await, [plain.as_str()]);
    assert_eq!(found("content=darkness&offset=1&limit=1").await, [mention.as_str()]);
    assert_eq!(found(&format!("author_id={}", example::LINUS)).await, [plain.as_str()]);
    assert_eq!(found(&format!("mentions={}", example::LINUS)).await, [mention.as_str()]);
    assert_eq!(found("has=link").await, [mention.as_str()]);
    assert_eq!(found("has=-link&content=darkness").await, [secret.as_str(), plain.as_str()]);
    assert_eq!(found("has=embed&author_type=bot").await, [own.as_str()]);
    assert_eq!(found("pinned=true").await, [plain.as_str()]);
    assert_eq!(
        found(&format!(
            "channel_id={staff}&channel_id={general}&content=darkness&min_id={plain}&max_id={secret}"
        ))
        .await,
        [mention.as_str()]
    );
    assert!(found("content=nowhere").await.is_empty());
    for bad in ["limit=26", "offset=9976", "has=nonsense", "author_id=x", "sort_order=up"] {
        bench.bot("GET", &format!("{search}?{bad}"), Value::Null).await.refused(400, 50_035);
    }

    let theirs = format!("/as/{}/api{search}?content=darkness", example::MARGARET);
    let seen = bench.control("GET", &theirs, Value::Null).await.good(200);
    assert_eq!(seen["total_results"], 2, "what one cannot see is not found");
    bench.sandbox.engine().apply(|world, _| {
        let application = world.applications.get_mut(&example::APPLICATION).expect("the application");
        application.privileged = Intents::NONE;
        ((), Vec::new())
    });
    bench.bot("GET", &search, Value::Null).await.refused(403, 50_001);
    bench.close().await;
}
