//! A session is recorded, and played again with ids of its own.

use std::time::Duration;

use guildhall_sandbox::recording::{Difference, Recorder, Replay};
use guildhall_sandbox::{Options, Sandbox, Seed};
use serde_json::json;

use crate::greeter;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

async fn empty() -> Sandbox {
    let options = Options { seed: Seed::Empty, journal_body: 1 << 20, ..Options::default() };
    Sandbox::start(options).await.expect("a free port")
}

/// A greeting, a press on its button, and a form, with a real bot.
async fn recorded() -> Result<String> {
    let sandbox = empty().await;
    let mut recorder = Recorder::begin(sandbox.engine());
    let ada = sandbox.person("ada").await?;
    let bot = sandbox.bot("greeter").await?;
    let club = sandbox.guild("Book club").owner(&ada).bot(&bot).channel("general").make().await?;
    let general = club.channel("general");
    let running = greeter::start(&sandbox, &bot);
    sandbox.expects().connected(bot.application).within(Duration::from_secs(30)).await?;
    ada.says(general, "hello").await?;
    let greeting = sandbox.expects().message().by(bot.user).within(Duration::from_secs(30)).await?;
    ada.clicks(&greeting, "Again").await?;
    let asked = ada.runs(general, &bot, "form", json!({})).await?;
    ada.submits(&asked, json!({ "what": "rain" })).await?;
    assert!(ada.deletes(&greeting).await.is_ok());
    running.abort();
    let mut lines = vec![recorder.header()];
    lines.extend(recorder.take());
    assert!(recorder.take().is_empty(), "nothing is written twice");
    let text = lines.join("\n");
    assert!(!text.contains(&bot.token), "the bot's token is not in the file");
    Ok(text)
}

#[tokio::test]
async fn the_same_bot_does_the_same() -> Result {
    let text = recorded().await?;
    assert!(text.contains("/callback") && text.contains("{token}"), "{text}");
    let sandbox = empty().await;
    let replay = Replay::begin(&sandbox, &text).await?;
    let bot = replay.bot().expect("the recorded bot is there");
    let running = greeter::start(&sandbox, &bot);
    let report = replay.play(false).await;
    running.abort();
    assert_eq!(report.differences, []);
    assert!(report.done >= 9 && report.calls >= 6, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn what_a_bot_does_otherwise_is_told() -> Result {
    let text = recorded().await?;
    // As if the bot had greeted otherwise, and had called something that it does not call now.
    let changed = text.replace("Hello, ada", "Good day, ada");
    assert_ne!(changed, text);
    let extra = json!({ "order": 1_000_000, "at": 0, "call": "GET /api/v10/voice/regions", "status": 200 });
    let changed = format!("{changed}\n{extra}");
    let sandbox = empty().await;
    let replay = Replay::begin(&sandbox, &changed).await?;
    let bot = replay.bot().expect("the recorded bot is there");
    let running = greeter::start(&sandbox, &bot);
    let report = replay.play(false).await;
    running.abort();
    let [Difference::Body { recorded, now, .. }, Difference::Missing { call }] = &report.differences[..]
    else {
        panic!("{:?}", report.differences);
    };
    assert_eq!((&recorded["content"], &now["content"]), (&json!("Good day, ada"), &json!("Hello, ada")));
    assert_eq!(call, "GET /api/v10/voice/regions");
    for (wrong, line) in [
        ("", 1),
        ("{\"recording\":9,\"seed\":\"empty\"}", 1),
        (&format!("{text}\nnonsense"), text.lines().count() + 1),
    ] {
        let error = Replay::begin(&sandbox, wrong).await.err().expect("it is no recording").to_string();
        assert!(error.starts_with(&format!("line {line}: ")), "{error}");
    }
    Ok(())
}
