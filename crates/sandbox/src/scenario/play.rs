//! Playing a scenario, step by step.

use std::time::Instant;

use serde_json::{Value, json};
use serde_saphyr::Spanned;

use super::{
    Failed, Report, Stage, StepReport,
    file::{Repeat, Step},
};

/// The most steps that one scenario plays, loops counted out.
const MOST_STEPS: usize = 100_000;

impl Stage<'_> {
    /// Waits for the bot, and plays every step until one fails. Each is told as soon as it is over.
    pub async fn play(&mut self, file: &str, mut told: impl FnMut(&StepReport)) -> Report {
        let scenario = self.scenario;
        let mut report =
            Report { file: file.to_owned(), name: scenario.name.clone(), steps: Vec::new(), skipped: 0 };
        if !self.ready_within().is_zero() {
            let began = Instant::now();
            let connected = self.connected().await;
            let failed = connected.err().map(|error| error.to_string());
            let what = "the bot connects".to_owned();
            report.steps.push(StepReport { line: 1, what, failed, took: began.elapsed() });
            report.steps.iter().for_each(&mut told);
        }
        // What is still to be played, the next one last.
        let mut waiting: Vec<Due> = scenario.steps.iter().rev().map(Due::Step).collect();
        while let Some(due) = waiting.pop() {
            if report.failure().is_some() {
                report.skipped += usize::from(matches!(due, Due::Step(_)));
                continue;
            }
            let step = match due {
                Due::Step(step) => step,
                Due::Number(name, number) => {
                    self.variables.set(name, json!(number));
                    continue;
                }
            };
            if let Step::Repeat(repeat) = &step.value
                && report.steps.len() + waiting.len() < MOST_STEPS
            {
                again(repeat, &mut waiting);
                continue;
            }
            let began = Instant::now();
            let outcome = self.step(&step.value).await;
            let done = StepReport {
                line: step.referenced.line(),
                what: step.value.words(),
                failed: outcome.err().map(|error| error.to_string()),
                took: began.elapsed(),
            };
            told(&done);
            report.steps.push(done);
        }
        report
    }

    async fn connected(&self) -> Result<(), Failed> {
        let Some(bot) = &self.bot else { return Ok(()) };
        let expected = self.sandbox.expects().connected(bot.application).within(self.ready_within());
        expected.await?;
        Ok(())
    }

    /// A value is saved under the name that a step gives.
    pub(super) fn save(&mut self, name: Option<&String>, value: Value) {
        if let Some(name) = name {
            self.variables.set(name, value);
        }
    }
}

/// Something to be played.
enum Due<'f> {
    Step(&'f Spanned<Step>),
    Number(&'f str, u32),
}

fn again<'f>(repeat: &'f Repeat, waiting: &mut Vec<Due<'f>>) {
    let times = usize::try_from(repeat.times).unwrap_or(MOST_STEPS).min(MOST_STEPS);
    for number in (0..repeat.times).rev().take(times) {
        if waiting.len() > MOST_STEPS {
            return;
        }
        waiting.extend(repeat.steps.iter().rev().map(Due::Step));
        waiting.push(Due::Number(&repeat.counter, number));
    }
}
