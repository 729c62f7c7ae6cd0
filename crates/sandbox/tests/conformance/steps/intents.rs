//! What a bot is not told without the intents, and what it may not ask for.

use serde_json::json;

use crate::stage::{ALL_INTENTS, BOUND, PRIVILEGED, Stage, id, text};

/// An application without privileged intents, in the server.
async fn application(stage: &Stage, name: &str) -> String {
    let body = json!({"name": name, "privileged_intents": false});
    let made = stage.control.post("/applications", body).await.unwrap();
    stage.control.post(&format!("/guilds/{}/bots/{}", stage.guild, id(&made)), json!({})).await.unwrap();
    text(&made, "token")
}

/// Identifying with intents that are not switched on ends with 4014.
pub(crate) async fn disallowed(stage: &mut Stage) {
    let token = application(stage, "Curious").await;
    let mut bot = stage.another(&token, ALL_INTENTS);
    let closed = bot.event("closed", BOUND).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(closed["code"], 4014);
}

/// Words of others are empty, unless they are meant for the bot; the list of members is refused.
pub(crate) async fn without_content(stage: &mut Stage) {
    let token = application(stage, "Modest").await;
    let mut bot = stage.another(&token, ALL_INTENTS & !PRIVILEGED);
    let ready = bot.event("ready", BOUND).await.unwrap_or_else(|error| panic!("{error}"));
    let user = text(&ready, "user");
    let channel = stage.channel("without-content").await;
    let linus = stage.linus.clone();
    let said =
        [("a secret".to_owned(), String::new()), (format!("<@{user}> hello"), format!("<@{user}> hello"))];
    for (content, expected) in said {
        let message = stage.said(&linus, &channel, &content).await;
        let heard = bot
            .line("the message", BOUND, |line| line["event"] == "heard" && line["id"] == message.as_str())
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(heard["content"], expected.as_str());
        bot.tell("fetch", json!({"ref": message, "channel": channel, "message": message})).await.unwrap();
        let fetched = bot.line("the answer", BOUND, |line| line["ref"] == message.as_str()).await;
        let fetched = fetched.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fetched["content"], expected.as_str(), "over REST as well: {fetched}");
    }
    bot.tell("members", json!({"ref": "members", "guild": stage.guild, "limit": 100})).await.unwrap();
    let answer = bot.line("the answer", BOUND, |line| line["ref"] == "members").await;
    let answer = answer.unwrap_or_else(|error| panic!("{error}"));
    if answer["event"] == "refused" {
        assert_eq!((&answer["status"], &answer["code"]), (&json!(403), &json!(50001)), "{answer}");
    } else {
        assert_eq!(answer["event"], "error", "{answer}");
        stage.note("refuses by itself to list members without the intent");
    }
    assert!(bot.finish(BOUND).await.unwrap_or_else(|error| panic!("{error}")));
}
