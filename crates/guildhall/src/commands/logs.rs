//! `guildhall logs`: finds what the log files say, above all by the reference of an error reply.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::reference::RefId;
use serde_json::{Map, Value};

use crate::{cli::LogsArgs, log};

pub(crate) fn run(args: &LogsArgs, data: &Path) -> Result<()> {
    let reference = args.reference.as_deref().map(str::parse::<RefId>).transpose()?;
    let files = log::files(data)?;
    if files.is_empty() {
        bail!(
            "there are no log files in `{}`\nhint: the folder is `storage.folder` of the configuration",
            log::folder(data).display()
        );
    }
    // The field and not the bare characters: ids of servers and people hold many a reference by chance.
    let named = reference.map(|reference| format!("\"ref\":\"{reference}\""));
    let wanted = |line: &str| {
        named.as_deref().is_none_or(|field| line.contains(field))
            && args.grep.as_deref().is_none_or(|words| line.contains(words))
    };
    let mut found = VecDeque::with_capacity(args.last.min(10_000));
    for path in &files {
        let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
        for line in BufReader::new(file).lines() {
            let line = line.with_context(|| format!("cannot read `{}`", path.display()))?;
            if wanted(&line) {
                if found.len() == args.last {
                    found.pop_front();
                }
                found.push_back(line);
            }
        }
    }
    if found.is_empty() {
        bail!("nothing in {} log files matches", files.len());
    }
    for line in found {
        println!("{}", if args.json { line } else { readable(&line) });
    }
    Ok(())
}

/// A stored line for people: time, level and message first, then the fields, each on its own line.
pub(super) fn readable(line: &str) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(line) else {
        return line.to_owned();
    };
    let mut take = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut shown = format!("{} {:5} {}", take("timestamp"), take("level"), take("message"));
    let fields: Map<String, Value> = fields;
    for (name, value) in fields {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(shown, "\n    {name}: {value}");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_with_its_fields() {
        let line = r#"{"timestamp":"2026-11-20T10:00:00Z","level":"ERROR","message":"a command failed","ref":"7K3M9QXZ","cause":"disk full"}"#;
        let shown = readable(line);
        assert!(shown.starts_with("2026-11-20T10:00:00Z ERROR a command failed"), "{shown}");
        assert!(shown.contains("\n    ref: 7K3M9QXZ"), "{shown}");
        assert_eq!(readable("not json"), "not json");
    }
}
