//! What a soak has shown, and whether that is good enough.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use guildhall_sandbox::taker::Taken;
use serde_json::{Value, json};

use crate::figures::median;

/// How much memory may grow from the second quarter of the soak to the last: a share, and what an
/// allocator may keep whatever is done.
const GROWTH: f64 = 0.05;
const SLACK: f64 = 8e6;

/// What was seen.
pub(super) struct Verdict {
    pub(super) seconds: f64,
    pub(super) wanted_per_second: u64,
    pub(super) sent: u64,
    /// Messages written over REST, which the shards are told of too.
    pub(super) written: u64,
    /// Requests carried out, refused, and without an answer.
    pub(super) requests: [u64; 3],
    pub(super) held_back: u64,
    pub(super) faults: BTreeMap<&'static str, u64>,
    pub(super) taken: Taken,
    pub(super) shards: u64,
    pub(super) sessions: u64,
    /// Resident bytes, second by second.
    pub(super) memory: Vec<u64>,
    /// Why it did not come to rest.
    pub(super) settled: Option<String>,
}

impl Verdict {
    /// Median resident memory of the second and of the last quarter.
    fn memory(&self) -> (f64, f64) {
        let quarter = self.memory.len() / 4;
        let of = |part: &[u64]| median(part.iter().map(|bytes| *bytes as f64).collect());
        (
            of(&self.memory[quarter..(2 * quarter).max(quarter + 1).min(self.memory.len())]),
            of(&self.memory[3 * quarter..]),
        )
    }

    pub(super) fn to_json(&self) -> Value {
        let (early, late) = self.memory();
        json!({
            "seconds": self.seconds,
            "wanted_per_second": self.wanted_per_second,
            "sent": self.sent,
            "sent_per_second": self.sent as f64 / self.seconds,
            "written": self.written,
            "requests": { "done": self.requests[0], "refused": self.requests[1], "lost": self.requests[2] },
            "held_back": self.held_back,
            "faults": self.faults,
            "taken": self.taken,
            "shards": self.shards,
            "sessions": self.sessions,
            "resident_mb_second_quarter": early / 1e6,
            "resident_mb_last_quarter": late / 1e6,
            "problems": self.problems(),
        })
    }

    pub(super) fn show(&self) {
        let (early, late) = self.memory();
        let Taken { messages, connects, identifies, resumes, refused, missing, doubled, .. } = self.taken;
        println!("{:.0} s at {} events a second", self.seconds, self.wanted_per_second);
        println!("sent, taken         {:>12} {messages}", self.sent + self.written);
        let [done, denied, lost] = self.requests;
        println!(
            "written over REST   {:>12} ({done} requests done, {denied} refused, {lost} lost)",
            self.written
        );
        println!("held back           {:>12}", self.held_back);
        println!("missing, doubled    {missing:>12} {doubled}");
        println!("connects            {connects:>12}");
        println!("identifies          {identifies:>12}");
        println!("resumed, refused    {resumes:>12} {refused}");
        println!("sessions            {:>12} of {} shards", self.sessions, self.shards);
        println!("resident            {:>12.0} MB early, {:.0} MB late", early / 1e6, late / 1e6);
        for (fault, count) in &self.faults {
            println!("  {count:>6}  {fault}");
        }
    }

    /// What is wrong, if anything.
    fn problems(&self) -> Vec<String> {
        let (early, late) = self.memory();
        let Taken { messages, identifies, refused, missing, doubled, connected, .. } = self.taken;
        let mut problems: Vec<String> = self.settled.clone().into_iter().collect();
        let mut check = |good: bool, what: String| {
            if !good {
                problems.push(what);
            }
        };
        check(missing == 0, format!("{missing} events are missing"));
        check(doubled == 0, format!("{doubled} events came twice"));
        let sent = self.sent + self.written;
        check(messages == sent, format!("{sent} messages were sent and {messages} taken"));
        check(connected == self.shards, format!("{connected} of {} clients are connected", self.shards));
        check(self.sessions == self.shards, format!("{} sessions for {} shards", self.sessions, self.shards));
        check(refused == 0, format!("{refused} resumes were refused"));
        check(identifies == self.shards, format!("{identifies} identifies for {} shards", self.shards));
        let grown = late - early;
        check(
            grown <= early * GROWTH + SLACK,
            format!("memory grew from {:.0} MB to {:.0} MB", early / 1e6, late / 1e6),
        );
        problems
    }

    pub(super) fn judge(&self) -> Result<()> {
        let problems = self.problems();
        if problems.is_empty() { Ok(()) } else { bail!("the soak failed: {}", problems.join("; ")) }
    }
}
