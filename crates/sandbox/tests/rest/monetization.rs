//! Selling and buying over HTTP. (Discord docs: Entitlement; SKU; Subscription.)

use guildhall_sandbox::example::{APPLICATION, BOOK_CLUB, LINUS};
use serde_json::{Value, json};

use crate::bot::Bench;

async fn sku(bench: &Bench, kind: u64, flags: u64) -> String {
    let body = json!({ "name": "Gold", "type": kind, "flags": flags });
    let sku = bench.control("POST", &format!("/applications/{APPLICATION}/skus"), body).await.good(200);
    sku["id"].as_str().expect("an id").to_owned()
}

async fn list(bench: &Bench, query: &str) -> usize {
    let path = format!("/applications/{APPLICATION}/entitlements{query}");
    bench.bot("GET", &path, Value::Null).await.good(200).as_array().expect("a list").len()
}

#[tokio::test]
async fn test_entitlements_are_made_listed_and_deleted() {
    let bench = Bench::with(Bench::wide()).await;
    let sku = sku(&bench, 5, 1 << 2 | 1 << 7).await;
    let base = format!("/applications/{APPLICATION}/entitlements");
    let body = json!({ "sku_id": sku, "owner_id": BOOK_CLUB.to_string(), "owner_type": 1 });
    let made = bench.bot("POST", &base, body).await.good(200);
    assert_eq!((&made["guild_id"], &made["starts_at"]), (&json!(BOOK_CLUB.to_string()), &Value::Null));
    let unknown = json!({ "sku_id": "5", "owner_id": LINUS.to_string(), "owner_type": 2 });
    bench.bot("POST", &base, unknown).await.refused(404, 10_027);
    bench.bot("POST", &base, json!({ "sku_id": sku })).await.refused(400, 50_035);
    assert_eq!(list(&bench, "").await, 1);
    assert_eq!(list(&bench, &format!("?guild_id={BOOK_CLUB}&sku_ids={sku},5")).await, 1);
    assert_eq!(list(&bench, "?sku_ids=5").await, 0);
    let one = format!("{base}/{}", made["id"].as_str().expect("an id"));
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(list(&bench, "").await, 0, "deleted ones are left out unless they are asked for");
    assert_eq!(list(&bench, "?exclude_deleted=false").await, 1);
    assert_eq!(bench.bot("GET", &one, Value::Null).await.good(200)["deleted"], true);
    bench.bot("POST", &format!("{one}/consume"), Value::Null).await.refused(404, 10_029);
    let skus = bench.bot("GET", &format!("/applications/{APPLICATION}/skus"), Value::Null).await;
    assert_eq!(skus.good(200)[0]["slug"], "gold");
    bench.close().await;
}

#[tokio::test]
async fn a_subscription_lasts_as_long_as_it_is_paid() {
    let bench = Bench::with(Bench::wide()).await;
    let sku = sku(&bench, 5, 1 << 2 | 1 << 8).await;
    let mut events = bench.sandbox.engine().observe();
    let bought =
        bench.control("POST", &format!("/as/{LINUS}/purchases"), json!({ "sku_id": sku })).await.good(200);
    let paid = bought["subscription"]["id"].as_str().expect("an id").to_owned();
    let path = format!("/skus/{sku}/subscriptions");
    bench.bot("GET", &path, Value::Null).await.refused(400, 50_035);
    let seen = bench.bot("GET", &format!("{path}?user_id={LINUS}"), Value::Null).await.good(200);
    assert_eq!((&seen[0]["id"], &seen[0]["status"]), (&json!(paid), &json!(0)));
    bench.control("POST", &format!("/subscriptions/{paid}/cancel"), Value::Null).await.good(200);
    let ending = bench.bot("GET", &format!("{path}/{paid}"), Value::Null).await.good(200);
    assert_eq!((&ending["status"], ending["canceled_at"].is_string()), (&json!(2), true));
    assert_eq!(list(&bench, "?exclude_ended=true").await, 1);
    bench.control("POST", "/clock/advance", json!({ "ms": 31_i64 * 86_400_000 })).await.good(200);
    let mut told = Vec::new();
    while told.last() != Some(&"ENTITLEMENT_UPDATE") {
        told.push(events.recv().await.expect("the sandbox runs").event);
    }
    assert!(told.contains(&"ENTITLEMENT_CREATE") && told.contains(&"SUBSCRIPTION_CREATE"), "{told:?}");
    assert_eq!(list(&bench, "?exclude_ended=true").await, 0);
    let other = bench.control("POST", &format!("/as/{LINUS}/purchases"), json!({ "sku_id": "5" })).await;
    assert_eq!(other.status, 404);
    bench.close().await;
}

#[tokio::test]
async fn premium_buttons_sell_what_there_is() {
    let bench = Bench::with(Bench::wide()).await;
    let sku = json!({ "name": "Gold", "type": 5 });
    let path = format!("/applications/{APPLICATION}/skus");
    let sku = bench.control("POST", &path, sku).await.good(200);
    let messages = format!("/channels/{}/messages", bench.general());
    let sells = |sku: &Value| {
        json!({ "content": "Gold", "components": [
            { "type": 1, "components": [{ "type": 2, "style": 6, "sku_id": sku }] },
        ] })
    };
    bench.bot("POST", &messages, sells(&sku["id"])).await.good(200);
    bench.bot("POST", &messages, sells(&json!("5"))).await.refused(400, 50_035);
    bench.close().await;
}
