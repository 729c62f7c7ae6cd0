//! What was found, for people and as JSON.

use anyhow::Result;
use serde::Serialize;

/// How a check came out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Ok,
    Skip,
    Warn,
    Fail,
}

/// One check.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    check: &'static str,
    level: Level,
    /// What was seen.
    found: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Finding {
    pub(crate) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, found: found.into(), mend: None }
    }

    pub(crate) fn skip(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, level: Level::Skip, found: found.into(), mend: None }
    }

    pub(crate) fn warn(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, level: Level::Warn, found: found.into(), mend: Some(mend.into()) }
    }

    pub(crate) fn fail(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, level: Level::Fail, found: found.into(), mend: Some(mend.into()) }
    }
}

/// All checks of one run.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Finding>);

impl Report {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    pub(crate) fn failed(&self) -> bool {
        self.0.iter().any(|finding| finding.level == Level::Fail)
    }

    pub(crate) fn print(&self, json: bool) -> Result<()> {
        if json {
            println!("{}", serde_json::to_string_pretty(&self.0)?);
            return Ok(());
        }
        for Finding { check, level, found, mend } in &self.0 {
            let level = format!("{level:?}").to_uppercase();
            println!("{level:4}  {check}: {found}");
            if let Some(mend) = mend {
                println!("      hint: {mend}");
            }
        }
        Ok(())
    }
}
