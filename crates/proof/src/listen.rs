//! Hears every log line, and on whose behalf it was written.

use std::{fmt::Write as _, sync::Arc};

use parking_lot::Mutex;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

tokio::task_local! {
    /// The guild that a task works for.
    pub(crate) static GUILD: u64;
}

/// A line, and the guild on whose behalf it was written.
pub(crate) type Said = (Option<u64>, String);

/// What was heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Said>>>);

impl Heard {
    /// The lines since the last call.
    pub(crate) fn take(&self) -> Vec<Said> {
        std::mem::take(&mut self.0.lock())
    }

    /// The same line, written by the proof in the name of the runtime.
    pub(crate) fn say(&self, guild: u64, line: String) {
        self.0.lock().push((Some(guild), line));
    }

    fn hear(&self, line: String) {
        let guild = GUILD.try_with(|guild| *guild).ok();
        self.0.lock().push((guild, line));
    }
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        // Ours down to what helps to find faults; of libraries what is on by default. The database's driver
        // tells each statement below that, and nobody switches it on for long.
        let ours = target.starts_with("guildhall");
        if level > tracing::Level::DEBUG || (!ours && level > tracing::Level::INFO) {
            return;
        }
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        self.hear(line.0);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        let mut line = Line(attributes.metadata().name().to_owned());
        attributes.record(&mut line);
        self.hear(line.0);
    }

    fn on_record(&self, _span: &Id, values: &Record<'_>, _context: Context<'_, S>) {
        let mut line = Line::default();
        values.record(&mut line);
        self.hear(line.0);
    }
}
