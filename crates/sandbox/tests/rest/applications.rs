//! What an application changes about itself, its emojis, and linked roles. (Discord docs: Application.)

use guildhall_sandbox::Limits;
use guildhall_sandbox::example::{APPLICATION, OTHER_APPLICATION};
use serde_json::{Value, json};

use crate::bot::Bench;

/// One transparent point.
const PNG: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[tokio::test]
async fn an_application_edits_itself_and_no_other() {
    let bench = Bench::with(Bench::wide()).await;
    let edit = json!({ "description": "Reads books", "tags": ["books", "fun"], "icon": PNG,
        "custom_install_url": "https://example.org/add", "flags": 1 << 19,
        "install_params": { "scopes": ["bot"], "permissions": "8" },
        "integration_types_config": { "0": {}, "1": { "oauth2_install_params": { "scopes": ["applications.commands"], "permissions": "0" } } } });
    let me = bench.bot("PATCH", "/applications/@me", edit).await.good(200);
    assert_eq!((&me["description"], &me["tags"]), (&json!("Reads books"), &json!(["books", "fun"])));
    assert_eq!(me["install_params"]["permissions"], "8");
    assert_eq!(me["flags_new"], (1 << 19).to_string(), "the other intents were switched off");
    assert!(me["icon"].is_string());
    let same = bench.bot("GET", &format!("/applications/{APPLICATION}"), Value::Null).await.good(200);
    assert_eq!(same, me);
    bench.bot("GET", &format!("/applications/{OTHER_APPLICATION}"), Value::Null).await.refused(403, 20_012);
    for bad in [
        json!({ "tags": ["a", "a"] }),
        json!({ "tags": ["x".repeat(21)] }),
        json!({ "icon": "nonsense" }),
        json!({ "install_params": { "scopes": ["everything"] } }),
        json!({ "event_webhooks_types": ["MESSAGE_CREATE"] }),
        json!({ "integration_types_config": { "2": {} } }),
    ] {
        bench.bot("PATCH", "/applications/@me", bad).await.refused(400, 50_035);
    }
    let gone = bench
        .bot("PATCH", "/applications/@me", json!({ "icon": null, "install_params": null }))
        .await
        .good(200);
    assert!(gone["icon"].is_null() && gone.get("install_params").is_none());
    bench.close().await;
}

#[tokio::test]
async fn emojis_of_its_own_are_counted() {
    let bench = Bench::with(Limits { application_emojis: 1, ..Bench::wide() }).await;
    let base = format!("/applications/{APPLICATION}/emojis");
    let made = bench.bot("POST", &base, json!({ "name": "point", "image": PNG })).await.good(201);
    let one = format!("{base}/{}", made["id"].as_str().expect("an id"));
    bench.bot("POST", &base, json!({ "name": "more", "image": PNG })).await.refused(400, 30_008);
    bench.bot("POST", &base, json!({ "name": "no image" })).await.refused(400, 50_035);
    assert_eq!(bench.bot("PATCH", &one, json!({ "name": "dot" })).await.good(200)["name"], "dot");
    let items = bench.bot("GET", &base, Value::Null).await.good(200);
    assert_eq!(
        (&items["items"][0]["name"], items["items"].as_array().map(Vec::len)),
        (&json!("dot"), Some(1))
    );
    let picture =
        format!("http://{}/emojis/{}.png", bench.sandbox.addr(), made["id"].as_str().expect("an id"));
    assert_eq!(bench.client.get(picture).send().await.expect("an answer").status(), 200);
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_014);
    bench.close().await;
}

#[tokio::test]
async fn linked_roles_ask_for_at_most_five_things() {
    let bench = Bench::with(Bench::wide()).await;
    let base = format!("/applications/{APPLICATION}/role-connections/metadata");
    let item = |key: &str| json!({ "type": 2, "key": key, "name": "Books", "description": "Books read" });
    let kept = bench.bot("PUT", &base, json!([item("books")])).await.good(200);
    assert_eq!(bench.bot("GET", &base, Value::Null).await.good(200), kept);
    bench.bot("PUT", &base, json!(vec![item("x"); 6])).await.refused(400, 50_035);
    bench.bot("PUT", &base, json!([item("Not A Key")])).await.refused(400, 50_035);
    bench.bot("PUT", &base, json!({})).await.refused(400, 50_035);
    bench.close().await;
}
