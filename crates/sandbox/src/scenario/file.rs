//! What a scenario's file holds.

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::value::Span;

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// Which application's bot is tested; the world's first when not said.
    pub bot: Option<String>,
    /// How long the bot may take to connect; `0s` does not wait for it.
    #[serde(default = "patience")]
    pub ready_within: Span,
    /// What there is at the start.
    #[serde(default)]
    pub world: WorldFile,
    /// What happens.
    pub steps: Vec<Spanned<Step>>,
}

fn patience() -> Span {
    Span::seconds(30)
}

/// What there is at the start.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    /// `example` begins with the example world, `empty` (as when not said) with nothing.
    pub seed: Option<String>,
    /// Numbers that differ from Discord's.
    #[serde(default)]
    pub limits: Map<String, Value>,
    /// People by username.
    #[serde(default)]
    pub people: Vec<String>,
    /// Applications by name.
    #[serde(default)]
    pub bots: Vec<String>,
    /// Guilds.
    #[serde(default)]
    pub guilds: Vec<GuildFile>,
    /// Further guilds, as `POST /control/guilds/bulk` takes them, with the bot in each.
    pub crowd: Option<Map<String, Value>>,
}

/// A guild.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuildFile {
    /// Its name.
    pub name: String,
    /// Who owns it; the first person when not said.
    pub owner: Option<String>,
    /// Who is in it; everybody when not said.
    pub members: Option<Vec<String>>,
    /// The bots in it; all when not said.
    pub bots: Option<Vec<String>>,
    /// What the bots may do there, as a number; what everyone may when not said.
    pub bot_permissions: Option<u64>,
    /// Names of text channels, or channels as the control interface takes them.
    #[serde(default = "general")]
    pub channels: Vec<Value>,
    /// Roles as the control interface takes them.
    #[serde(default)]
    pub roles: Vec<Value>,
}

fn general() -> Vec<Value> {
    vec![Value::from("general")]
}

/// One thing that is done or expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A person says something.
    Say(Say),
    /// A person edits a message.
    Edit(OnMessage),
    /// A person deletes a message.
    Delete(OnMessage),
    /// A person reacts.
    React(OnMessage),
    /// A person takes a reaction back.
    Unreact(OnMessage),
    /// A person begins to type.
    Type(Somewhere),
    /// A person joins a guild.
    Join(Somewhere),
    /// A person leaves a guild.
    Leave(Somewhere),
    /// A person uses a command.
    Run(RunStep),
    /// A person asks for suggestions.
    Autocomplete(RunStep),
    /// A person presses a button.
    Click(Use),
    /// A person chooses in a select menu.
    Select(Use),
    /// A person submits a modal.
    Submit(Submit),
    /// Any route: Discord's own as a person, or one of the control interface.
    Call(CallStep),
    /// Something goes wrong from here on.
    Fault(Map<String, Value>),
    /// Nothing goes wrong any more.
    ClearFaults(Map<String, Value>),
    /// Something happens to the bot's sessions.
    Session(SessionStep),
    /// The sandbox's clock moves ahead.
    Clock(Span),
    /// Nothing happens for a while.
    Wait(Span),
    /// Something is expected of the bot.
    Expect(Box<ExpectStep>),
    /// A value that was saved is like something.
    Check(CheckStep),
    /// Steps are repeated.
    Repeat(Repeat),
}

/// A message to be said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    #[serde(rename = "as")]
    pub(super) who: String,
    #[serde(rename = "in")]
    pub(super) place: String,
    #[serde(default)]
    pub(super) text: String,
    pub(super) reply_to: Option<String>,
    #[serde(default)]
    pub(super) files: Vec<Value>,
    pub(super) save: Option<String>,
    pub(super) refused: Option<Value>,
}

/// Something done to a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnMessage {
    #[serde(rename = "as")]
    pub(super) who: String,
    pub(super) message: String,
    pub(super) text: Option<String>,
    pub(super) emoji: Option<String>,
    pub(super) refused: Option<Value>,
}

/// Something done somewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Somewhere {
    #[serde(rename = "as")]
    pub(super) who: String,
    #[serde(rename = "in")]
    pub(super) place: String,
    pub(super) refused: Option<Value>,
}

/// A command to be used.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunStep {
    #[serde(rename = "as")]
    pub(super) who: String,
    #[serde(rename = "in")]
    pub(super) place: String,
    pub(super) command: String,
    pub(super) bot: Option<String>,
    #[serde(default)]
    pub(super) options: Map<String, Value>,
    /// The option for which suggestions are asked.
    pub(super) option: Option<String>,
    /// The message that a message command is for.
    pub(super) message: Option<String>,
    /// The person whom a user command is for.
    pub(super) user: Option<String>,
    pub(super) save: Option<String>,
    pub(super) refused: Option<Value>,
}

/// A component to be used.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    #[serde(rename = "as")]
    pub(super) who: String,
    pub(super) message: String,
    /// The `custom_id` or the label of a button.
    pub(super) button: Option<String>,
    /// The `custom_id` of a select menu.
    pub(super) menu: Option<String>,
    #[serde(default)]
    pub(super) values: Vec<String>,
    pub(super) save: Option<String>,
    pub(super) refused: Option<Value>,
}

/// A modal to be submitted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    #[serde(rename = "as")]
    pub(super) who: String,
    /// The interaction that opened it.
    pub(super) to: String,
    #[serde(default)]
    pub(super) fields: Map<String, Value>,
    pub(super) save: Option<String>,
    pub(super) refused: Option<Value>,
}

/// A route to be called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallStep {
    /// As this person, on Discord's own routes; without one, on the control interface.
    #[serde(rename = "as")]
    pub(super) who: Option<String>,
    /// Such as `PUT /guilds/${guild.id}/bans/${linus.id}`.
    pub(super) route: String,
    #[serde(default)]
    pub(super) body: Value,
    pub(super) save: Option<String>,
    pub(super) refused: Option<Value>,
}

/// Something that happens to sessions.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum SessionStep {
    /// Their connections end without a close frame.
    Drop,
    /// They are asked to reconnect.
    Reconnect,
    /// They end for good.
    Invalidate,
    /// They are invalid, but may be resumed.
    InvalidateResumable,
    /// They are closed with code 4000.
    Close,
}

/// Something expected; exactly one of the first ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectStep {
    pub(super) message: Option<MessageFile>,
    pub(super) answer: Option<AnswerFile>,
    pub(super) rest: Option<RestFile>,
    pub(super) reaction: Option<ReactionFile>,
    /// So many sessions are connected.
    pub(super) connected: Option<usize>,
    /// So many sessions were resumed.
    pub(super) resumed: Option<usize>,
    /// So many sessions were opened by an identify.
    pub(super) identified: Option<usize>,
    pub(super) within: Option<Span>,
    /// It must not happen within the time.
    #[serde(default)]
    pub(super) never: bool,
    /// Since the beginning of the scenario, not since something was last done.
    #[serde(default)]
    pub(super) ever: bool,
    pub(super) save: Option<String>,
}

/// A message that is expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageFile {
    /// A saved message, to be looked at again.
    pub(super) is: Option<String>,
    #[serde(rename = "in")]
    pub(super) place: Option<String>,
    /// By whom; by the bot when not said.
    pub(super) by: Option<String>,
    pub(super) text: Option<String>,
    pub(super) contains: Option<String>,
    pub(super) ephemeral: Option<bool>,
    pub(super) like: Option<Value>,
    pub(super) count: Option<usize>,
}

/// An answer that is expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFile {
    pub(super) to: String,
    pub(super) state: Option<String>,
    pub(super) text: Option<String>,
    pub(super) contains: Option<String>,
    pub(super) ephemeral: Option<bool>,
    pub(super) like: Option<Value>,
}

/// Requests that are expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestFile {
    #[serde(default = "any_route")]
    pub(super) route: String,
    pub(super) status: Option<u16>,
    pub(super) body: Option<Value>,
    /// Exactly so many.
    pub(super) times: Option<usize>,
    pub(super) at_least: Option<usize>,
    pub(super) at_most: Option<usize>,
}

fn any_route() -> String {
    "*".to_owned()
}

/// A reaction that is expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReactionFile {
    pub(super) to: String,
    pub(super) emoji: String,
    pub(super) by: Option<String>,
}

/// A value to be looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckStep {
    pub(super) that: Value,
    pub(super) like: Value,
}

/// Steps to be repeated.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    pub(super) times: u32,
    /// The variable that holds the number, from 0.
    #[serde(rename = "as", default = "number")]
    pub(super) counter: String,
    pub(super) steps: Vec<Spanned<Step>>,
}

fn number() -> String {
    "n".to_owned()
}
