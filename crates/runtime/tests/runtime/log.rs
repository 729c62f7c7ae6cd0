//! What was logged, for tests that look for reference ids.

use std::{
    io,
    sync::{Mutex, OnceLock},
};

use tracing_subscriber::fmt::MakeWriter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Maker;

impl MakeWriter<'_> for Maker {
    type Writer = Writer;

    fn make_writer(&self) -> Writer {
        Writer
    }
}

/// Starts to take notes.
pub(crate) fn start() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(Maker)
            .with_max_level(tracing::Level::INFO);
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    });
}

/// The lines with this field and value.
pub(crate) fn with(field: &str, value: &str) -> Vec<serde_json::Value> {
    let text = String::from_utf8(LINES.lock().unwrap().clone()).unwrap();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.filter(|line| line[field] == value).collect()
}
