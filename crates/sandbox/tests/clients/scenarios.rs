//! The example scenarios, each against the example bot on discord.py and on discord.js.

use guildhall_sandbox::scenario::{Scenario, Stage, check};
use guildhall_sandbox::{Options, Sandbox, Seed};
use guildhall_testkit::{script::Script, tools::workspace};

use crate::stage::Library;

async fn play(name: &str, library: Library) {
    let file = workspace().join("examples/scenarios").join(name);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(check(&text), Vec::<String>::new());
    let scenario = Scenario::read(&text).unwrap();
    let sandbox = Sandbox::start(Options { seed: Seed::Empty, ..Options::default() }).await.unwrap();
    let mut stage = Stage::set(&sandbox, &scenario).await.unwrap();
    let env = [
        ("SANDBOX_REST", sandbox.rest_url()),
        ("SANDBOX_GATEWAY", sandbox.gateway_url()),
        ("DISCORD_TOKEN", stage.bot().unwrap().token.clone()),
    ];
    let bot = match library {
        Library::Python => Script::python("../../examples/bots/greeter.py", &env),
        Library::Node => Script::node("../../examples/bots/greeter.mjs", &env),
    };
    let bot = bot.unwrap_or_else(|error| panic!("{error}"));
    let report = stage.play(name, |_| {}).await;
    assert!(report.passed(), "{:#}", report.to_json());
    assert!(report.steps.len() > 6 && report.skipped == 0);
    drop(bot);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn greeting_on_discord_py() {
    play("greeting.yaml", Library::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn greeting_on_discord_js() {
    play("greeting.yaml", Library::Node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resume_on_discord_py() {
    play("resume.yaml", Library::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resume_on_discord_js() {
    play("resume.yaml", Library::Node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_on_discord_py() {
    play("limits.yaml", Library::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_on_discord_js() {
    play("limits.yaml", Library::Node).await;
}
