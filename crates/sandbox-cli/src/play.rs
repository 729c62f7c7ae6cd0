//! `guildhall sandbox run` and `check`: scenario files, played against any bot like tests.

use std::{collections::VecDeque, path::Path, process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use guildhall_sandbox::{
    Bot, Options, Sandbox, Seed,
    scenario::{self, Report, Scenario, Stage, StepReport},
};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
};

use crate::args::{CheckArgs, PlayArgs};

/// Lines of the bot that are shown when a scenario fails.
const KEPT_LINES: usize = 30;

/// How long a bot that somebody starts by hand may take.
const BY_HAND: Duration = Duration::from_mins(10);

/// How long a step may still take when the bot has ended.
const GRACE: Duration = Duration::from_secs(1);

pub(super) fn check(args: &CheckArgs) -> Result<()> {
    let mut wrong = 0;
    for file in &args.files {
        let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        let found = scenario::check(&text);
        wrong += found.len();
        for what in &found {
            println!("{}: {what}", file.display());
        }
        if found.is_empty() {
            println!("{}: ok", file.display());
        }
    }
    if wrong > 0 {
        bail!("mistakes: {wrong}");
    }
    Ok(())
}

pub(super) async fn run(args: &PlayArgs) -> Result<()> {
    let mut reports = Vec::new();
    for file in &args.files {
        let report = one(args, file).await.with_context(|| format!("play {}", file.display()))?;
        reports.push(report);
    }
    if args.json {
        let all: Vec<_> = reports.iter().map(Report::to_json).collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
    }
    if let Some(path) = &args.junit {
        std::fs::write(path, Report::junit(&reports)).with_context(|| format!("write {}", path.display()))?;
    }
    let failed = reports.iter().filter(|report| !report.passed()).count();
    if failed > 0 {
        bail!("{failed} of {} scenarios failed", reports.len());
    }
    if !args.json {
        println!("scenarios passed: {}", reports.len());
    }
    Ok(())
}

async fn one(args: &PlayArgs, file: &Path) -> Result<Report> {
    let text = std::fs::read_to_string(file)?;
    let wrong = scenario::check(&text);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    let scenario = Scenario::read(&text)?;
    let options =
        Options { listen: args.listen, seed: Seed::Empty, journal_body: 64 * 1024, ..Options::default() };
    let sandbox = Sandbox::start(options).await?;
    let mut stage = Stage::set(&sandbox, &scenario).await?;
    let say = |line: String| {
        if !args.json {
            println!("{line}");
        }
    };
    say(format!("{}: {}", file.display(), scenario.name));
    let mut process = None;
    match (&args.command[..], stage.bot()) {
        ([program, words @ ..], Some(bot)) => {
            let command = environment(program, words, &sandbox, bot, stage.guild());
            process = Some(Process::start(command).with_context(|| format!("start {program}"))?);
        }
        (_, Some(bot)) => {
            say(format!(
                "  start the bot with SANDBOX_REST={} DISCORD_TOKEN={}",
                sandbox.rest_url(),
                bot.token
            ));
            stage.wait_for_bot(BY_HAND);
        }
        _ => {}
    }
    let name = file.display().to_string();
    let playing = stage.play(&name, |step| say(shown(step)));
    let report = match &mut process {
        None => playing.await,
        Some(process) => process.beside(playing).await?,
    };
    if let (false, Some(process)) = (report.passed(), &process) {
        for line in process.lines.lock().iter() {
            eprintln!("  bot: {line}");
        }
    }
    if report.skipped > 0 {
        say(format!("  {} steps were not played", report.skipped));
    }
    drop(process);
    sandbox.shutdown().await;
    Ok(report)
}

fn shown(step: &StepReport) -> String {
    let ms = step.took.as_millis();
    match &step.failed {
        None => format!("  ok     line {}: {} ({ms} ms)", step.line, step.what),
        Some(seen) => format!("  FAILED line {}: {} ({ms} ms)\n         {seen}", step.line, step.what),
    }
}

/// The bot's command, told where the sandbox is and with what to log in.
pub(super) fn environment(
    program: &str,
    words: &[String],
    sandbox: &Sandbox,
    bot: &Bot,
    guild: Option<u64>,
) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    let (rest, gateway) = (sandbox.rest_url(), sandbox.gateway_url());
    for (name, value) in [
        ("SANDBOX_REST", rest.clone()),
        ("SANDBOX_GATEWAY", gateway.clone()),
        ("SANDBOX_CONTROL", format!("http://{}/control", sandbox.addr())),
        ("SANDBOX_TOKEN", bot.token.clone()),
        ("SANDBOX_GUILD", guild.map(|id| id.to_string()).unwrap_or_default()),
        ("DISCORD_TOKEN", bot.token.clone()),
        // So that this program can be the bot.
        ("GUILDHALL_DISCORD__REST_URL", rest),
        ("GUILDHALL_DISCORD__GATEWAY_URL", gateway),
    ] {
        command.env(name, value);
    }
    command
}

/// A bot that runs, and what it wrote last. It ends with this.
pub(super) struct Process {
    child: Child,
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    pub(super) fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(keep(stdout, Arc::clone(&lines)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(keep(stderr, Arc::clone(&lines)));
        }
        Ok(Self { child, lines })
    }

    /// Plays for as long as the bot lives, and a little longer.
    async fn beside(&mut self, playing: impl Future<Output = Report>) -> Result<Report> {
        tokio::pin!(playing);
        let status = tokio::select! {
            report = &mut playing => return Ok(report),
            status = self.child.wait() => status?,
        };
        if let Ok(report) = tokio::time::timeout(GRACE, playing).await {
            return Ok(report);
        }
        let last: Vec<String> = self.lines.lock().iter().cloned().collect();
        bail!("the bot ended before the scenario did ({status}); it wrote:\n{}", last.join("\n"))
    }
}

async fn keep(pipe: impl AsyncRead + Unpin, lines: Arc<Mutex<VecDeque<String>>>) {
    let mut reader = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = reader.next_line().await {
        let mut lines = lines.lock();
        lines.push_back(line);
        if lines.len() > KEPT_LINES {
            lines.pop_front();
        }
    }
}
