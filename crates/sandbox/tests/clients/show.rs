//! The bot that shows everything, and a browser beside it.

use guildhall_sandbox::{Sandbox, example};
use guildhall_testkit::browser::Browser;
use guildhall_testkit::control::Control;
use guildhall_testkit::script::Script;
use serde_json::{Value, json};

use crate::answers;
use crate::stage::{BOUND, options};

/// The example world, a discord.js bot that shows everything, and a browser in the first server.
pub(crate) struct Show {
    sandbox: Sandbox,
    pub(crate) control: Control,
    pub(crate) bot: Script,
    pub(crate) browser: Browser,
}

impl Show {
    /// Starts all three; the person is ada.
    pub(crate) async fn open() -> Self {
        let sandbox = Sandbox::start(options()).await.unwrap();
        let control = Control::new(sandbox.addr());
        let env = [
            ("SANDBOX_REST", sandbox.rest_url()),
            ("SANDBOX_TOKEN", example::BOT_TOKEN.to_owned()),
            ("SANDBOX_GUILD", example::BOOK_CLUB.to_string()),
        ];
        let mut bot = Script::node("showcase.mjs", &env).unwrap_or_else(|error| panic!("{error}"));
        bot.event("ready", BOUND).await.unwrap();
        let mut browser = Browser::start().await.unwrap();
        browser.open(&format!("http://{}/", sandbox.addr())).await.unwrap();
        browser.choose("ada", "Riverside Book Club", "general").await.unwrap();
        Self { sandbox, control, bot, browser }
    }

    /// Any order of the browser script.
    pub(crate) async fn step(&mut self, step: &str, values: Value) -> Value {
        self.browser.step(step, values).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Presses what has this test id.
    pub(crate) async fn click(&mut self, testid: &str) {
        self.step("click", json!({"testid": testid})).await;
    }

    /// How many elements fit.
    pub(crate) async fn count(&mut self, selector: &str) -> u64 {
        self.step("count", json!({"selector": selector})).await["count"].as_u64().unwrap()
    }

    /// Runs a slash command.
    pub(crate) async fn command(&mut self, name: &str, values: Value) {
        self.browser.command(name, values).await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Ends all three; none of them met an error.
    pub(crate) async fn close(mut self) {
        assert_eq!(
            self.browser.complaints(),
            Vec::<Value>::new(),
            "the page met no error and called nobody else"
        );
        self.browser.finish(BOUND).await.unwrap();
        let errors: Vec<Value> =
            self.bot.drain().into_iter().filter(|line| line["event"] == "error").collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert!(self.bot.finish(BOUND).await.unwrap());
        answers::check(&self.sandbox);
        self.sandbox.shutdown().await;
    }
}
