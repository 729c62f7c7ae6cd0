//! Slash commands at once, deferred, private, with suggestions; buttons and a modal.

use serde_json::{Value, json};

use crate::stage::{BOUND, Library, Stage, find, id};

const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;

pub(crate) async fn play(library: Library) {
    let mut stage = Stage::open(library).await;
    offered(&stage).await;
    at_once(&stage).await;
    deferred(&mut stage).await;
    private(&stage).await;
    suggested(&stage).await;
    resolved(&stage).await;
    panel(&mut stage).await;
    lost(&mut stage).await;
    stage.close().await;
}

/// The user sees the global commands everywhere and the other only in its server.
async fn offered(stage: &Stage) {
    let ours = names(stage, &stage.channel).await;
    assert_eq!(ours, ["fruit", "here", "panel", "ping", "secret", "silent", "slow"]);
    let world = stage.control.get("/state").await.unwrap();
    let other = id(find(&world["guilds"], "name", "Night Shift Games"));
    let path = format!("/as/{}/guilds/{other}", stage.ada);
    let view = stage.control.get(&path).await.unwrap();
    let elsewhere = names(stage, &id(find(&view["channels"], "name", "general"))).await;
    assert_eq!(elsewhere, ["fruit", "panel", "ping", "secret", "silent", "slow"]);
}

async fn at_once(stage: &Stage) {
    let record = run(stage, "ping", json!([])).await;
    assert_eq!(record["state"], "responded", "{record}");
    let message = answer(stage, "pong").await;
    assert_eq!(message["author"]["id"], stage.bot_user);
    assert_eq!(message["interaction_metadata"]["user"]["id"], stage.ada);
}

async fn deferred(stage: &mut Stage) {
    let record = run(stage, "slow", json!([])).await;
    assert_eq!(record["state"], "deferred", "{record}");
    stage.bot.event("deferred", BOUND).await.unwrap();
    let thinking = stage
        .control
        .message(&stage.ada, &stage.channel, BOUND, |one| flags(one) & LOADING != 0)
        .await
        .expect("a message that says the bot is thinking");
    stage.order("go", json!({})).await;
    let done = answer(stage, "slow answer").await;
    assert_eq!(done["id"], thinking["id"], "the same message is filled in");
    assert_eq!(flags(&done) & LOADING, 0);
    answer(stage, "a follow-up").await;
}

async fn private(stage: &Stage) {
    run(stage, "secret", json!([])).await;
    let message = answer(stage, "a secret").await;
    assert_ne!(flags(&message) & EPHEMERAL, 0);
    let others = stage.control.messages(&stage.linus, &stage.channel).await.unwrap();
    assert!(others.iter().all(|one| one["content"] != "a secret"), "only its addressee sees it");
    assert!(others.iter().any(|one| one["content"] == "pong"));
}

async fn suggested(stage: &Stage) {
    let mut body = named(stage, "fruit").await;
    body["options"] = json!([{"name": "name", "type": 3, "value": "ap", "focused": true}]);
    let found =
        stage.control.interact(&stage.ada, &stage.channel, json!({ "autocomplete": body })).await.unwrap();
    let values: Vec<&str> =
        found["choices"].as_array().unwrap().iter().map(|one| one["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["apple", "apricot"]);
    let options = json!([
        {"name": "name", "type": 3, "value": "apricot"},
        {"name": "count", "type": 4, "value": 3},
    ]);
    run(stage, "fruit", options).await;
    let message = stage
        .control
        .message(&stage.ada, &stage.channel, BOUND, |one| one["embeds"][0]["title"] == "Fruit")
        .await
        .expect("an answer with an embed");
    assert_eq!(message["embeds"][0]["description"], "3 x apricot");
}

/// A user option arrives resolved.
async fn resolved(stage: &Stage) {
    run(stage, "here", json!([{"name": "who", "type": 6, "value": stage.linus}])).await;
    let message = stage
        .control
        .message(&stage.ada, &stage.channel, BOUND, |one| {
            one["content"].as_str().is_some_and(|text| text.ends_with(" is here"))
        })
        .await
        .expect("an answer about linus");
    assert!(message["content"].as_str().unwrap().to_lowercase().starts_with("linus"), "{message}");
}

/// discord.py knows a view or a form only once its request has been answered, so each step waits for the
/// bot's word; a person is never that fast.
async fn panel(stage: &mut Stage) {
    run(stage, "panel", json!([])).await;
    stage.bot.event("panel", BOUND).await.unwrap();
    let message = stage
        .control
        .message(&stage.ada, &stage.channel, BOUND, |one| one["embeds"][0]["title"] == "Panel")
        .await
        .expect("a panel");
    press(stage, &message, "greet").await;
    stage.bot.event("button", BOUND).await.unwrap();
    let greeted = answer(stage, "Greeted by linus").await;
    assert_eq!(greeted["id"], message["id"], "the button changes its own message");

    let record = press(stage, &message, "ask").await;
    assert_eq!(record["state"], "modal", "{record}");
    assert_eq!(record["modal"]["title"], "Tell me more");
    stage.bot.event("button", BOUND).await.unwrap();
    let components = fill(&record["modal"]["components"]);
    let body = json!({"modal": {
        "interaction_id": record["interaction_id"],
        "custom_id": record["modal"]["custom_id"],
        "components": components,
    }});
    let sent = stage.control.interact(&stage.linus, &stage.channel, body).await.unwrap();
    let record = settled(stage, &sent).await;
    assert_eq!(record["state"], "responded", "{record}");
    let heard = stage.bot.event("modal", BOUND).await.unwrap();
    assert_eq!((&heard["name"], &heard["colour"]), (&json!("Linus T."), &json!("green")));
    let thanks = stage
        .control
        .message(&stage.linus, &stage.channel, BOUND, |one| one["content"] == "Thank you, Linus T. (green)")
        .await
        .expect("a private answer to the modal");
    assert_ne!(flags(&thanks) & EPHEMERAL, 0);
}

/// A command without an answer fails for the user after the deadline.
async fn lost(stage: &mut Stage) {
    let record = run(stage, "silent", json!([])).await;
    assert!(matches!(record["state"].as_str(), Some("failed" | "expired")), "{record}");
    stage.bot.event("silent", BOUND).await.unwrap();
}

/// What a user types into each field.
fn fill(components: &Value) -> Value {
    components
        .as_array()
        .unwrap()
        .iter()
        .map(|label| {
            let inner = &label["component"];
            let mut filled = json!({
                "type": inner["type"], "id": inner["id"], "custom_id": inner["custom_id"],
            });
            if inner["type"] == 4 {
                filled["value"] = json!("Linus T.");
            } else {
                filled["values"] = json!(["green"]);
            }
            json!({"type": 18, "id": label["id"], "component": filled})
        })
        .collect()
}

async fn press(stage: &Stage, message: &Value, custom_id: &str) -> Value {
    let body = json!({"component": {
        "message_id": message["id"], "custom_id": custom_id, "component_type": 2,
    }});
    let sent = stage.control.interact(&stage.linus, &stage.channel, body).await.unwrap();
    settled(stage, &sent).await
}

/// Runs a command as ada and waits for its fate.
async fn run(stage: &Stage, name: &str, options: Value) -> Value {
    let mut body = named(stage, name).await;
    body["options"] = options;
    let sent = stage.control.interact(&stage.ada, &stage.channel, json!({ "command": body })).await.unwrap();
    settled(stage, &sent).await
}

async fn settled(stage: &Stage, sent: &Value) -> Value {
    let interaction = sent["interaction_id"].as_str().unwrap();
    let mut record = stage.control.settled(interaction, BOUND).await.unwrap();
    record["interaction_id"] = json!(interaction);
    record
}

async fn named(stage: &Stage, name: &str) -> Value {
    let offered = commands(stage, &stage.channel).await;
    let command = find(&offered, "name", name);
    json!({
        "application_id": command["application_id"], "command_id": command["id"], "name": name, "type": 1,
    })
}

async fn names(stage: &Stage, channel: &str) -> Vec<String> {
    let offered = commands(stage, channel).await;
    let mut names: Vec<String> = offered
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["application_id"] == stage.application)
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn commands(stage: &Stage, channel: &str) -> Value {
    let path = format!("/as/{}/channels/{channel}/commands", stage.ada);
    stage.control.get(&path).await.unwrap()
}

async fn answer(stage: &Stage, content: &str) -> Value {
    stage
        .control
        .message(&stage.ada, &stage.channel, BOUND, |one| one["content"] == content)
        .await
        .unwrap_or_else(|| panic!("no message {content:?}"))
}

fn flags(message: &Value) -> u64 {
    message["flags"].as_u64().unwrap_or_default()
}
