//! What became of a scenario, in words, as JSON and as `JUnit` XML.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Value, json};

/// What became of one step.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// Its line in the file.
    pub line: u64,
    /// What it does.
    pub what: String,
    /// Why it failed.
    pub failed: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// What became of a scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// The steps that were played; the last one failed, or none.
    pub steps: Vec<StepReport>,
    /// Steps that were not played because one before failed.
    pub skipped: usize,
}

impl Report {
    /// Whether every step held.
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    /// The step that failed.
    pub fn failure(&self) -> Option<&StepReport> {
        self.steps.iter().find(|step| step.failed.is_some())
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            json!({
                "line": step.line,
                "what": step.what,
                "ok": step.failed.is_none(),
                "seen": step.failed,
                "ms": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
            })
        });
        json!({
            "file": self.file,
            "name": self.name,
            "ok": self.passed(),
            "skipped": self.skipped,
            "steps": steps.collect::<Vec<_>>(),
        })
    }

    /// Several reports as one `JUnit` file: a suite for each scenario, a case for each step.
    pub fn junit(reports: &[Self]) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        for report in reports {
            let failures = usize::from(!report.passed());
            // Writing to a text does not fail.
            let _ = writeln!(
                xml,
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{}\">",
                escaped(&report.name),
                report.steps.len() + report.skipped,
                report.skipped
            );
            for step in &report.steps {
                let _ = write!(
                    xml,
                    "    <testcase classname=\"{}\" name=\"line {}: {}\" time=\"{:.3}\"",
                    escaped(&report.file),
                    step.line,
                    escaped(&step.what),
                    step.took.as_secs_f64()
                );
                let _ = match &step.failed {
                    Some(seen) => writeln!(xml, "><failure>{}</failure></testcase>", escaped(seen)),
                    None => writeln!(xml, "/>"),
                };
            }
            xml.push_str("  </testsuite>\n");
        }
        xml.push_str("</testsuites>\n");
        xml
    }
}

/// Text for XML, without what XML cannot hold.
fn escaped(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    let kept: String = kept.collect();
    kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_is_well_formed_whatever_was_said() {
        let step = |failed: Option<&str>| StepReport {
            line: 3,
            what: "say \"<hi>\"".to_owned(),
            failed: failed.map(str::to_owned),
            took: Duration::from_millis(1_500),
        };
        let report = Report {
            file: "a.yaml".to_owned(),
            name: "a & b".to_owned(),
            steps: vec![step(None), step(Some("no\u{0} <b>"))],
            skipped: 1,
        };
        let xml = Report::junit(std::slice::from_ref(&report));
        assert!(xml.contains("name=\"a &amp; b\" tests=\"3\" failures=\"1\" skipped=\"1\""), "{xml}");
        assert!(xml.contains("line 3: say &quot;&lt;hi&gt;&quot;\" time=\"1.500\"/>"), "{xml}");
        assert!(xml.contains("<failure>no &lt;b&gt;</failure>"), "{xml}");
        assert_eq!(report.to_json()["steps"][1]["ok"], false);
    }
}
