//! The whole way against the sandbox: shards, bus, handlers, database, outbox, REST.

use std::{path::Path, sync::Arc, time::Duration};

use guildhall_core::secret::SecretString;
use guildhall_discord::gateway::{GatewayOptions, Intents, ShardPlan};
use guildhall_runtime::{GatewayParts, Runtime};
use guildhall_sandbox::{Options, Sandbox, example};
use guildhall_store::Store;
use guildhall_testkit::control::Control;
use serde_json::{Value, json};

use crate::stage::{Ahead, options, run, until};

const BOUND: Duration = Duration::from_secs(20);

struct Bot {
    store: Store,
    runtime: Runtime,
}

async fn bot(sandbox: &Sandbox, path: &Path) -> Bot {
    crate::log::start();
    let clock = Arc::new(Ahead::default());
    let (store, mut runtime) = run(path, &options(), sandbox.addr(), example::BOT_TOKEN, &clock).await;
    runtime.register_commands(Vec::new());
    let token = SecretString::from(example::BOT_TOKEN.to_owned());
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let gateway = GatewayOptions {
        shards: ShardPlan::Count(1),
        gateway_url: Some(sandbox.gateway_url()),
        ..GatewayOptions::new(token, intents)
    };
    runtime.connect(GatewayParts { options: gateway, force: false }).await.unwrap();
    until("a session", async || {
        let snapshot = runtime.snapshot();
        snapshot.ready && snapshot.guilds == 3
    })
    .await;
    Bot { store, runtime }
}

async fn general(control: &Control) -> String {
    let guild = control.get(&format!("/as/{}/guilds/{}", example::ADA, example::BOOK_CLUB)).await.unwrap();
    let channels = guild["channels"].as_array().unwrap();
    let general = channels.iter().find(|channel| channel["name"] == "general").unwrap();
    general["id"].as_str().unwrap().to_owned()
}

async fn contents(control: &Control, channel: &str) -> Vec<String> {
    let messages = control.messages(&example::ADA.to_string(), channel).await.unwrap();
    messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

/// Uses a slash command as Ada, as soon as it is registered, and gives what became of it.
async fn command(control: &Control, channel: &str, name: &str, options: Value) -> String {
    let ada = example::ADA.to_string();
    let path = format!("/as/{ada}/channels/{channel}/commands");
    let list = |answer: Value| {
        answer.as_array().or_else(|| answer["commands"].as_array()).cloned().unwrap_or_default()
    };
    let mut id = None;
    for _ in 0..1_000 {
        let commands = list(control.get(&path).await.unwrap());
        id = commands.iter().find(|command| command["name"] == name).map(|command| command["id"].clone());
        if id.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let command = json!({
        "application_id": example::APPLICATION.to_string(), "command_id": id.expect("the command is registered"),
        "name": name, "type": 1, "options": options,
    });
    let started = control.interact(&ada, channel, json!({ "command": command })).await.unwrap();
    let interaction = started["interaction_id"].as_str().unwrap().to_owned();
    let settled = control.settled(&interaction, BOUND).await.unwrap();
    settled["state"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_messages_work_and_a_crash_costs_no_identify() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let control = Control::new(sandbox.addr());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guildhall.db");
    let bot_running = bot(&sandbox, &path).await;
    let channel = general(&control).await;

    assert_eq!(command(&control, &channel, "ping", json!([])).await, "responded");
    let words = json!([{ "name": "words", "type": 3, "value": "a fact" }]);
    assert_eq!(command(&control, &channel, "write", words).await, "responded");
    control.say(&example::ADA.to_string(), &channel, "hello").await.unwrap();
    until("the echo", async || contents(&control, &channel).await.contains(&"echo hello".to_owned())).await;
    let shown = contents(&control, &channel).await;
    for expected in ["pong", "wrote a fact", "noted a fact"] {
        assert!(shown.contains(&expected.to_owned()), "{expected} in {shown:?}");
    }

    // Killed without a word; what is said meanwhile is replayed by the resumed session.
    let Bot { store, runtime } = bot_running;
    drop((store, runtime));
    control.say(&example::ADA.to_string(), &channel, "meanwhile").await.unwrap();
    let bot_running = bot(&sandbox, &path).await;
    until("the second echo", async || {
        contents(&control, &channel).await.contains(&"echo meanwhile".to_owned())
    })
    .await;
    assert_eq!(command(&control, &channel, "ping", json!([])).await, "responded");
    for expected in ["echo hello", "echo meanwhile", "noted a fact"] {
        let shown = contents(&control, &channel).await;
        assert_eq!(
            shown.iter().filter(|words| *words == expected).count(),
            1,
            "{expected} once in {shown:?}"
        );
    }
    let counters = control.get("/counters").await.unwrap();
    assert_eq!(counters["identifies"], 1, "{counters}");
    let snapshot = bot_running.runtime.snapshot();
    assert_eq!((snapshot.ready, snapshot.guilds, snapshot.gaps), (true, 3, 0));
    bot_running.runtime.drain(Duration::from_secs(10)).await;
    bot_running.store.close().await;
    sandbox.shutdown().await;
}
