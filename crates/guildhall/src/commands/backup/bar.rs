//! How far a backup or restore has come, on standard error where people look at it.

use guildhall_backup::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// A line that moves.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_prefix(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {bytes} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// To be told of the progress.
    pub(super) fn watch(&self) -> impl Fn(Progress) + Send + Sync + 'static {
        let bar = self.0.clone();
        move |progress: Progress| {
            bar.set_position(progress.bytes);
            if progress.rows > 0 {
                bar.set_message(format!("{} rows", HumanCount(progress.rows)));
            }
        }
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
