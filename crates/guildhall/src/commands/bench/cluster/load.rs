//! The load: messages that a feature counts, at an even pace over many servers, and commands whose answers are timed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::random::{Random as _, Seeded};
use guildhall_sandbox::{Engine, Sandbox, example, model::Message};
use guildhall_store::{OperatorPath, OperatorStatement, operator, params};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::fleet::Fleet;
use crate::{
    cli::ClusterArgs,
    commands::bench::{
        control::Control,
        crash::{
            load::{command, text_channel},
            verdict::Effects,
        },
        stage::text,
    },
};

/// A command every so often.
const COMMAND_EVERY: Duration = Duration::from_millis(100);

/// How long the last events may take to be counted.
const SETTLE: Duration = Duration::from_mins(1);

/// How long it may take until every process has heard what a server chose.
const HEARD_WITHIN: Duration = Duration::from_secs(3);

const COUNTED: OperatorStatement = operator(
    "bench_counted",
    "SELECT CAST(COALESCE(SUM(messages), 0) AS BIGINT) AS messages FROM message_member_day",
);

/// What was sent, and what the senders saw.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Messages by server and author.
    pub(super) messages: BTreeMap<(u64, u64), u64>,
    /// `/learn` by its content, and whether the answer said that it was stored.
    pub(super) learned: BTreeMap<String, bool>,
    /// From a command to what its user saw.
    pub(super) answers: Vec<Duration>,
    /// Commands that were not answered.
    pub(super) unanswered: u64,
    /// Messages a second.
    pub(super) rate: f64,
    /// New servers, and the welcomes in them.
    pub(super) welcomes: Effects,
}

/// Messages by server and author, and how many a second.
type Written = (BTreeMap<(u64, u64), u64>, f64);

/// The running load.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    writing: JoinHandle<Written>,
    asking: JoinHandle<Result<Sent>>,
}

impl Load {
    /// Makes servers with the bot, turns the counting of messages on in each, and begins.
    pub(super) async fn start(sandbox: &Sandbox, control: Control, args: &ClusterArgs) -> Result<Self> {
        let mut places = Vec::new();
        for number in 0..args.guilds {
            let body = json!({
                "name": format!("Cluster Server {number}"),
                "owner_id": example::ADA.to_string(),
                "channels": ["general"],
            });
            let guild: u64 = text(&control.post("/guilds", body).await?, "id")?.parse()?;
            control.post(&format!("/guilds/{guild}/bots/{}", example::APPLICATION), json!({})).await?;
            places
                .push((guild, text_channel(&control, &example::ADA.to_string(), &guild.to_string()).await?));
        }
        let count = json!([
            { "name": "feature", "type": 3, "value": "statistics" },
            { "name": "enabled", "type": 5, "value": true },
        ]);
        for (guild, channel) in &places {
            let answer = command(&control, channel, "server_config", count.clone()).await?;
            if answer["state"] != "responded" {
                bail!("the bot did not turn statistics on in {guild}: {answer}");
            }
        }
        if args.workers > 0 {
            // What a server chooses is heard of by the other processes within two seconds.
            tokio::time::sleep(HEARD_WITHIN).await;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let writing =
            tokio::spawn(write(Arc::clone(sandbox.engine()), places.clone(), args.rate, Arc::clone(&stop)));
        let asking = tokio::spawn(ask(control, places, args.seed, Arc::clone(&stop)));
        Ok(Self { stop, writing, asking })
    }

    /// Ends the load, waits until the bot has worked it off, and tells what was sent.
    pub(super) async fn stop(self, fleet: &Fleet) -> Result<Sent> {
        self.stop.store(true, Ordering::Relaxed);
        let (messages, rate) = self.writing.await.context("the writing ended early")?;
        let mut sent = self.asking.await.context("the commands ended early")??;
        let wanted: u64 = messages.values().sum();
        let deadline = Instant::now() + SETTLE;
        let mut found = 0;
        while found < wanted && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let mut read = fleet.store().read().await?;
            let row = read.operator(OperatorPath::Diagnosis).fetch_one(&COUNTED, params![]).await?;
            found = row.get("messages")?;
        }
        // One that were doubled would come now.
        tokio::time::sleep(Duration::from_secs(2)).await;
        (sent.messages, sent.rate) = (messages, rate);
        Ok(sent)
    }
}

/// Writes `rate` messages a second, in the name of each member of each server in turn.
async fn write(engine: Arc<Engine>, places: Vec<(u64, String)>, rate: u64, stop: Arc<AtomicBool>) -> Written {
    let places: Vec<(u64, u64)> =
        places.iter().filter_map(|(guild, channel)| Some((*guild, channel.parse().ok()?))).collect();
    let (mut sent, mut done) = (BTreeMap::new(), 0_u64);
    let began = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let due = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) * rate / 1_000;
        while done < due {
            let (guild_id, channel_id) = places[usize::try_from(done).unwrap_or_default() % places.len()];
            let author_id = example::ADA;
            let content = format!("Message {done} of the load.");
            let message = Message { channel_id, author_id, content, ..Message::default() };
            if engine.try_apply(|world, now| world.create_message(message, now)).is_ok() {
                *sent.entry((guild_id, author_id)).or_default() += 1;
            }
            done += 1;
        }
    }
    (sent, done as f64 / began.elapsed().as_secs_f64())
}

/// Uses commands: some that are answered at once, and some whose effect is stored.
async fn ask(control: Control, places: Vec<(u64, String)>, seed: u64, stop: Arc<AtomicBool>) -> Result<Sent> {
    let random = Seeded::new(seed ^ 0xA5C);
    let mut sent = Sent::default();
    let mut number = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep(COMMAND_EVERY).await;
        let at = usize::try_from(random.below(places.len() as u64)).unwrap_or_default();
        let (_, channel) = &places[at];
        number += 1;
        let (name, options, content) = if number.is_multiple_of(4) {
            let content = format!("Fact number {number} of the cluster's load.");
            ("learn", json!([{ "name": "content", "type": 3, "value": content }]), Some(content))
        } else {
            ("ping", json!([]), None)
        };
        let asked = Instant::now();
        let answer = command(&control, channel, name, options).await?;
        let took = asked.elapsed();
        let answered = answer["state"] == "responded";
        if answered {
            sent.answers.push(took);
        } else {
            sent.unanswered += 1;
        }
        if let Some(content) = content {
            sent.learned.insert(content, answered && stored(&answer));
        }
    }
    Ok(sent)
}

/// Whether the answer says that the entry is kept; a refusal is for its user alone.
fn stored(answer: &Value) -> bool {
    answer["ephemeral"] == false
}
