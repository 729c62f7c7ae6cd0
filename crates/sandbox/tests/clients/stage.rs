//! A sandbox with the example world and one bot script connected to it.

use std::time::Duration;

use guildhall_sandbox::{Options, Sandbox, example};
use guildhall_testkit::control::Control;
use guildhall_testkit::script::Script;
use serde_json::{Value, json};

use crate::answers;

/// Generous: a busy machine may be slow, and a passing test never waits this long.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// Which library plays the bot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Library {
    Python,
    Node,
}

/// Everything a scenario needs.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) control: Control,
    pub(crate) bot: Script,
    /// The bot's own user.
    pub(crate) bot_user: String,
    pub(crate) application: String,
    /// `general` of the first example server, where `/here` is registered.
    pub(crate) channel: String,
    pub(crate) ada: String,
    pub(crate) linus: String,
}

impl Stage {
    /// Starts both and waits until the bot is ready and its commands are registered.
    pub(crate) async fn open(library: Library) -> Self {
        let sandbox = Sandbox::start(options()).await.unwrap();
        let control = Control::new(sandbox.addr());
        let state = control.get("/state").await.unwrap();
        let application = find(&state["applications"], "token", example::BOT_TOKEN);
        let ada = id(find(&state["users"], "username", "ada"));
        let linus = id(find(&state["users"], "username", "linus"));
        let guild = id(find(&state["guilds"], "name", "Riverside Book Club"));
        let view = control.get(&format!("/as/{ada}/guilds/{guild}")).await.unwrap();
        let channel = id(find(&view["channels"], "name", "general"));
        let mut bot = start_bot(library, &sandbox, &guild);
        let synced = bot.event("synced", BOUND).await.unwrap();
        assert_eq!(synced["everywhere"], json!(["fruit", "panel", "ping", "secret", "silent", "slow"]));
        assert_eq!(synced["here"], json!(["here"]));
        let ready = bot.event("ready", BOUND).await.unwrap();
        assert_eq!(
            ready["guilds"],
            json!(["Maple Street Makers", "Night Shift Games", "Riverside Book Club"])
        );
        assert_eq!(ready["user"], application["bot_user_id"]);
        Self {
            bot_user: application["bot_user_id"].as_str().unwrap().to_owned(),
            application: id(application),
            sandbox,
            control,
            bot,
            channel,
            ada,
            linus,
        }
    }

    /// Ends the bot in order, then checks every recorded answer.
    pub(crate) async fn close(self) {
        let errors: Vec<Value> = {
            let mut bot = self.bot;
            let left = bot.drain();
            assert!(bot.finish(BOUND).await.unwrap(), "the bot must end well");
            left.into_iter().filter(|line| line["event"] == "error").collect()
        };
        assert!(errors.is_empty(), "the bot met errors: {errors:?}");
        answers::check(&self.sandbox);
        self.sandbox.shutdown().await;
    }

    /// Has the bot do something and waits for its word that it is done.
    pub(crate) async fn order(&mut self, what: &str, values: Value) -> Value {
        self.bot.tell(what, with_ref(values, what)).await.unwrap();
        let answer =
            self.bot.line(&format!("the end of {what}"), BOUND, |line| line["ref"] == what).await.unwrap();
        assert_eq!(answer["event"], "done", "{answer}");
        answer
    }

    /// The counters of the whole sandbox.
    pub(crate) async fn counter(&self, name: &str) -> u64 {
        let counters = self.control.get("/counters").await.unwrap();
        counters[name].as_u64().unwrap_or_else(|| panic!("no counter {name} in {counters}"))
    }

    /// The message with this id, as ada sees it.
    pub(crate) async fn seen(&self, message: &str) -> Option<Value> {
        let found = self.control.messages(&self.ada, &self.channel).await.unwrap();
        found.into_iter().find(|one| one["id"] == message)
    }
}

/// The example world with a journal that keeps every answer whole.
pub(crate) fn options() -> Options {
    Options { journal_body: answers::LONGEST_ANSWER, ..Options::default() }
}

/// Starts the library's bot script against `sandbox`.
pub(crate) fn start_bot(library: Library, sandbox: &Sandbox, guild: &str) -> Script {
    let env = [
        ("SANDBOX_REST", sandbox.rest_url()),
        ("SANDBOX_GATEWAY", sandbox.gateway_url()),
        ("SANDBOX_TOKEN", example::BOT_TOKEN.to_owned()),
        ("SANDBOX_GUILD", guild.to_owned()),
    ];
    match library {
        Library::Python => Script::python("bot.py", &env),
        Library::Node => Script::node("bot.mjs", &env),
    }
    .unwrap_or_else(|error| panic!("{error}"))
}

/// The entry of `list` with `key` equal to `value`.
pub(crate) fn find<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    list.as_array()
        .and_then(|list| list.iter().find(|one| one[key] == value))
        .unwrap_or_else(|| panic!("no {key} {value:?} in {list}"))
}

/// The id of an entry.
pub(crate) fn id(entry: &Value) -> String {
    entry["id"].as_str().unwrap().to_owned()
}

fn with_ref(mut values: Value, name: &str) -> Value {
    values["ref"] = json!(name);
    values
}
