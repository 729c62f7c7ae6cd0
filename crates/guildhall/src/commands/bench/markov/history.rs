//! `/train` from the history of a channel with millions of messages: what commands notice of it, and whether the time
//! that it says is left is right.

mod estimate;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use self::estimate::{Estimates, Right};
use crate::{
    cli::MarkovHistoryArgs,
    commands::bench::{
        stage::{Client, Scene, Stage},
        table::{self, percentile},
    },
    parts::World,
};

/// Servers of the bot; commands are used in all of them.
const GUILDS: u32 = 10;
/// How often the training is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Seconds of one series of commands while the training runs.
const SERIES: u32 = 5;
/// A training that does not move for so long has come to a halt.
const PATIENCE: Duration = Duration::from_mins(2);
/// Requests a second over all routes, at the sandbox and by the bot's own limit, beside those for pages.
const OTHERS: u32 = 100;

const READ: &str = "guildhall_markov_training_messages_total{source=\"history\"";
const LEARNED: &str = "guildhall_markov_learned_messages_total{source=\"history\"";
const DONE: &str = "guildhall_markov_trainings_total{source=\"history\",stage=\"done\"";

#[derive(Debug, Serialize)]
struct Report {
    messages: u64,
    /// Pages a second that the sandbox allowed.
    allowed: u32,
    learned: f64,
    seconds: f64,
    pages_per_second: f64,
    before: Commands,
    meanwhile: Commands,
    time_left: Option<Right>,
    resident_before_mb: f64,
    resident_most_mb: f64,
}

/// What commands took.
#[derive(Debug, Default, Serialize)]
struct Commands {
    asked: u32,
    unanswered: u64,
    p50_ms: f64,
    p99_ms: f64,
    #[serde(skip)]
    millis: Vec<f64>,
}

impl Commands {
    fn add(&mut self, answer: &Value, asked: u32) -> Result<()> {
        let micros = answer["answered_us"].as_array().context("the sandbox measured nothing")?;
        self.millis.extend(micros.iter().filter_map(Value::as_f64).map(|micros| micros / 1_000.0));
        self.millis.sort_by(f64::total_cmp);
        self.asked += asked;
        self.unanswered += answer["unanswered"].as_u64().unwrap_or(0);
        (self.p50_ms, self.p99_ms) = (percentile(&self.millis, 0.5), percentile(&self.millis, 0.99));
        Ok(())
    }
}

pub(crate) async fn run(args: &MarkovHistoryArgs) -> Result<()> {
    let limits = json!({
        "global_requests": args.pages + OTHERS,
        "routes": { "GET /channels/{channel}/messages": [args.pages, 1_000] },
    });
    let scene = Scene::make(GUILDS, limits).await?;
    let rooms = Rooms::find(&scene).await?;
    let people = json!({ "count": args.authors, "pattern": "author{n}" });
    let people = scene.control.post(&format!("/guilds/{}/members/bulk", scene.guild), people).await?;
    let people: Vec<String> = texts(&people["ids"]);
    let past = json!({ "count": args.messages, "seed": super::SEED, "author_ids": people });
    scene.control.post(&format!("/channels/{}/archive", rooms.long), past).await?;
    let settings = [
        ("GUILDHALL_MARKOV__LEARNING_PERMISSION", "a benchmark against the sandbox".to_owned()),
        ("GUILDHALL_LIMITS__REQUESTS_PER_SECOND", (args.pages + OTHERS).to_string()),
    ];
    let stage = scene.play(Client::Guildhall, 1, &settings).await?;
    for author in &people {
        let level = json!([{ "name": "level", "type": 1, "options": [
            { "name": "level", "type": 3, "value": "permissive" },
        ]}]);
        once(&stage, author, &rooms.talk, "privacy", level).await?;
    }
    // What was said years ago would go by age while it is learned.
    let keep = json!([{ "name": "set", "type": 1, "options": [
        { "name": "class", "type": 3, "value": "messages" }, { "name": "days", "type": 4, "value": 0 },
    ]}]);
    once(&stage, &stage.user, &rooms.talk, "retention", keep).await?;
    let add = json!([{ "name": "add", "type": 1, "options": [
        { "name": "channel", "type": 7, "value": rooms.long },
    ]}]);
    once(&stage, &stage.user, &rooms.talk, "listen", add).await?;
    commands(&stage, &rooms, args.rate, 2).await?;

    eprintln!("commands alone");
    let mut before = Commands::default();
    let asked = args.rate * args.seconds;
    before.add(&commands(&stage, &rooms, args.rate, args.seconds).await?, asked)?;
    let resident_before_mb = stage.client.resident()? as f64 / 1e6;
    eprintln!("training from {} messages", args.messages);
    let trial = Trial { stage: &stage, rooms: &rooms, args };
    let Watched { seconds, meanwhile, resident, time_left } = trial.run().await?;
    let report = Report {
        messages: args.messages,
        allowed: args.pages,
        learned: stage.figure(LEARNED).await?,
        seconds,
        pages_per_second: args.messages as f64 / 100.0 / seconds,
        before,
        meanwhile,
        time_left,
        resident_before_mb,
        resident_most_mb: resident as f64 / 1e6,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show(&report);
    }
    let unanswered = report.before.unanswered + report.meanwhile.unanswered;
    #[expect(clippy::float_cmp, reason = "counts")]
    let all = report.learned == args.messages as f64;
    if !all || unanswered > 0 {
        bail!("{unanswered} commands were not answered, {} messages learned", report.learned);
    }
    Ok(())
}

/// Channels of the first server, and one of every server.
struct Rooms {
    /// The one with the long history.
    long: String,
    /// Where the training is told of.
    talk: String,
    /// Where commands are used.
    commands: Vec<String>,
}

impl Rooms {
    async fn find(scene: &Scene) -> Result<Self> {
        let guilds = scene.control.get(&format!("/as/{}/guilds", scene.user)).await?;
        let (mut own, mut commands) = (Vec::new(), Vec::new());
        for guild in guilds.as_array().into_iter().flatten() {
            let guild = guild["id"].as_str().context("a server has no id")?;
            let seen = scene.control.get(&format!("/as/{}/guilds/{guild}", scene.user)).await?;
            let channels = seen["channels"].as_array().into_iter().flatten();
            let text = channels.filter(|channel| channel["type"] == 0);
            let text: Vec<String> =
                text.filter_map(|channel| Some(channel["id"].as_str()?.to_owned())).collect();
            commands.extend(text.last().cloned());
            if guild == scene.guild {
                own = text;
            }
        }
        let [long, talk, ..] = own.as_slice() else { bail!("the server has too few channels") };
        Ok(Self { long: long.clone(), talk: talk.clone(), commands })
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
}

/// One command, answered.
async fn once(stage: &Stage, user: &str, channel: &str, name: &str, options: Value) -> Result<()> {
    stage.registered(user, channel, name).await?;
    let series = json!({
        "user_id": user, "channel_id": channel, "application_id": stage.application,
        "command": name, "options": options, "count": 1, "rate": 1,
    });
    let answer = stage.control.post("/series", series).await?;
    if answer["unanswered"] == 0 { Ok(()) } else { bail!("/{name} was not answered") }
}

/// Questions in every server, one after the other.
async fn commands(stage: &Stage, rooms: &Rooms, rate: u32, seconds: u32) -> Result<Value> {
    let series = json!({
        "user_id": stage.user, "channel_ids": rooms.commands, "application_id": stage.application,
        "command": "ask_knowledge", "options": [{ "name": "query", "type": 3, "value": "where is the river" }],
        "count": rate * seconds, "rate": rate,
    });
    stage.control.post("/series", series).await
}

struct Trial<'a> {
    stage: &'a Stage,
    rooms: &'a Rooms,
    args: &'a MarkovHistoryArgs,
}

/// What was seen while it ran.
struct Watched {
    seconds: f64,
    meanwhile: Commands,
    resident: u64,
    time_left: Option<Right>,
}

impl Trial<'_> {
    /// Begins the training, and uses commands until it is over.
    async fn run(&self) -> Result<Watched> {
        let started = Instant::now();
        once(self.stage, &self.stage.user, &self.rooms.talk, "train", json!([])).await?;
        let mut meanwhile = Commands::default();
        let rate = self.args.rate;
        let watch = self.watch(started);
        tokio::pin!(watch);
        let (estimates, resident, seconds) = loop {
            let series = commands(self.stage, self.rooms, rate, SERIES);
            tokio::pin!(series);
            tokio::select! {
                over = &mut watch => {
                    // The series that is under way was asked for: its answers count as well.
                    meanwhile.add(&series.await?, rate * SERIES)?;
                    break over?;
                }
                answer = &mut series => meanwhile.add(&answer?, rate * SERIES)?,
            }
        };
        Ok(Watched { seconds, meanwhile, resident, time_left: estimates.judged(seconds) })
    }

    /// Looks at the training until it is over: what it said was left, the bot's memory, and how long it took.
    async fn watch(&self, started: Instant) -> Result<(Estimates, u64, f64)> {
        let (mut estimates, clock) = (Estimates::default(), World::real().clock);
        let (mut resident, mut read, mut moved) = (0_u64, 0.0, Instant::now());
        loop {
            let spent = started.elapsed().as_secs_f64();
            resident = resident.max(self.stage.client.resident()?);
            let now_read = self.stage.figure(READ).await?;
            if now_read > read {
                (read, moved) = (now_read, Instant::now());
            } else if moved.elapsed() > PATIENCE {
                bail!("the training came to a halt after {read} messages");
            }
            if self.stage.figure(DONE).await? > 0.0 {
                return Ok((estimates, resident, spent));
            }
            let path = format!("/as/{}/channels/{}/messages?limit=10", self.stage.user, self.rooms.talk);
            let said = self.stage.control.get(&path).await?;
            for message in said.as_array().into_iter().flatten() {
                estimates.hear(message["content"].as_str().unwrap_or_default(), spent, clock.now());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn show(report: &Report) {
    let row = |name: &str, commands: &Commands| {
        vec![
            name.to_owned(),
            commands.asked.to_string(),
            commands.unanswered.to_string(),
            format!("{:.2}", commands.p50_ms),
            format!("{:.2}", commands.p99_ms),
        ]
    };
    table::print(
        &["commands", "asked", "unanswered", "p50 ms", "p99 ms"],
        &[row("alone", &report.before), row("beside the training", &report.meanwhile)],
    );
    println!(
        "\n{} messages read and {:.0} learned in {:.1} s: {:.1} pages a second of {} that the sandbox allowed",
        report.messages, report.learned, report.seconds, report.pages_per_second, report.allowed
    );
    println!(
        "resident: {:.0} MB before, {:.0} MB at the most",
        report.resident_before_mb, report.resident_most_mb
    );
    match &report.time_left {
        Some(right) => println!(
            "time left: {} estimates; wrong by {:.1} % in the median and {:.1} % at the most, while a tenth or more was left; within 20 %: {}",
            right.estimates,
            right.median * 100.0,
            right.worst * 100.0,
            if right.worst <= 0.2 { "yes" } else { "no" }
        ),
        None => println!("time left: over before it was said"),
    }
}
