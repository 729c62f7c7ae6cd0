//! The load: people who write, teach, and invite the bot to new servers, whether it is alive or not.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::random::{Random as _, Seeded};
use guildhall_sandbox::example;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::commands::bench::{control::Control, stage::text};

/// A server takes this many entries from us; its daily limit lies above.
const ENTRIES_PER_SERVER: u32 = 60;

/// What was sent, and what the senders saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    /// Messages by server and author.
    pub(super) messages: BTreeMap<(u64, u64), u64>,
    /// `/learn` by its content: the server, and whether the answer said that it was stored.
    pub(super) learned: BTreeMap<String, (u64, Answer)>,
    /// Servers that the bot was invited to.
    pub(super) joined: Vec<u64>,
    /// A channel of the first server.
    pub(super) first_channel: String,
}

/// What the user of a command saw.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    /// The entry is stored.
    Stored,
    /// Something else, such as that the text is known already.
    Other,
    /// The application did not respond.
    Nothing,
}

/// The running load.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Result<Sent>>>,
    first_channel: String,
}

impl Load {
    /// Turns the counting of messages on in the example servers, and begins.
    pub(super) async fn start(control: Control, seed: u64) -> Result<Self> {
        let guilds = [example::BOOK_CLUB, example::MAKERS, example::GAMES];
        let mut channels = Vec::new();
        for guild in guilds {
            let channel = text_channel(&control, &example::ADA.to_string(), &guild.to_string()).await?;
            let options = json!([
                { "name": "feature", "type": 3, "value": "statistics" },
                { "name": "enabled", "type": 5, "value": true },
            ]);
            let answer = command(&control, &channel, "server_config", options).await?;
            if answer["state"] != "responded" {
                bail!("the bot did not turn statistics on: {answer}");
            }
            channels.push((guild, channel));
        }
        let first_channel = channels[0].1.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let writers = channels
            .iter()
            .cloned()
            .map(|(guild, channel)| tokio::spawn(write(control.clone(), Arc::clone(&stop), guild, channel)));
        let mut tasks: Vec<_> = writers.collect();
        tasks.push(tokio::spawn(invite_and_teach(control, Arc::clone(&stop), seed)));
        Ok(Self { stop, tasks, first_channel })
    }

    /// Ends the load and tells what it sent.
    pub(super) async fn stop(self) -> Result<Sent> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Sent { first_channel: self.first_channel, ..Sent::default() };
        for task in self.tasks {
            let sent = task.await.context("a part of the load ended early")??;
            all.messages.extend(sent.messages);
            all.learned.extend(sent.learned);
            all.joined.extend(sent.joined);
        }
        Ok(all)
    }
}

/// Writes messages into one server, in the name of each member in turn.
async fn write(control: Control, stop: Arc<AtomicBool>, guild: u64, channel: String) -> Result<Sent> {
    let authors = [example::ADA, example::GRACE, example::LINUS, example::MARGARET];
    let mut sent = Sent::default();
    for (number, author) in authors.iter().cycle().enumerate() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let path = format!("/as/{author}/channels/{channel}/messages");
        control.post(&path, json!({ "content": format!("Message {number} of the load.") })).await?;
        *sent.messages.entry((guild, *author)).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    Ok(sent)
}

/// Makes new servers, invites the bot, and teaches it a few things there.
async fn invite_and_teach(control: Control, stop: Arc<AtomicBool>, start: u64) -> Result<Sent> {
    let random = Seeded::new(start ^ 0x10AD);
    let mut sent = Sent::default();
    let mut number = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        let name = format!("Crash Server {}", sent.joined.len());
        let body = json!({ "name": name, "owner_id": example::ADA.to_string(), "channels": ["general"] });
        let guild: u64 = text(&control.post("/guilds", body).await?, "id")?.parse()?;
        control.post(&format!("/guilds/{guild}/bots/{}", example::APPLICATION), json!({})).await?;
        sent.joined.push(guild);
        let channel = text_channel(&control, &example::ADA.to_string(), &guild.to_string()).await?;
        for _ in 0..=random.below(u64::from(ENTRIES_PER_SERVER / 6)) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            number += 1;
            let content = format!("Fact number {number} of the load.");
            let options = json!([{ "name": "content", "type": 3, "value": content }]);
            let answer = command(&control, &channel, "learn", options).await?;
            let seen = match answer["state"].as_str() {
                Some("responded") if answer["ephemeral"] == false => Answer::Stored,
                Some("responded") => Answer::Other,
                _ => Answer::Nothing,
            };
            sent.learned.insert(content, (guild, seen));
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
    Ok(sent)
}

/// Runs a command in the name of Ada and waits for what she sees: the state of the interaction.
pub(in crate::commands::bench) async fn command(
    control: &Control,
    channel: &str,
    name: &str,
    options: Value,
) -> Result<Value> {
    let path = format!("/as/{}/channels/{channel}", example::ADA);
    let id = control
        .until(&format!("{path}/commands"), Duration::from_secs(20), |commands| {
            let list = commands.as_array().or_else(|| commands["commands"].as_array())?;
            let command = list.iter().find(|command| command["name"] == name)?;
            command["id"].as_str().map(str::to_owned)
        })
        .await?;
    let application = example::APPLICATION.to_string();
    let command =
        json!({ "application_id": application, "command_id": id, "name": name, "options": options });
    let body = json!({ "command": command });
    let interaction = control.post(&format!("{path}/interactions"), body).await?;
    let id = text(&interaction, "interaction_id")?;
    // A deferred answer is not the end of it.
    control
        .until(&format!("/interactions/{id}?wait=3500"), Duration::from_secs(20), |state| {
            let settled = !matches!(state["state"].as_str(), Some("pending" | "acknowledged" | "deferred"));
            settled.then(|| state.clone())
        })
        .await
}

/// The first channel of a server that holds text.
pub(in crate::commands::bench) async fn text_channel(
    control: &Control,
    user: &str,
    guild: &str,
) -> Result<String> {
    let seen = control.get(&format!("/as/{user}/guilds/{guild}")).await?;
    let channels = seen["channels"].as_array().into_iter().flatten();
    let text = channels.filter(|channel| channel["type"] == 0).find_map(|channel| channel["id"].as_str());
    Ok(text.context("the server has no text channel")?.to_owned())
}
