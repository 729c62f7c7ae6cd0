//! The whole bot through the sandbox's web client, in a real Chromium.

use std::path::PathBuf;

use guildhall_testkit::browser::Browser;
use serde_json::{Value, json};

use crate::stage::{BOUND, Stage};

/// The file that the picture of the README goes to, when it is to be taken anew.
const SCREENSHOT: &str = "GUILDHALL_TEST_SCREENSHOT";

const TAUGHT: &str = "The book swap is on the first Sunday of the month, in the reading room.";
const QUESTION: &str = "When is the book swap?";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_teaches_asks_and_sets_up() {
    let stage = Stage::open().await;
    let mut browser = Browser::start().await.unwrap();
    browser.open(&format!("http://{}/", stage.sandbox.addr())).await.unwrap();
    browser.choose("ada", "Riverside Book Club", "general").await.unwrap();
    welcomed(&mut browser).await;

    browser.command("learn", json!({ "content": TAUGHT })).await.unwrap();
    browser.expect(json!({ "embed": "Learned as entry 1" })).await.unwrap();
    browser.command("ask_knowledge", json!({ "query": QUESTION })).await.unwrap();
    let answer = browser.expect(json!({ "embed": "[1] Entry 1" })).await.unwrap();
    let cited = answer["embeds"][0]["text"].as_str().unwrap();
    assert!(cited.contains(TAUGHT) && cited.contains("@Ada"), "{cited}");
    assert_eq!(answer["embeds"][0]["title"], QUESTION);
    if let Some(path) = std::env::var_os(SCREENSHOT) {
        browser.step("size", json!({ "width": 1200, "height": 750 })).await.unwrap();
        browser.screenshot(&PathBuf::from(path)).await.unwrap();
    }

    browser.choose("ada", "Maple Street Makers", "general").await.unwrap();
    browser.command("ask_knowledge", json!({ "query": QUESTION })).await.unwrap();
    let nothing =
        browser.expect(json!({ "contains": "This server has not taught me anything yet" })).await.unwrap();
    assert_eq!(nothing["embeds"], json!([]));

    assert_eq!(browser.complaints(), Vec::<Value>::new(), "the page met no error and called nobody else");
    browser.finish(BOUND).await.unwrap();
    stage.close().await;
}

/// The welcome and each of its buttons.
async fn welcomed(browser: &mut Browser) {
    let welcome = browser.expect(json!({ "embed": "Thank you for the invitation" })).await.unwrap();
    assert_eq!(welcome["buttons"], json!(["Quick setup", "See features", "Privacy"]));
    let this = json!({ "id": welcome["id"] });
    for (label, title) in [("See features", "What I can do here"), ("Privacy", "What I keep")] {
        browser.step("press", json!({ "message": this, "label": label })).await.unwrap();
        let shown = browser.expect(json!({ "embed": title, "ephemeral": true })).await.unwrap();
        browser.step("dismiss", json!({ "message": { "id": shown["id"] } })).await.unwrap();
    }
    browser.step("press", json!({ "message": this, "label": "Quick setup" })).await.unwrap();
    let boxes = json!({ "features": ["Message statistics"] });
    let form = browser.step("fill", json!({ "fields": boxes })).await.unwrap();
    assert_eq!(form["title"], "Quick setup");
    let saved = browser.expect(json!({ "contains": "Saved.", "ephemeral": true })).await.unwrap();
    let text = saved["text"].as_str().unwrap();
    assert!(text.contains("Message statistics: on") && text.contains("Knowledge: on"), "{text}");
    browser.step("dismiss", json!({ "message": { "id": saved["id"] } })).await.unwrap();
}
