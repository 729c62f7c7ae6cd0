//! Figures of this process, under the names that Prometheus clients share. They are read from `/proc`,
//! so other systems than Linux show none.

use std::{fmt::Write as _, fs};

/// The kernel counts CPU time for programs in hundredths of a second on every platform it runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Figures of one process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Figures {
    resident_bytes: Option<f64>,
    cpu_seconds: Option<f64>,
    started_seconds: Option<f64>,
    open_files: Option<f64>,
}

/// The figures of this process as Prometheus reads them.
pub(crate) fn text() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let mut figures = figures(&read("/proc/self/stat"), &read("/proc/self/status"), &read("/proc/stat"));
    figures.open_files = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64);
    figures.to_text()
}

fn figures(stat: &str, status: &str, system: &str) -> Figures {
    // The name of the program stands in parentheses and may hold anything; fields count from behind it.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let field = |index: usize| fields.get(index)?.parse::<f64>().ok();
    let line = |text: &str, name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<f64>().ok())
    };
    let cpu = field(11).zip(field(12)).map(|(user, system)| (user + system) / TICKS_PER_SECOND);
    let started = line(system, "btime ").zip(field(19)).map(|(boot, ticks)| boot + ticks / TICKS_PER_SECOND);
    Figures {
        resident_bytes: line(status, "VmRSS:").map(|kib| kib * 1024.0),
        cpu_seconds: cpu,
        started_seconds: started,
        open_files: None,
    }
}

impl Figures {
    fn to_text(self) -> String {
        let rows = [
            ("process_resident_memory_bytes", "gauge", "Resident memory in bytes", self.resident_bytes),
            ("process_cpu_seconds_total", "counter", "CPU time spent in seconds", self.cpu_seconds),
            ("process_start_time_seconds", "gauge", "Start time in seconds since 1970", self.started_seconds),
            ("process_open_fds", "gauge", "Open files", self.open_files),
        ];
        let mut text = String::new();
        for (name, kind, help, value) in rows {
            if let Some(value) = value {
                // Writing into a string cannot fail.
                let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_behind_any_program_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 150 0 0 20 0 8 0 5000 1 2 3";
        let status = "Name:\ta\nVmPeak:\t 9 kB\nVmRSS:\t   2048 kB\nThreads:\t8\n";
        let found = figures(stat, status, "cpu 1 2\nbtime 1000000\nprocesses 5\n");
        assert_eq!(found.cpu_seconds, Some(4.0));
        assert_eq!(found.resident_bytes, Some(2_097_152.0));
        assert_eq!(found.started_seconds, Some(1_000_050.0));
        assert!(found.to_text().contains("\nprocess_cpu_seconds_total 4\n"));
    }

    #[test]
    fn where_nothing_can_be_read_nothing_is_shown() {
        assert_eq!(figures("", "", ""), Figures::default());
        assert_eq!(Figures::default().to_text(), "");
    }
}
