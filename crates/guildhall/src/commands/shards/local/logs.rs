//! `guildhall shards logs`: what the processes of this machine have logged, of one of them or of all in the order of
//! time.

use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    io::{BufRead as _, BufReader, Seek as _, SeekFrom},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use regex::Regex;
use serde_json::Value;

use super::{Local, spawn::OUTPUT};
use crate::{cli::ShardsLogsArgs, commands::logs::readable, config::Loaded, log};

/// How often it is looked for what is new.
const EVERY: Duration = Duration::from_millis(250);

/// Which lines are wanted.
struct Wanted {
    pattern: Option<Regex>,
    shard: Option<u64>,
}

/// A line, and whose it is.
#[derive(Debug)]
struct Line {
    /// As it is logged; empty for what is printed.
    at: String,
    process: u32,
    text: String,
}

/// How far each file was read.
#[derive(Default)]
struct Reader(HashMap<PathBuf, u64>);

pub(in crate::commands::shards) async fn logs(args: &ShardsLogsArgs, loaded: &Loaded) -> Result<()> {
    let local = Local::new(loaded)?;
    let numbers: Vec<u32> = local.chosen(args.process)?.iter().map(|record| record.number).collect();
    if numbers.is_empty() {
        bail!("no process was ever started here\nhint: `guildhall shards start` starts some");
    }
    let pattern = args.grep.as_deref().map(Regex::new).transpose().context("the pattern cannot be used")?;
    let wanted = Wanted { pattern, shard: args.shard };
    let mut reader = Reader::default();
    let mut lines = Vec::new();
    for number in &numbers {
        lines.extend(reader.newest(&local, *number, &wanted, args.lines)?);
    }
    lines.sort_by(|one, other| one.at.cmp(&other.at));
    let found = lines.len();
    for line in lines.into_iter().skip(found.saturating_sub(args.lines)) {
        print(args, &line);
    }
    if !args.follow {
        if found == 0 {
            bail!("nothing in the logs of {} processes matches", numbers.len());
        }
        return Ok(());
    }
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            end = tokio::signal::ctrl_c() => return end.context("cannot listen for Ctrl-C"),
        }
        let mut fresh = Vec::new();
        for number in &numbers {
            fresh.extend(reader.newest(&local, *number, &wanted, usize::MAX)?);
        }
        fresh.sort_by(|one, other| one.at.cmp(&other.at));
        for line in &fresh {
            print(args, line);
        }
    }
}

fn print(args: &ShardsLogsArgs, line: &Line) {
    let text = if args.json { line.text.clone() } else { readable(&line.text) };
    if args.all {
        println!("{} | {text}", line.process);
    } else {
        println!("{text}");
    }
}

impl Reader {
    /// The newest wanted lines of a process that were not read yet: what it logged, and what it printed before or
    /// beside that, such as why it could not start.
    fn newest(
        &mut self,
        local: &Local<'_>,
        process: u32,
        wanted: &Wanted,
        most: usize,
    ) -> Result<VecDeque<Line>> {
        let home = local.home(process);
        let mut found = VecDeque::new();
        let printed = home.join(OUTPUT);
        let files = log::files(&home)?.into_iter().chain(printed.exists().then_some(printed));
        for path in files {
            let fault = || format!("cannot read `{}`", path.display());
            let mut file = File::open(&path).with_context(fault)?;
            let at = self.0.entry(path.clone()).or_default();
            // A file that was begun anew.
            if file.metadata().with_context(fault)?.len() < *at {
                *at = 0;
            }
            file.seek(SeekFrom::Start(*at)).with_context(fault)?;
            let mut file = BufReader::new(file);
            let mut bytes = Vec::new();
            loop {
                bytes.clear();
                let read = file.read_until(b'\n', &mut bytes).with_context(fault)?;
                // A line that is not whole yet is read the next time.
                if read == 0 || bytes.last() != Some(&b'\n') {
                    break;
                }
                *at += read as u64;
                let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                if wanted.takes(&text) {
                    if found.len() >= most {
                        found.pop_front();
                    }
                    found.push_back(Line { at: moment(&text), process, text });
                }
            }
        }
        Ok(found)
    }
}

impl Wanted {
    fn takes(&self, line: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(line))
            && self.shard.is_none_or(|shard| of_shard(line, shard))
    }
}

/// Whether a line names this shard.
fn of_shard(line: &str, shard: u64) -> bool {
    let Ok(line) = serde_json::from_str::<Value>(line) else { return false };
    let spans = line["spans"].as_array().into_iter().flatten();
    spans.chain([&line, &line["span"]]).any(|part| {
        let named = &part["shard"];
        named.as_u64() == Some(shard) || named.as_str().is_some_and(|text| text.parse() == Ok(shard))
    })
}

/// When a line was logged, so that it can be compared with others.
fn moment(line: &str) -> String {
    let line: Option<Value> = serde_json::from_str(line).ok();
    line.and_then(|line| line["timestamp"].as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_their_shard_and_by_a_pattern() {
        let line = r#"{"timestamp":"2026-11-20T10:00:00Z","message":"resumed","shard":3}"#;
        let spanned = r#"{"timestamp":"2026-11-20T10:00:00Z","message":"x","span":{"shard":"3"}}"#;
        for (line, shard, takes) in
            [(line, 3, true), (spanned, 3, true), (line, 33, false), ("plain", 3, false)]
        {
            assert_eq!(Wanted { pattern: None, shard: Some(shard) }.takes(line), takes, "{line}");
        }
        let pattern = |words: &str| Wanted { pattern: Some(Regex::new(words).unwrap()), shard: None };
        assert!(pattern("resum(ed|ing)").takes(line) && !pattern("identif").takes(line));
        assert_eq!(moment(line), "2026-11-20T10:00:00Z");
        assert_eq!(moment("error: the port is taken"), "");
    }
}
