//! Random sentences: two servers are trained with files, and no word crosses.

use std::collections::BTreeSet;

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::{
    person::{Seat, words},
    stage::{BOUND, Stage},
};

/// Sentences that share most of their words with those of other servers; `mark` is this server's own.
fn sentences(mark: &str) -> Vec<String> {
    let who = ["cats", "dogs", "owls", "bees"];
    let what = ["sleep all day", "wake all night", "eat all day long", "sing all night long"];
    who.iter()
        .flat_map(|who| what.iter().map(move |what| format!("{who} {what} near the {mark} river")))
        .collect()
}

fn list(sentences: &[String]) -> String {
    sentences.iter().map(|text| json!({ "message": text })).collect::<Value>().to_string()
}

async fn upload(seat: &Seat, file: &str) {
    let option = json!([{ "type": 11, "name": "json", "value": "0" }]);
    let application = example::APPLICATION.to_string();
    let command = json!({ "application_id": application, "name": "train", "type": 1, "options": option });
    let files = json!([{ "filename": "talk.json", "text": file }]);
    let interaction = seat.interact(json!({ "command": command, "files": files })).await.unwrap();
    let answer = seat.answer(&interaction).await;
    assert!(answer.words().contains("I am learning from talk.json"), "{}", answer.words());
    assert!(answer.hidden());
    let done = wait::until(BOUND, || async {
        let told = |message: &Value| words(message).contains("I have learned from talk.json: 16 messages");
        seat.messages().await.iter().any(told).then_some(())
    });
    done.await.expect("the end is told in the channel");
}

async fn speaks(seat: &Seat, own: &[String], foreign: &[&str], times: usize) {
    let known: BTreeSet<&str> = own.iter().flat_map(|text| text.split(' ')).collect();
    for _ in 0..times {
        let said = seat.run("mark", json!({})).await.words();
        let said = said.trim();
        assert!(said.split_whitespace().all(|word| known.contains(word)), "{said}");
        assert!(!foreign.iter().any(|word| said.contains(word)), "{said}");
        assert!(!own.iter().any(|text| text == said), "nobody's very words: {said}");
    }
}

#[tokio::test]
async fn two_servers_are_trained_with_files_and_no_word_crosses() {
    let mut stage = Stage::open().await;
    let (green, blue) = (sentences("green"), sentences("blue"));
    let books = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let makers = stage.seat(example::ADA, example::MAKERS).await;
    let nothing = books.run("mark", json!({})).await.words();
    assert!(nothing.contains("I have learned nothing in this server yet"), "{nothing}");
    upload(&books, &list(&green)).await;
    let nothing = makers.run("mark", json!({})).await.words();
    assert!(nothing.contains("I have learned nothing in this server yet"), "{nothing}");
    upload(&makers, &list(&blue)).await;
    speaks(&books, &green, &["blue"], 25).await;
    speaks(&makers, &blue, &["green"], 25).await;
    let unknown = books.run("mark", json!({ "seed": "blue" })).await.words();
    assert!(unknown.contains("Nobody has said \"blue\""), "{unknown}");
    let way = books.run("mark", json!({ "seed": "owls", "debug": true })).await.words();
    assert!(way.contains("How it came about") && way.contains("owls"), "{way}");
    let progress = |message: &Value| words(message).contains("16 of 16 messages, 100 %");
    assert!(books.messages().await.iter().any(progress), "the progress is shown");

    // Files of any size are read beside the bot, and a restart loses nothing.
    assert!(stage.terminate().await.success());
    let file = stage.folder().join("red.json");
    std::fs::write(&file, list(&sentences("red"))).unwrap();
    let guild = example::MAKERS.to_string();
    let args = ["train", file.to_str().unwrap(), "--guild", &guild, "--clean", "--json"];
    let trained = stage.cli(&args).await;
    assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
    let figures: Value = serde_json::from_slice(&trained.stdout).unwrap();
    assert_eq!((&figures[0]["learned"], &figures[0]["skipped"]), (&16.into(), &0.into()));
    std::fs::write(&file, "[{\"message\": \"cut").unwrap();
    let cut = stage.cli(&args).await;
    let said = String::from_utf8_lossy(&cut.stderr).into_owned();
    assert!(!cut.status.success() && said.contains("hint:") && said.contains("line 1"), "{said}");
    stage.start().await;
    stage.ready().await;
    speaks(&books, &green, &["blue", "red"], 5).await;
    speaks(&makers, &sentences("red"), &["blue", "green"], 5).await;
    stage.close().await;
}
