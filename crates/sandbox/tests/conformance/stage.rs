//! One library's sandbox and bot, and the hands to play with them.

use std::time::Duration;

use guildhall_sandbox::{Limits, Options, Sandbox, example};
use guildhall_testkit::control::Control;
use guildhall_testkit::script::Script;
use serde_json::{Value, json};

/// Generous: a busy machine may be slow, and a passing test never waits this long.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

/// Every intent there is.
pub(crate) const ALL_INTENTS: u64 = 0x1_FFFF | 3 << 20 | 3 << 24;
/// The privileged ones: members, presences, message content.
pub(crate) const PRIVILEGED: u64 = 1 << 1 | 1 << 8 | 1 << 15;

/// Which library plays the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    DiscordPy,
    DiscordJs,
    Serenity,
    Twilight,
}

impl Library {
    pub(crate) const ALL: [Self; 4] = [Self::DiscordPy, Self::DiscordJs, Self::Serenity, Self::Twilight];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DiscordPy => "discord.py",
            Self::DiscordJs => "discord.js",
            Self::Serenity => "serenity",
            Self::Twilight => "twilight",
        }
    }

    /// Whether a complaint is of an event that this version of the library cannot read as it is documented.
    fn is_ignorant_of(self, complaint: &Value) -> bool {
        let text = complaint["text"].as_str().unwrap_or_default();
        match self {
            // They came after its last release.
            Self::Serenity => ["CHANNEL_INFO", "RATE_LIMITED", "VOICE_CHANNEL_START_TIME_UPDATE"]
                .iter()
                .any(|event| text.contains(&format!("kind: \"{event}\""))),
            // Its type wants a tag around `meta` that Discord does not send.
            Self::Twilight => text.contains("RATE_LIMITED") && text.contains("RequestGuildMembers"),
            _ => false,
        }
    }

    fn start(self, env: &[(&str, String)]) -> Script {
        match self {
            Self::DiscordPy => Script::python("conformance.py", env),
            Self::DiscordJs => Script::node("conformance.mjs", env),
            Self::Serenity => Script::rust("serenity-bot", env),
            Self::Twilight => Script::rust("twilight-bot", env),
        }
        .unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Everything a step needs.
pub(crate) struct Stage {
    pub(crate) library: Library,
    pub(crate) sandbox: Sandbox,
    pub(crate) control: Control,
    pub(crate) bot: Script,
    /// What the library does otherwise than others, by its design.
    pub(crate) notes: Vec<String>,
    pub(crate) application: String,
    pub(crate) bot_user: String,
    pub(crate) guild: String,
    pub(crate) ada: String,
    pub(crate) grace: String,
    pub(crate) linus: String,
    /// Whether the commands of the interaction steps are there.
    pub(crate) is_registered: bool,
    orders: u64,
}

/// Numbers that no step but those about them meets, and windows short enough to be waited for.
fn limits() -> Limits {
    Limits {
        bucket_requests: 10_000,
        global_requests: 10_000,
        young_deletes: 10_000,
        channel_renames: 10_000,
        heartbeat_interval: 4_000,
        identify_window: 100,
        interaction_deadline: 15_000,
        search_index_delay: 0,
        ..Limits::default()
    }
}

impl Stage {
    /// Starts both and waits until the bot is ready.
    pub(crate) async fn open(library: Library) -> Self {
        let options = Options { limits: limits(), journal_body: 4 << 20, ..Options::default() };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        let mut bot = start(library, &sandbox, example::BOT_TOKEN, ALL_INTENTS);
        let ready = bot.event("ready", BOUND).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            ready["guilds"],
            json!(["Maple Street Makers", "Night Shift Games", "Riverside Book Club"])
        );
        assert_eq!(ready["user"], example::APPLICATION.to_string());
        Self {
            library,
            control: Control::new(sandbox.addr()),
            sandbox,
            bot,
            notes: Vec::new(),
            application: example::APPLICATION.to_string(),
            bot_user: example::APPLICATION.to_string(),
            guild: example::BOOK_CLUB.to_string(),
            ada: example::ADA.to_string(),
            grace: example::GRACE.to_string(),
            linus: example::LINUS.to_string(),
            is_registered: false,
            orders: 0,
        }
    }

    /// Another bot of the same library on the same sandbox.
    pub(crate) fn another(&self, token: &str, intents: u64) -> Script {
        start(self.library, &self.sandbox, token, intents)
    }

    /// Ends the bot in order; says what was wrong with that.
    pub(crate) async fn close(self) -> Option<String> {
        let ended = self.bot.finish(BOUND).await;
        self.sandbox.shutdown().await;
        match ended {
            Ok(true) => None,
            Ok(false) => Some("the bot did not end well".to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }

    /// Errors that the bot told and that no step took.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        let lines = self.bot.drain();
        let (unknown, lines): (Vec<Value>, Vec<Value>) =
            lines.into_iter().partition(|line| self.library.is_ignorant_of(line));
        if !unknown.is_empty() {
            self.note("cannot read an event as it is documented");
        }
        // What becomes of a request that the gateway limits is told late, and is the library's own affair.
        let wrong = lines.into_iter().filter(|line| {
            (line["event"] == "error" && line["ref"] != "too soon") || line["event"] == "unknown"
        });
        wrong.map(|line| format!("the bot complained: {line}")).collect()
    }

    /// Says that the library does it in a way of its own.
    pub(crate) fn note(&mut self, note: &str) {
        if !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    /// Has the bot do something, and gives its answer whatever it is.
    async fn answer(&mut self, what: &str, mut values: Value) -> Value {
        self.orders += 1;
        let reference = format!("{what} {}", self.orders);
        values["ref"] = json!(reference);
        self.bot.tell(what, values).await.expect("a bot that listens");
        self.bot
            .line(&format!("the end of {what}"), BOUND, |line| line["ref"] == reference.as_str())
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Has the bot do something and waits for its word that it is done.
    pub(crate) async fn order(&mut self, what: &str, values: Value) -> Value {
        let answer = self.answer(what, values).await;
        assert_eq!(answer["event"], "done", "{answer}");
        if answer["raw"] == true {
            self.note("sent as JSON by its own HTTP client, which has no builders for it");
        }
        answer
    }

    /// Has the bot try something that is refused; gives Discord's status and code.
    pub(crate) async fn refused(&mut self, what: &str, values: Value) -> (u64, u64) {
        let answer = self.answer(what, values).await;
        assert_eq!(answer["event"], "refused", "{what} was expected to be refused: {answer}");
        (answer["status"].as_u64().unwrap_or(0), answer["code"].as_u64().unwrap_or(0))
    }

    /// The same, where some libraries refuse by themselves and the server is not asked.
    pub(crate) async fn refused_by_either(&mut self, what: &str, values: Value, expected: (u64, u64)) {
        let answer = self.answer(what, values).await;
        if answer["event"] == "error" {
            return self.note("refuses by itself, so the server is not asked");
        }
        assert_eq!(answer["event"], "refused", "{what} was expected to be refused: {answer}");
        assert_eq!(
            (&answer["status"], &answer["code"]),
            (&json!(expected.0), &json!(expected.1)),
            "{answer}"
        );
    }

    /// Waits for an event that the bot heard.
    pub(crate) async fn heard(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.bot
            .line(name, BOUND, |line| line["event"] == "heard" && line["t"] == name && fits(line))
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Waits for an event with this value.
    pub(crate) async fn heard_of(&mut self, name: &str, key: &str, value: &str) -> Value {
        self.heard(name, |line| line[key] == value).await
    }

    /// The next interaction that the bot hears of.
    pub(crate) async fn interaction(&mut self) -> Value {
        self.bot.event("interaction", BOUND).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// A channel of the step's own, which the bot knows.
    pub(crate) async fn channel(&mut self, name: &str) -> String {
        let path = format!("/guilds/{}/channels", self.guild);
        let made = self.control.post(&path, json!({ "name": name })).await.unwrap();
        let channel = id(&made);
        self.heard_of("channel_create", "id", &channel).await;
        channel
    }

    /// One of Discord's own routes, called by a person.
    pub(crate) async fn person(&self, user: &str, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { None } else { Some(body) };
        self.control.call(method, &format!("/as/{user}/api{path}"), body).await.unwrap()
    }

    /// A person says something, and the bot hears it.
    pub(crate) async fn said(&mut self, user: &str, channel: &str, content: &str) -> String {
        let sent = self.control.say(user, channel, content).await.unwrap();
        let message = id(&sent);
        self.heard_of("message_create", "id", &message).await;
        message
    }

    /// A message as ada sees it.
    pub(crate) async fn seen(&self, channel: &str, message: &str) -> Option<Value> {
        let found = self.control.messages(&self.ada, channel).await.unwrap();
        found.into_iter().find(|one| one["id"] == message)
    }

    /// A counter of the sandbox.
    pub(crate) async fn counter(&self, name: &str) -> u64 {
        let counters = self.control.get("/counters").await.unwrap();
        counters[name].as_u64().unwrap_or_else(|| panic!("no counter {name} in {counters}"))
    }

    /// Changes numbers that are enforced.
    pub(crate) async fn limits(&self, changes: Value) {
        self.control.post("/limits", changes).await.unwrap();
    }

    /// All numbers as they were at the start.
    pub(crate) async fn usual_limits(&self) {
        self.limits(serde_json::to_value(limits()).expect("limits are JSON")).await;
    }

    /// Puts a fault in force.
    pub(crate) async fn fault(&self, fault: Value) {
        self.control.post("/faults", fault).await.unwrap();
    }
}

fn start(library: Library, sandbox: &Sandbox, token: &str, intents: u64) -> Script {
    library.start(&[
        ("SANDBOX_REST", sandbox.rest_url()),
        ("SANDBOX_GATEWAY", sandbox.gateway_url()),
        ("SANDBOX_TOKEN", token.to_owned()),
        ("SANDBOX_INTENTS", intents.to_string()),
    ])
}

/// The id of a thing.
pub(crate) fn id(entry: &Value) -> String {
    entry["id"].as_str().unwrap_or_else(|| panic!("no id in {entry}")).to_owned()
}

/// The text under a key.
pub(crate) fn text(entry: &Value, key: &str) -> String {
    entry[key].as_str().unwrap_or_else(|| panic!("no {key} in {entry}")).to_owned()
}
