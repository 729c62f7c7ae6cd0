//! The whole way against the sandbox: shards, bus, handlers, database, outbox, REST.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use guildhall_core::{clock::Timestamp, secret::SecretString};
use guildhall_discord::gateway::{GatewayOptions, Intents, ShardPlan, identity};
use guildhall_runtime::{GatewayParts, Runtime, RuntimeOptions};
use guildhall_sandbox::{Options, Sandbox, example};
use guildhall_store::{
    OperatorPath, OperatorStatement, Row, Store, operator,
    platform::session::{self, ShardKey, ShardSession},
};
use guildhall_testkit::control::Control;
use serde_json::{Value, json};

use crate::{
    feature::{HUNG, notes},
    stage::{Ahead, guild, options, run, until},
};

const BOUND: Duration = Duration::from_secs(20);

struct Bot {
    store: Store,
    runtime: Runtime,
}

async fn bot(sandbox: &Sandbox, path: &Path) -> Bot {
    let mut bot = unconnected(sandbox, path, example::BOT_TOKEN).await;
    bot.runtime.register_commands(Vec::new());
    bot.connect(sandbox, example::BOT_TOKEN).await;
    until("the guilds", async || bot.runtime.snapshot().guilds == 3).await;
    bot
}

async fn unconnected(sandbox: &Sandbox, path: &Path, token: &str) -> Bot {
    crate::log::start();
    let clock = Arc::new(Ahead::default());
    // Hanging work is cut by a drain here, not by its own limit.
    let options = RuntimeOptions { event_limit: Duration::from_hours(1), ..options() };
    let (store, runtime) = run(path, &options, sandbox.addr(), token, &clock).await;
    Bot { store, runtime }
}

impl Bot {
    async fn connect(&mut self, sandbox: &Sandbox, token: &str) {
        let token = SecretString::from(token.to_owned());
        let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
        let gateway = GatewayOptions {
            shards: ShardPlan::Count(1),
            gateway_url: Some(sandbox.gateway_url()),
            ..GatewayOptions::new(token, intents)
        };
        self.runtime.connect(GatewayParts { options: gateway, force: false }).await.unwrap();
        until("a session", async || self.runtime.snapshot().ready).await;
    }

    async fn stop(self) {
        self.runtime.drain(BOUND).await;
        self.store.close().await;
    }

    async fn rows(&self, statement: OperatorStatement) -> Vec<Row> {
        let mut read = self.store.read().await.unwrap();
        read.operator(OperatorPath::Diagnosis).fetch_all(&statement, Vec::new()).await.unwrap()
    }
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
    bot_running.stop().await;
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_token_on_the_same_data_has_a_session_and_a_budget_of_its_own() {
    const BUDGETS: OperatorStatement =
        operator("budgets", "SELECT identity, used FROM identify_budget ORDER BY identity");
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guildhall.db");
    // The first bot again at the end: its session was not written over by the other's.
    for token in [example::BOT_TOKEN, example::OTHER_BOT_TOKEN, example::BOT_TOKEN] {
        let mut bot = unconnected(&sandbox, &path, token).await;
        bot.connect(&sandbox, token).await;
        bot.stop().await;
    }
    let counters = Control::new(sandbox.addr()).get("/counters").await.unwrap();
    assert_eq!(counters["identifies"], 2, "{counters}");
    let bot = unconnected(&sandbox, &path, example::BOT_TOKEN).await;
    let budgets: Vec<(String, i64)> = bot
        .rows(BUDGETS)
        .await
        .iter()
        .map(|row| (row.get("identity").unwrap(), row.get("used").unwrap()))
        .collect();
    assert_eq!(budgets, [(identity(example::BOT_TOKEN), 1), (identity(example::OTHER_BOT_TOKEN), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_another_number_of_shards_are_reconciled() {
    const GAPS: OperatorStatement = operator("gaps", "SELECT shard, reason, reconciled_at FROM gap");
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let token = example::BOT_TOKEN;
    let mut bot = unconnected(&sandbox, &folder.path().join("guildhall.db"), token).await;
    let old = ShardSession {
        session_id: "old".to_owned(),
        resume_url: "ws://127.0.0.1:1".to_owned(),
        sequence: 5,
        identity: identity(token),
        intents: 1,
        as_of: Timestamp(1_000),
    };
    let mut write = bot.store.write().await.unwrap();
    let key = ShardKey { shard: 2, total: 4 };
    session::save(&mut write.operator(OperatorPath::Gateway), key, &old).await.unwrap();
    write.commit().await.unwrap();
    bot.connect(&sandbox, token).await;
    until("the gap to be reconciled", async || {
        let gaps = bot.rows(GAPS).await;
        gaps.len() == 1 && gaps[0].get::<Option<i64>>("reconciled_at").unwrap().is_some()
    })
    .await;
    let gaps = bot.rows(GAPS).await;
    assert_eq!(gaps[0].get::<i64>("shard").unwrap(), 0);
    assert_eq!(gaps[0].get::<String>("reason").unwrap(), "shards_changed");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_is_cut_by_a_drain_and_its_event_replayed() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let control = Control::new(sandbox.addr());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guildhall.db");
    let Bot { store, runtime } = bot(&sandbox, &path).await;
    let channel = general(&control).await;
    control.say(&example::ADA.to_string(), &channel, "hang").await.unwrap();
    until("the hanging handler", async || HUNG.load(Ordering::SeqCst)).await;
    let drained = tokio::time::timeout(BOUND, runtime.drain(Duration::from_millis(500))).await;
    drained.expect("the drain ends although the handler does not");
    let book_club = guild(example::BOOK_CLUB);
    assert_eq!(notes(&store, book_club).await, Vec::<String>::new(), "its work is rolled back");
    store.close().await;
    drop(store);

    let second = bot(&sandbox, &path).await;
    until("the replay", async || notes(&second.store, book_club).await == ["hang"]).await;
    until("the echo", async || contents(&control, &channel).await.contains(&"echo hang".to_owned())).await;
    let counters = control.get("/counters").await.unwrap();
    assert_eq!(counters["identifies"], 1, "{counters}");
    second.stop().await;
}

/// The names of the files of messages in a channel.
async fn files(control: &Control, channel: &str) -> Vec<String> {
    let messages = control.messages(&example::ADA.to_string(), channel).await.unwrap();
    let files = messages.iter().flat_map(|message| message["attachments"].as_array().unwrap());
    files
        .map(|file| {
            format!("{} {} {}", file["filename"].as_str().unwrap(), file["size"], file["description"])
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_with_first_answers_with_deferred_ones_and_with_messages() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let control = Control::new(sandbox.addr());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guildhall.db");
    let bot = bot(&sandbox, &path).await;
    let channel = general(&control).await;
    for (millis, state) in [(0, "responded"), (1_700, "deferred")] {
        let late = json!([{ "name": "millis", "type": 4, "value": millis }]);
        assert_eq!(command(&control, &channel, "attach", late).await, state);
    }
    let wanted: Vec<_> = ["answer-0", "sent-0", "answer-1700", "sent-1700"]
        .map(|name| format!("{name}.txt 15 \"what is kept\""))
        .to_vec();
    until("the files", async || {
        let shown = files(&control, &channel).await;
        wanted.iter().all(|file| shown.contains(file))
    })
    .await;
    until("an empty outbox", async || bot.runtime.snapshot().outbox_waiting == 0).await;
    assert_eq!(files(&control, &channel).await.len(), 4, "each once");

    // A message with a file that was decided before a crash is sent after it.
    let Bot { store, runtime } = bot;
    drop(runtime);
    let body = guildhall_framework::Body {
        files: vec![guildhall_framework::File {
            name: "later.txt".to_owned(),
            description: None,
            bytes: b"kept over the crash".to_vec(),
        }],
        ..guildhall_framework::Body::text("later")
    };
    let mut write = store.write().await.unwrap();
    let outgoing = guildhall_framework::Outgoing {
        guild: guild(example::BOOK_CLUB),
        channel: channel.parse().unwrap(),
        body,
        patient: false,
    };
    let now = guildhall_core::clock::Clock::now(&guildhall_core::clock::SystemClock);
    guildhall_runtime::outbox::store_messages(&mut write, vec![outgoing], None, now).await.unwrap();
    write.commit().await.unwrap();
    drop(store);
    let bot = unconnected(&sandbox, &path, example::BOT_TOKEN).await;
    until("the file", async || files(&control, &channel).await.contains(&"later.txt 19 null".to_owned()))
        .await;
    bot.stop().await;
}
