//! The sandbox's web client in a real Chromium, driven as a person would
//! (`e2e/node/browser.mjs` lists the orders).

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;

use crate::script::{Script, ScriptError};
use crate::tools;

/// How long the script itself waits for anything on the page.
const STEP_BOUND: Duration = Duration::from_secs(20);
/// A little more, so that the script's own words about a failure arrive.
const ANSWER_BOUND: Duration = Duration::from_mins(1);

/// Why the browser did not do what was asked.
#[derive(Debug, Error)]
pub enum BrowserError {
    /// The script could not be run or did not answer.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The page did not come to what was asked.
    #[error("step {step} with {values}: {fault}")]
    Step {
        /// The order.
        step: String,
        /// What was asked.
        values: Value,
        /// What the script said.
        fault: String,
    },
}

/// A browser with one page, with a fresh profile.
pub struct Browser {
    script: Script,
    steps: u64,
}

impl Browser {
    /// Starts it.
    pub async fn start() -> Result<Self, BrowserError> {
        let chromium = tools::chromium().map_err(ScriptError::from)?;
        let env = [
            (tools::CHROMIUM, chromium.display().to_string()),
            ("GUILDHALL_TEST_BOUND_MS", STEP_BOUND.as_millis().to_string()),
        ];
        let mut script = Script::node("browser.mjs", &env)?;
        script.event("ready", ANSWER_BOUND).await?;
        Ok(Self { script, steps: 0 })
    }

    /// Opens the web client and waits until it is live.
    pub async fn open(&mut self, url: &str) -> Result<Value, BrowserError> {
        self.step("open", json!({ "url": url })).await
    }

    /// Chooses who one is and where.
    pub async fn choose(&mut self, user: &str, server: &str, channel: &str) -> Result<Value, BrowserError> {
        let values = json!({ "user": user, "server": server, "channel": channel });
        self.step("choose", values).await
    }

    /// Runs a slash command; an option `{"type": ..., "pick": ...}` takes a suggestion.
    pub async fn command(&mut self, name: &str, options: Value) -> Result<Value, BrowserError> {
        self.step("command", json!({ "name": name, "options": options })).await
    }

    /// Waits for a message that fits the wish and returns it.
    pub async fn expect(&mut self, wish: Value) -> Result<Value, BrowserError> {
        let mut found = self.step("expect", wish).await?;
        Ok(found["message"].take())
    }

    /// Takes a picture of the page.
    pub async fn screenshot(&mut self, path: &Path) -> Result<(), BrowserError> {
        self.step("screenshot", json!({ "path": path.display().to_string() })).await.map(drop)
    }

    /// Any order of the script.
    pub async fn step(&mut self, step: &str, values: Value) -> Result<Value, BrowserError> {
        self.steps += 1;
        let mine = self.steps;
        let mut order = values.clone();
        order["ref"] = json!(mine);
        self.script.tell(step, order).await?;
        let awaited = format!("answer to {step} {values}");
        let answer = self.script.line(&awaited, ANSWER_BOUND, |line| line["ref"] == mine).await?;
        if answer["event"] == "done" {
            return Ok(answer);
        }
        Err(BrowserError::Step {
            step: step.to_owned(),
            values,
            fault: answer["text"].as_str().unwrap_or("no reason").to_owned(),
        })
    }

    /// Errors of the page, and requests to hosts other than the sandbox, so far.
    pub fn complaints(&mut self) -> Vec<Value> {
        let lines = self.script.drain();
        lines.into_iter().filter(is_complaint).collect()
    }

    /// Closes it and waits for its end.
    pub async fn finish(self, bound: Duration) -> Result<(), BrowserError> {
        self.script.finish(bound).await?;
        Ok(())
    }
}

fn is_complaint(line: &Value) -> bool {
    matches!(line["event"].as_str(), Some("page_error" | "foreign_request"))
}
