//! Takes over a generated database twice: at a stretch, and killed again and again. Both times the report
//! must be exactly what was planted.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::id::GuildId;
use guildhall_import::{
    Report,
    generate::{self, Planted, Recipe, Shape},
};
use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::table;
use crate::cli::ImportBenchArgs;

/// The server that the rows are for.
const GUILD: u64 = 897_814_031_346_319_382;

/// One way in which the database was taken over.
#[derive(Debug, Serialize)]
struct Figures {
    kills: u32,
    seconds: f64,
    rows_per_second: f64,
    /// How the report differs from what was planted.
    differences: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Verdict {
    rows: u64,
    megabytes: f64,
    flawed: usize,
    at_a_stretch: Figures,
    killed: Figures,
    /// Whether both gave the same checksums.
    same: bool,
}

pub(crate) async fn run(args: &ImportBenchArgs) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let file = folder.path().join("old.db");
    eprintln!("making a database of {} rows", args.rows);
    let guild = GuildId::new(GUILD).context("a server has an id")?;
    let recipe = Recipe { rows: args.rows, seed: args.seed, shape: Shape::Before, guild };
    let planted = generate::run(&file, &recipe).await?;
    let rows = planted.tables.values().map(|table| table.rows).sum();
    eprintln!("taking it over at a stretch");
    let (at_a_stretch, first) = import(folder.path(), "whole", &planted, rows, 0).await?;
    eprintln!("taking it over with {} kills", args.kills);
    let (killed, second) = import(folder.path(), "killed", &planted, rows, args.kills).await?;
    let verdict = Verdict {
        rows,
        megabytes: file.metadata()?.len() as f64 / 1e6,
        flawed: planted.notes.len(),
        same: first.tables == second.tables,
        at_a_stretch,
        killed,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&verdict)?);
    } else {
        let row = |name: &str, figures: &Figures| {
            vec![
                name.to_owned(),
                figures.kills.to_string(),
                format!("{:.1}", figures.seconds),
                format!("{:.0}", figures.rows_per_second),
                figures.differences.len().to_string(),
            ]
        };
        let rows = [row("at a stretch", &verdict.at_a_stretch), row("killed", &verdict.killed)];
        table::print(&["run", "kills", "seconds", "rows a second", "differences"], &rows);
        println!("\n{} rows, {:.0} MB, {} with a flaw", verdict.rows, verdict.megabytes, verdict.flawed);
    }
    if !verdict.at_a_stretch.differences.is_empty() || !verdict.killed.differences.is_empty() || !verdict.same
    {
        bail!("an import did not take what it should: {verdict:?}")
    }
    Ok(())
}

/// Imports into a folder of its own with this many kills, evenly spread over the rows.
async fn import(
    folder: &Path,
    data: &str,
    planted: &Planted,
    rows: u64,
    kills: u32,
) -> Result<(Figures, Report)> {
    let started = Instant::now();
    let mut killed = 0;
    let report = loop {
        let mut child = start(folder, data)?;
        let stderr = BufReader::new(child.stderr.take().context("the child has no standard error")?);
        let goal = (killed < kills).then(|| rows * u64::from(killed + 1) / u64::from(kills + 1));
        match until(stderr, goal).await? {
            None => {
                child.start_kill()?;
                child.wait().await?;
                killed += 1;
            }
            Some(said) => break finished(child, &said, folder).await?,
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let figures = Figures {
        kills: killed,
        seconds,
        rows_per_second: rows as f64 / seconds,
        differences: planted.differences(&report),
    };
    Ok((figures, report))
}

/// This very program, with nothing of the environment but what it needs.
fn start(folder: &Path, data: &str) -> Result<Child> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let mut command = Command::new(program);
    command.args(["import", "legacy", "old.db", "--guild", &GUILD.to_string(), "--json", "--follow"]);
    command.env_clear().env("GUILDHALL_STORAGE__FOLDER", folder.join(data)).current_dir(folder);
    command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    // The report is long; a file takes it whether somebody reads or not.
    command.stdout(std::fs::File::create(folder.join("report.json"))?);
    command.spawn().context("cannot start the import")
}

/// Reads until the import has reached the goal, or ends: then what it said last.
async fn until(stderr: BufReader<tokio::process::ChildStderr>, goal: Option<u64>) -> Result<Option<String>> {
    let mut lines = stderr.lines();
    let mut last = String::new();
    while let Some(line) = lines.next_line().await? {
        let read = line.strip_prefix("read ").and_then(|read| read.parse::<u64>().ok());
        if let (Some(read), Some(goal)) = (read, goal)
            && read >= goal
        {
            return Ok(None);
        }
        if read.is_none() {
            last.push_str(&line);
            last.push('\n');
        }
    }
    Ok(Some(last))
}

async fn finished(mut child: Child, said: &str, folder: &Path) -> Result<Report> {
    let ended = tokio::time::timeout(Duration::from_mins(1), child.wait()).await;
    let status = ended.context("the import does not end")??;
    if !status.success() {
        bail!("the import failed:\n{said}");
    }
    let report = std::fs::read(folder.join("report.json"))?;
    serde_json::from_slice(&report).context("read the report of the import")
}
