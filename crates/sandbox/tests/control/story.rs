//! The Rust interface with a real bot: what a bot's author writes.

use std::time::Duration;

use guildhall_sandbox::{Options, Sandbox, Seed, permissions::Permissions};
use serde_json::json;

use crate::greeter;

async fn empty() -> Sandbox {
    Sandbox::start(Options { seed: Seed::Empty, ..Options::default() }).await.expect("a free port")
}

#[tokio::test]
async fn a_scenario_in_fifteen_lines() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = empty().await;
    let (ada, linus) = (sandbox.person("ada").await?, sandbox.person("linus").await?);
    let bot = sandbox.bot("greeter").await?;
    let club =
        sandbox.guild("Book club").owner(&ada).member(&linus).bot(&bot).channel("general").make().await?;
    let running = greeter::start(&sandbox, &bot);
    sandbox.expects().connected(bot.application).within(Duration::from_secs(30)).await?;
    ada.says(club.channel("general"), "hello").await?;
    let greeting = sandbox.expects().message().by(bot.user).saying("Hello, ada").await?;
    let pressed = linus.clicks(&greeting, "Again").await?;
    sandbox.expects().answer(pressed.id).saying("Hello again").await?;
    let asked = linus.runs(club.channel("general"), &bot, "form", json!({})).await?;
    let wished = linus.submits(&asked, json!({ "what": "rain" })).await?;
    sandbox.expects().answer(wished.id).saying("You wish for rain").await?;
    sandbox.expects().ever().rest("POST /channels/{}/messages").times(1).await?;
    sandbox.expects().ever().rest("*").status(429).within(Duration::ZERO).never().await?;
    running.abort();
    Ok(())
}

#[tokio::test]
async fn private_answers_and_resumed_sessions_are_seen() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = empty().await;
    let ada = sandbox.person("ada").await?;
    let bot = sandbox.bot("greeter").await?;
    let club = sandbox.guild("Book club").owner(&ada).bot(&bot).channel("general").make().await?;
    let general = club.channel("general");
    let running = greeter::start(&sandbox, &bot);
    sandbox.expects().connected(bot.application).within(Duration::from_secs(30)).await?;
    let echoed = ada.runs(general, &bot, "echo", json!({ "text": "twice" })).await?;
    let answer = sandbox.expects().answer(echoed.id).ephemeral().saying("twice").await?;
    assert_eq!(
        (answer.state.as_str(), answer.message.map(|m| m.text)),
        ("responded", Some("twice".to_owned()))
    );
    sandbox.hands().call("POST", "/sessions/*/drop", json!({})).await?;
    ada.says(general, "hello").await?;
    sandbox.expects().ever().resumed(bot.application).within(Duration::from_secs(30)).await?;
    sandbox.expects().message().saying("Hello, ada").within(Duration::from_secs(30)).await?;
    running.abort();
    Ok(())
}

/// What is not there is told with what was there instead.
#[tokio::test]
async fn what_is_missing_is_told_with_what_came() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = empty().await;
    let (ada, linus) = (sandbox.person("ada").await?, sandbox.person("linus").await?);
    let club = sandbox.guild("Book club").owner(&ada).channel("general").role("Reader", 0).make().await?;
    let general = club.channel("general");
    let said = ada.says(general, "one").await?;
    let soon = Duration::from_millis(60);
    let unmet = sandbox.expects().message().saying("two").within(soon).await.unwrap_err();
    assert_eq!(unmet.to_string(), "expected a message saying \"two\"; what came instead:\n    ada: \"one\"");
    let unmet = sandbox.expects().message().saying("one").within(soon).never().await.unwrap_err();
    assert!(unmet.to_string().contains("but it came"), "{unmet}");
    ada.reacts(&said, "👍").await?;
    sandbox.expects().reaction(said.id, "👍").by(ada.id()).await?;
    let unmet = sandbox.expects().reaction(said.id, "👍").by(linus.id()).within(soon).await.unwrap_err();
    assert_eq!(unmet.seen, "there is 👍");
    let unmet = sandbox.expects().rest("GET /gateway").within(soon).await.unwrap_err();
    assert_eq!(unmet.wanted, "the request GET /gateway");
    // What was before the last thing done does not count.
    sandbox.expects().message().saying("one").within(soon).never().await?;
    sandbox.expects().ever().message().saying("one").await?;

    let refused = linus.says(general, "let me in").await.unwrap_err();
    assert_eq!((refused.status, refused.error.as_str()), (403, "Missing Access"));
    linus.joins(club.id).await?;
    linus.says(general, "hello").await?;
    let banned = linus.calls("PUT", &format!("/guilds/{}/bans/{}", club.id, ada.id()), json!({})).await;
    assert_eq!(banned.unwrap_err().status, 403);
    let body = json!({ "permissions": Permissions::ALL.0.to_string() });
    ada.calls("PATCH", &format!("/guilds/{}/roles/{}", club.id, club.role("Reader")), body).await?;
    linus.leaves(club.id).await?;
    assert!(linus.says(general, "bye").await.is_err());
    Ok(())
}
