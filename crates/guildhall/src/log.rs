//! What is logged: lines on the terminal (standard error), and JSON lines in the data folder, one file a
//! day, which `guildhall logs` searches.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{Log, LogFormat};

const PREFIX: &str = "guildhall";
const SUFFIX: &str = "jsonl";

/// The folder of the log files.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("logs")
}

/// The log files, oldest first.
pub(crate) fn files(data: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder(data);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", folder.display())),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == SUFFIX))
        .collect();
    // The names carry the date, so their order is that of time.
    files.sort();
    Ok(files)
}

/// Starts logging. The guard writes out what is pending when it is dropped.
pub(crate) fn start(log: &Log, data: &Path) -> Result<Option<WorkerGuard>> {
    let filter = || {
        EnvFilter::try_new(&log.level).with_context(|| format!("`log.level` cannot be used: `{}`", log.level))
    };
    let colours = std::io::stderr().is_terminal();
    let terminal = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let terminal = match log.format {
        LogFormat::Text => terminal.with_target(false).with_filter(filter()?).boxed(),
        LogFormat::Json => terminal.json().flatten_event(true).with_filter(filter()?).boxed(),
    };
    let terminal = log.terminal.then_some(terminal);
    let (file, guard) = match log.keep_days {
        0 => (None, None),
        days => {
            let folder = folder(data);
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("cannot create the log folder `{}`", folder.display()))?;
            let appender = RollingFileAppender::builder()
                .rotation(Rotation::DAILY)
                .filename_prefix(PREFIX)
                .filename_suffix(SUFFIX)
                .max_log_files(days as usize)
                .build(&folder)
                .with_context(|| format!("cannot write a log file into `{}`", folder.display()))?;
            let (writer, guard) = tracing_appender::non_blocking(appender);
            let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer);
            (Some(layer.with_filter(filter()?)), Some(guard))
        }
    };
    tracing_subscriber::registry().with(terminal).with(file).init();
    Ok(guard)
}
