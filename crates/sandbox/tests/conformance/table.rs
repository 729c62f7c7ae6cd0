//! The outcome: a row for each step, a column for each library.

use std::fmt;

use crate::stage::Library;

/// How one step went in one library.
pub(crate) struct Cell {
    faults: Vec<String>,
    notes: Vec<String>,
    pub(crate) seconds: f64,
}

impl Cell {
    pub(crate) fn passed(notes: Vec<String>) -> Self {
        Self { faults: Vec::new(), notes, seconds: 0.0 }
    }

    pub(crate) fn failed(fault: String) -> Self {
        Self { faults: vec![fault], notes: Vec::new(), seconds: 0.0 }
    }

    /// Adds what else was wrong.
    pub(crate) fn blame(&mut self, faults: Vec<String>) {
        self.faults.extend(faults);
    }

    pub(crate) fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    pub(crate) fn word(&self) -> &'static str {
        match (self.faults.is_empty(), self.notes.is_empty()) {
            (false, _) => "FAILED",
            (true, false) => "ok *",
            (true, true) => "ok",
        }
    }
}

/// All outcomes.
pub(crate) struct Table {
    pub(crate) libraries: Vec<Library>,
    pub(crate) steps: Vec<&'static str>,
    pub(crate) columns: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn is_green(&self) -> bool {
        self.columns.iter().flatten().all(Cell::is_good)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<36}", "step")?;
        for library in &self.libraries {
            write!(out, "{:<16}", library.name())?;
        }
        writeln!(out)?;
        for (row, step) in self.steps.iter().enumerate() {
            write!(out, "{step:<36}")?;
            for column in &self.columns {
                let cell = &column[row];
                write!(out, "{:<16}", format!("{} {:.1} s", cell.word(), cell.seconds))?;
            }
            writeln!(out)?;
        }
        for (library, column) in self.libraries.iter().zip(&self.columns) {
            let total: f64 = column.iter().map(|cell| cell.seconds).sum();
            writeln!(out, "{}: {:.0} s", library.name(), total)?;
            for (step, cell) in self.steps.iter().zip(column) {
                for note in &cell.notes {
                    writeln!(out, "  * {step}: {note}")?;
                }
                for fault in &cell.faults {
                    writeln!(out, "  FAILED {step}: {fault}")?;
                }
            }
        }
        Ok(())
    }
}
