//! The features as their users meet them.

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::stage::{BOUND, Stage, number};

#[tokio::test]
async fn a_feature_that_is_off_refuses_and_says_what_to_do() {
    let stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let linus = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    let off = ada.run("server_config", json!({ "feature": "knowledge", "enabled": false })).await;
    assert!(off.words().contains("Knowledge is off now"), "{}", off.words());
    let refused = linus.run("learn", json!({ "content": "Be kind." })).await;
    assert!(refused.words().contains("Knowledge is turned off in this server"), "{}", refused.words());
    assert!(refused.words().contains("/server_config"), "{}", refused.words());
    assert!(refused.hidden(), "a refusal is for the caller alone");
    let elsewhere = stage.seat(example::LINUS, example::MAKERS).await;
    let learned = elsewhere.run("learn", json!({ "content": "Be kind." })).await;
    assert!(learned.words().contains("Learned as entry 1"), "another server has its own switches");
    ada.run("server_config", json!({ "feature": "knowledge", "enabled": true })).await;
    let learned = linus.run("learn", json!({ "content": "Be kind." })).await;
    assert!(learned.words().contains("Learned as entry 1"), "{}", learned.words());
    stage.close().await;
}

#[tokio::test]
async fn messages_are_counted_once_statistics_are_on() {
    let stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let linus = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    linus.say("not counted").await;
    let before = ada.run("server_stats", json!({})).await.words();
    assert!(before.contains("Message statistics is off in this server"), "{before}");
    ada.run("server_config", json!({ "feature": "statistics", "enabled": true })).await;
    for number in 0..3 {
        linus.say(&format!("counted {number}")).await;
    }
    ada.say("counted, too").await;
    let shown = wait::until(BOUND, || async {
        let words = ada.run("server_stats", json!({})).await.words();
        words.contains("4 today, 4 in seven days, 4 in all").then_some(words)
    });
    let shown = shown.await.expect("four messages are counted");
    let top = format!("1. <@{}>: 3\n2. <@{}>: 1", example::LINUS, example::ADA);
    assert!(shown.contains(&top), "{shown}");
    let elsewhere = stage.seat(example::ADA, example::MAKERS).await;
    let other = elsewhere.run("server_stats", json!({})).await.words();
    assert!(other.contains("Message statistics is off in this server"), "{other}");
    stage.close().await;
}

#[tokio::test]
async fn help_lists_what_the_caller_may_use() {
    let stage = Stage::open().await;
    let plain = stage.seat(example::LINUS, example::BOOK_CLUB).await.run("help", json!({})).await.words();
    assert!(plain.contains("ask_knowledge") && !plain.contains("server_config"), "{plain}");
    let manager = stage.seat(example::GRACE, example::BOOK_CLUB).await.run("help", json!({})).await.words();
    assert!(manager.contains("ask_knowledge") && manager.contains("server_config"), "{manager}");
    let elsewhere = stage.seat(example::GRACE, example::MAKERS).await.run("help", json!({})).await.words();
    assert!(!elsewhere.contains("server_config"), "she manages only one of the servers: {elsewhere}");
    stage.close().await;
}

#[tokio::test]
async fn a_german_client_is_answered_in_german() {
    let stage = Stage::open().await;
    let new = json!({ "username": "emmy", "locale": "de" });
    let emmy = number(&stage.control.post("/users", new).await.unwrap()["id"]);
    let member = format!("/guilds/{}/members/{emmy}", example::BOOK_CLUB);
    stage.control.call("PUT", &member, Some(json!({}))).await.unwrap();
    let emmy = stage.seat(emmy, example::BOOK_CLUB).await;
    let help = emmy.run("help", json!({})).await.words();
    assert!(help.contains("Was du hier tun kannst"), "{help}");
    let nothing = emmy.run("ask_knowledge", json!({ "query": "Wann ist der Tausch?" })).await;
    let english = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    let other = english.run("ask_knowledge", json!({ "query": "When is the swap?" })).await;
    assert!(other.words().contains("has not taught me anything yet"), "{}", other.words());
    assert_ne!(nothing.words(), other.words());
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    ada.run("server_config", json!({ "feature": "knowledge", "enabled": false })).await;
    let refused = emmy.run("learn", json!({ "content": "Sei nett." })).await.words();
    assert!(refused.contains("Wissen ist auf diesem Server ausgeschaltet"), "{refused}");
    stage.close().await;
}

#[tokio::test]
async fn answers_are_for_everyone_and_administration_is_not() {
    let stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let margaret = stage.seat(example::MARGARET, example::BOOK_CLUB).await;
    let learned = ada.run("learn", json!({ "content": "The book swap is on Sunday." })).await;
    assert!(!learned.hidden());
    let found = ada.run("ask_knowledge", json!({ "query": "When is the book swap?" })).await;
    assert!(!found.hidden());
    let config = ada.run("server_config", json!({})).await;
    assert!(config.hidden());
    let seen: Vec<Value> = margaret.messages().await.iter().map(|message| message["id"].clone()).collect();
    assert!(seen.contains(&found.message["id"]) && !seen.contains(&config.message["id"]));
    stage.close().await;
}

#[tokio::test]
async fn a_taught_text_pings_nobody() {
    let stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let loud = format!("@everyone and @here, <@{}> brings the cake.", example::LINUS);
    let since = stage.sandbox.engine().journal().last();
    let learned = ada.run("learn", json!({ "content": loud })).await;
    let found = ada
        .run(
            "ask_knowledge",
            json!({ "query": format!("who brings the cake @everyone <@{}>", example::LINUS) }),
        )
        .await;
    let unknown = json!({ "query": format!("@everyone <@{}> xylophone", example::LINUS) });
    let unknown = ada.run("ask_knowledge", unknown).await;
    assert!(unknown.words().contains("@everyone"), "the question is shown: {}", unknown.words());
    for answer in [&learned, &found, &unknown] {
        assert_eq!(answer.message["mention_everyone"], false, "{}", answer.message);
        assert_eq!(answer.message["mentions"], json!([]), "{}", answer.message);
        assert_eq!(answer.message["mention_roles"], json!([]), "{}", answer.message);
    }
    let written = format!("/journal?after={since}&kind=rest&limit=500");
    let entries = stage.control.get(&written).await.unwrap();
    let mut messages = 0;
    for entry in entries["entries"].as_array().unwrap() {
        let body: Value = serde_json::from_str(entry["body"].as_str().unwrap()).unwrap_or_default();
        let data = body.get("data").unwrap_or(&body);
        if data.get("embeds").is_none() && data.get("content").is_none() {
            continue;
        }
        messages += 1;
        assert_eq!(data["allowed_mentions"]["parse"], json!([]), "{entry}");
    }
    assert!(messages >= 3, "{messages} messages were written");
    stage.close().await;
}

#[tokio::test]
async fn wrong_options_are_refused_and_change_nothing() {
    let stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    for (command, options, told) in [
        ("learn", json!({ "content": "   " }), "There is nothing in that"),
        ("knowledge show", json!({ "id": "4711" }), "There is no entry \"4711\""),
        ("knowledge forget", json!({ "id": "cake" }), "There is no entry \"cake\""),
        ("server_config", json!({ "feature": "dancing", "enabled": true }), "There is no feature called"),
        ("server_config", json!({ "feature": "help", "enabled": false }), "always on"),
        ("help", json!({ "command": "dance" }), "There is no command \"dance\""),
    ] {
        let refused = ada.run(command, options).await;
        assert!(refused.words().contains(told), "/{command}: {}", refused.words());
        assert!(refused.hidden(), "/{command}");
    }
    // What a real client does not let anybody send never reaches the bot.
    let long = json!({ "command": {
        "application_id": example::APPLICATION.to_string(),
        "name": "learn",
        "options": [{ "type": 3, "name": "content", "value": "x".repeat(4_001) }],
    } });
    assert!(ada.interact(long).await.is_err());
    let nothing = ada.run("ask_knowledge", json!({ "query": "cake" })).await;
    assert!(nothing.words().contains("has not taught me anything yet"), "{}", nothing.words());
    stage.close().await;
}

#[tokio::test]
async fn a_server_knows_only_what_it_was_taught() {
    let stage = Stage::open().await;
    for (guild, word) in [(example::BOOK_CLUB, "xylophone"), (example::MAKERS, "zeppelin")] {
        let content = format!("The password of the club is {word}.");
        stage.seat(example::ADA, guild).await.run("learn", json!({ "content": content })).await;
    }
    for (guild, own, foreign) in
        [(example::BOOK_CLUB, "xylophone", "zeppelin"), (example::MAKERS, "zeppelin", "xylophone")]
    {
        let ada = stage.seat(example::ADA, guild).await;
        let found = ada.run("ask_knowledge", json!({ "query": "What is the password of the club?" })).await;
        assert!(found.words().contains(own) && !found.words().contains(foreign), "{}", found.words());
        let asked = ada.run("ask_knowledge", json!({ "query": foreign })).await;
        assert!(asked.words().contains("not in this server's knowledge"), "{}", asked.words());
        let listed = ada.run("knowledge list", json!({})).await;
        assert!(listed.words().contains(own) && !listed.words().contains(foreign), "{}", listed.words());
    }
    let third = stage.seat(example::ADA, example::GAMES).await;
    let nothing = third.run("ask_knowledge", json!({ "query": "password xylophone zeppelin" })).await;
    assert!(nothing.words().contains("has not taught me anything yet"), "{}", nothing.words());
    stage.close().await;
}
