//! `guildhall sandbox --record` and `replay`: a session written down, and played again.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use guildhall_sandbox::{
    Options, Sandbox, Seed,
    recording::{Recorder, Replay},
};
use serde_json::json;
use tokio::{fs::File, io::AsyncWriteExt as _};

use super::play::{Process, environment};
use crate::args::ReplayArgs;

/// Bytes of a body that are kept, so that recorded bodies are whole.
pub(super) const WHOLE: usize = 4 * 1024 * 1024;

/// Writes down what happens, for as long as the sandbox runs.
pub(super) async fn write(mut recorder: Recorder, path: &Path) -> Result<()> {
    let mut file = File::create(path).await.with_context(|| format!("write {}", path.display()))?;
    file.write_all(format!("{}\n", recorder.header()).as_bytes()).await?;
    loop {
        for line in recorder.take() {
            file.write_all(format!("{line}\n").as_bytes()).await?;
        }
        file.flush().await?;
        recorder.changed().await;
    }
}

pub(super) async fn replay(args: &ReplayArgs) -> Result<()> {
    let text =
        std::fs::read_to_string(&args.file).with_context(|| format!("read {}", args.file.display()))?;
    let options =
        Options { listen: args.listen, seed: Seed::Empty, journal_body: WHOLE, ..Options::default() };
    let sandbox = Sandbox::start(options).await?;
    let replay = Replay::begin(&sandbox, &text).await?;
    let mut process = None;
    if let Some(bot) = replay.bot() {
        let guild = sandbox.engine().read(|world| world.guilds_of(bot.user).map(|guild| guild.id).min());
        match &args.command[..] {
            [program, words @ ..] => {
                let command = environment(program, words, &sandbox, &bot, guild);
                process = Some(Process::start(command).with_context(|| format!("start {program}"))?);
            }
            [] => println!(
                "start the bot within ten seconds with SANDBOX_REST={} DISCORD_TOKEN={}",
                sandbox.rest_url(),
                bot.token
            ),
        }
    }
    let report = replay.play(args.original_speed).await;
    drop(process);
    sandbox.shutdown().await;
    if args.json {
        let differences: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        let all = json!({ "done": report.done, "calls": report.calls, "differences": differences });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        report.differences.iter().for_each(|difference| println!("{difference}"));
        println!("{} things done, {} calls as recorded or nearly", report.done, report.calls);
    }
    match report.differences.len() {
        0 => Ok(()),
        count => bail!("{count} differences"),
    }
}
