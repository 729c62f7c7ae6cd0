//! People and guilds by the ten thousand.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::id;

#[tokio::test]
async fn a_crowd_is_made_at_once() {
    let bench = Bench::with(Bench::wide()).await;
    let made = bench.moved("POST", "/users/bulk", json!({ "count": 10_000, "pattern": "guest{n}" })).await;
    let people = made["ids"].as_array().expect("ids");
    assert_eq!(people.len(), 10_000);
    let guild = example::MAKERS;
    let before = bench.sandbox.engine().read(|world| world.guild(guild).unwrap().member_count());
    let body = json!({ "user_ids": people[..100], "count": 50, "roles": [guild + 1] });
    let joined = bench.moved("POST", &format!("/guilds/{guild}/members/bulk"), body.clone()).await;
    assert_eq!(joined["count"], 150);
    let again = bench.moved("POST", &format!("/guilds/{guild}/members/bulk"), body).await;
    assert_eq!(again["count"], 50, "members stay members");
    let after = bench.sandbox.engine().read(|world| world.guild(guild).unwrap().member_count());
    assert_eq!(after, before + 200);
    let unknown = json!({ "user_ids": ["5"], "count": 1 });
    assert_eq!(bench.control("POST", &format!("/guilds/{guild}/members/bulk"), unknown).await.status, 404);
    assert_eq!(bench.control("POST", "/users/bulk", json!({ "count": 200_000 })).await.status, 400);
    assert_eq!(bench.control("POST", "/users/bulk", json!({ "count": 1, "pattern": "" })).await.status, 400);
    bench.close().await;
}

#[tokio::test]
async fn channels_and_roles_have_their_limits() {
    let bench = Bench::with(Bench::wide()).await;
    let guild = bench
        .moved("POST", "/guilds", json!({ "name": "Full house", "owner_id": example::ADA.to_string() }))
        .await;
    let path = |what: &str| format!("/guilds/{}/{what}/bulk", id(&guild));
    let made = bench.moved("POST", &path("channels"), json!({ "count": 400, "pattern": "room-{n}" })).await;
    assert_eq!(made["count"], 400);
    assert_eq!(bench.control("POST", &path("channels"), json!({ "count": 101 })).await.status, 400);
    bench.moved("POST", &path("channels"), json!({ "count": 100, "type": 2 })).await;
    assert_eq!(bench.control("POST", &path("channels"), json!({ "count": 1, "type": 1 })).await.status, 400);
    // Everyone's role counts.
    assert_eq!(bench.control("POST", &path("roles"), json!({ "count": 250 })).await.status, 400);
    bench.moved("POST", &path("roles"), json!({ "count": 249, "permissions": "8" })).await;
    let view = format!("/as/{}/guilds/{}", example::ADA, id(&guild));
    let seen = bench.moved("GET", &view, Value::Null).await;
    assert_eq!(seen["channels"].as_array().map(Vec::len), Some(500));
    assert_eq!(seen["roles"].as_array().map(Vec::len), Some(250));
    assert!(seen["channels"].as_array().unwrap().iter().any(|channel| channel["name"] == "room-399"));
    bench.close().await;
}

#[tokio::test]
async fn guilds_by_the_ten_thousand_have_names_of_a_pattern() {
    let bench = Bench::with(Bench::wide()).await;
    let body = json!({ "count": 10_000, "channels": 5, "roles": 5, "pattern": "Hall {n}",
        "application_ids": [example::OTHER_APPLICATION.to_string()] });
    let made = bench.moved("POST", "/guilds/bulk", body).await;
    assert_eq!(made["count"], 10_000);
    let state = bench.moved("GET", "/state", Value::Null).await;
    let guilds = state["guilds"].as_array().expect("guilds");
    assert_eq!(guilds.len(), 10_003);
    assert!(guilds.iter().any(|guild| guild["name"] == "Hall 9999"));
    bench.close().await;
}
