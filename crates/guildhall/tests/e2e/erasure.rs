//! Somebody is erased: nothing of what they wrote is left in any file of the bot, its logs included.

use std::path::{Path, PathBuf};

use guildhall_sandbox::example;
use serde_json::json;

use crate::stage::Stage;

/// Nothing else contains it, not even when it is cut into words.
const CANARY: &str = "zanzibarquokka";

/// Every file below a folder that contains the text.
fn traces(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(traces(&path, text));
        } else if std::fs::read(&path).unwrap().windows(text.len()).any(|part| part == text.as_bytes()) {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn nothing_is_left_of_whoever_is_erased() {
    let mut stage = Stage::open().await;
    let linus = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    let learned = linus.run("learn", json!({ "content": format!("The word is {CANARY}.") })).await;
    assert!(learned.words().contains("Learned as entry"), "{}", learned.words());
    linus.run("ask_knowledge", json!({ "query": CANARY })).await;
    // A list and an export see the text, too.
    linus.run("knowledge list", json!({})).await;
    linus.run("privacy export", json!({})).await;
    assert!(stage.terminate().await.success());
    assert!(!traces(&stage.data(), CANARY).is_empty(), "it was written");

    let user = example::LINUS.to_string();
    let erased = stage.cli(&["privacy", "erase", "--user", &user, "--yes"]).await;
    assert!(erased.status.success(), "{erased:?}");
    assert_eq!(traces(&stage.data(), CANARY), Vec::<PathBuf>::new());

    stage.start().await;
    stage.ready().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let answer = ada.run("ask_knowledge", json!({ "query": CANARY })).await;
    assert!(!answer.words().contains("The word is"), "{}", answer.words());
    stage.close().await;
}
