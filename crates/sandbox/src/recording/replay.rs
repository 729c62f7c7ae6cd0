//! Playing people's side of a recording again, and comparing what a bot calls.

use std::{collections::VecDeque, time::Duration};

use serde_json::{Value, json};
use thiserror::Error;

use super::{
    Header, Line, VERSION,
    compare::{Ids, lasting, shape},
    line_of,
};
use crate::{Bot, Sandbox, hands::Refused, journal::Filter, snowflake::parse};

/// How long a call of the bot is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long is waited at the end for calls that nobody recorded.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// The longest pause that is kept at the original speed.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Why a recording cannot be played.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The file is no recording.
    #[error("line {line}: {reason}")]
    File {
        /// Where.
        line: usize,
        /// Why not.
        reason: String,
    },
    /// The sandbox refused what the recording does.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// What a bot did otherwise than recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// A recorded call did not come.
    Missing {
        /// The call.
        call: String,
    },
    /// A call came that was not recorded.
    Extra {
        /// The call.
        call: String,
    },
    /// A call came with another body.
    Body {
        /// The call.
        call: String,
        /// As recorded, with today's ids.
        recorded: Value,
        /// As it is now.
        now: Value,
    },
    /// A call was answered otherwise.
    Status {
        /// The call.
        call: String,
        /// As recorded.
        recorded: u16,
        /// As it is now.
        now: u16,
    },
    /// Something that was done is answered otherwise.
    Done {
        /// What was done.
        done: String,
        /// What became of it.
        now: String,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { call } => write!(f, "missing: {call}"),
            Self::Extra { call } => write!(f, "extra: {call}"),
            Self::Body { call, recorded, now } => {
                write!(f, "other body: {call}\n  recorded {recorded}\n  now      {now}")
            }
            Self::Status { call, recorded, now } => {
                write!(f, "other answer: {call} was {recorded} and is {now}")
            }
            Self::Done { done, now } => write!(f, "done otherwise: {done}: {now}"),
        }
    }
}

/// What became of a replay.
#[derive(Clone, Debug, Default)]
pub struct ReplayReport {
    /// What was done.
    pub done: usize,
    /// Calls that came as recorded, or nearly.
    pub calls: usize,
    /// What was otherwise.
    pub differences: Vec<Difference>,
}

/// A recording that is being played.
pub struct Replay<'s> {
    sandbox: &'s Sandbox,
    lines: VecDeque<Line>,
    ids: Ids,
    /// Calls of the bot that no recorded one was found for yet.
    unclaimed: Vec<Line>,
    seen: u64,
    report: ReplayReport,
    at: i64,
}

impl<'s> Replay<'s> {
    /// Reads a recording, makes the sandbox new, and does everything up to the bot's first call: the world is
    /// there then, and the bot can be started.
    pub async fn begin(sandbox: &'s Sandbox, text: &str) -> Result<Self, ReplayError> {
        let wrong = |line: usize, reason: String| ReplayError::File { line: line + 1, reason };
        let mut numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (at, first) = numbered.next().ok_or_else(|| wrong(0, "the file is empty".to_owned()))?;
        let header: Header = serde_json::from_str(first).map_err(|error| wrong(at, error.to_string()))?;
        if header.recording != VERSION {
            return Err(wrong(at, format!("form {} is not known", header.recording)));
        }
        let mut lines = Vec::new();
        for (at, line) in numbered {
            let line: Line = serde_json::from_str(line).map_err(|error| wrong(at, error.to_string()))?;
            let parts = [line.done.is_some(), line.call.is_some(), line.session.is_some()];
            if parts.iter().filter(|there| **there).count() != 1 {
                return Err(wrong(at, "a line has one of `done`, `call` and `session`".to_owned()));
            }
            lines.push(line);
        }
        lines.sort_by_key(|line| line.order);
        sandbox.hands().call("POST", "/reset", json!({ "seed": header.seed })).await?;
        let at = lines.first().map_or(0, |line| line.at);
        let mut replay = Self {
            sandbox,
            lines: lines.into(),
            ids: Ids::default(),
            unclaimed: Vec::new(),
            seen: sandbox.engine().journal().last(),
            report: ReplayReport::default(),
            at,
        };
        while replay.lines.front().is_some_and(|line| line.done.is_some()) {
            let Some(line) = replay.lines.pop_front() else { break };
            replay.act(&line).await;
        }
        Ok(replay)
    }

    /// The bot that made the recorded calls, as it is here.
    pub fn bot(&self) -> Option<Bot> {
        let recorded = self.lines.iter().find_map(|line| line.application.as_deref())?;
        let id = parse(&self.ids.text(recorded))?;
        self.sandbox.engine().read(|world| {
            let application = world.applications.get(&id)?;
            let (application, user) = (application.id, application.bot_id);
            Some(Bot { application, user, token: world.applications[&application].token.clone() })
        })
    }

    /// Does the rest, each thing after the calls that came before it when it was recorded.
    pub async fn play(mut self, original_speed: bool) -> ReplayReport {
        while let Some(line) = self.lines.pop_front() {
            if line.done.is_none() {
                self.expect(&line).await;
                self.at = self.at.max(line.at);
                continue;
            }
            if original_speed {
                let pause = Duration::from_millis(u64::try_from(line.at - self.at).unwrap_or(0));
                tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
            }
            self.at = line.at;
            self.act(&line).await;
        }
        tokio::time::sleep(AFTERWARDS).await;
        self.gather();
        let extra = self.unclaimed.drain(..).filter_map(|line| line.call.or(line.session));
        self.report.differences.extend(extra.map(|call| Difference::Extra { call }));
        self.report
    }

    async fn act(&mut self, line: &Line) {
        let Some(done) = &line.done else { return };
        let label = self.ids.text(done);
        let Some((method, path)) = label.split_once(" /control") else { return };
        let body = self.ids.value(&line.body);
        // A token is not recorded, so a new one is made.
        let body = without(body, "{token}");
        self.report.done += 1;
        match self.sandbox.hands().call(method, path, body).await {
            Ok(answer) => {
                self.ids.learn(&line.answer, &answer);
                if line.status >= 400 {
                    let now = "it is not refused any more".to_owned();
                    self.report.differences.push(Difference::Done { done: label, now });
                }
            }
            Err(refused) if refused.status != line.status => {
                let now = refused.to_string();
                self.report.differences.push(Difference::Done { done: label, now });
            }
            Err(_) => {}
        }
    }

    /// Takes the calls that came since the last time.
    fn gather(&mut self) {
        let engine = self.sandbox.engine();
        let filter = Filter { after: self.seen, limit: usize::MAX, ..Filter::default() };
        for entry in engine.journal().query(&filter) {
            self.seen = self.seen.max(entry.seq);
            let line = line_of(engine, &entry, 0);
            self.unclaimed.extend(line.filter(|line| line.done.is_none()));
        }
    }

    /// Waits for a call like the recorded one, the likest of those that came.
    async fn expect(&mut self, recorded: &Line) {
        let Some(call) = recorded.call.as_ref().or(recorded.session.as_ref()) else { return };
        let (label, body) = (self.ids.text(call), lasting(self.ids.value(&recorded.body)));
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let found = loop {
            let seq = self.sandbox.engine().journal().last();
            self.gather();
            let alike = |line: &Line| {
                let own = line.call.as_deref().or(line.session.as_deref()).unwrap_or_default();
                let same_shape = shape(own) == shape(&label);
                same_shape
                    .then(|| usize::from(own == label) + usize::from(lasting(line.body.clone()) == body))
            };
            let scored = self.unclaimed.iter().enumerate().filter_map(|(at, line)| Some((alike(line)?, at)));
            // Of equals the first that came.
            let best = scored.max_by_key(|(score, at)| (*score, std::cmp::Reverse(*at))).map(|(_, at)| at);
            if let Some(at) = best {
                break Some(self.unclaimed.remove(at));
            }
            if tokio::time::timeout_at(deadline, self.sandbox.engine().journal().grown_since(seq))
                .await
                .is_err()
            {
                break None;
            }
        };
        let Some(now) = found else {
            self.report.differences.push(Difference::Missing { call: label });
            return;
        };
        self.report.calls += 1;
        self.ids.learn(&recorded.answer, &now.answer);
        if let (Some(old), Some(new)) = (&recorded.message, &now.message) {
            self.ids.learn_id(old, new);
        }
        let sent = lasting(now.body);
        if sent != body {
            self.report.differences.push(Difference::Body { call: label.clone(), recorded: body, now: sent });
        }
        if now.status != recorded.status {
            let (recorded, now) = (recorded.status, now.status);
            self.report.differences.push(Difference::Status { call: label, recorded, now });
        }
    }
}

/// An object without the keys that have this value.
fn without(mut value: Value, gone: &str) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, value| value != gone);
    }
    value
}
