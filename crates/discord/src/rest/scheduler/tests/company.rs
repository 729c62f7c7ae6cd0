//! Two processes at the same routes, without a word between them: an hour of Discord's limits in a model of them.

use std::{cmp::Reverse, collections::BinaryHeap};

use guildhall_core::random::Random as _;

use super::*;

const HOUR: i64 = 3_600_000;
/// Messages that one channel takes, and in what time.
const LIMIT: u32 = 5;
const WINDOW: i64 = 5_000;
/// Channels that all processes write into: about as many as use up the limit over all routes.
const CHANNELS: u64 = 56;

/// A window starts with its first request.
#[derive(Clone, Copy, Default)]
struct Used {
    count: u32,
    ends: i64,
}

impl Used {
    fn take(&mut self, now: i64, limit: u32, length: i64) -> bool {
        if now >= self.ends {
            *self = Self { count: 0, ends: now + length };
        }
        let fits = self.count < limit;
        self.count += u32::from(fits);
        fits
    }
}

#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Event {
    Wake,
    Counted(u64),
    /// Status, requests that remain, time to the end of the window.
    Answered(u64, u16, u32, i64),
}

/// What came of it all.
#[derive(Debug, Default)]
struct Tally {
    done: u64,
    refused: u64,
    refused_globally: u64,
}

/// The calls of a process, the ways of its requests, and how many of them are about.
struct Process {
    scheduler: Scheduler,
    channels: HashMap<u64, u64>,
    wake: Option<i64>,
}

/// Each process always has two calls that wait at each channel.
fn run(processes: usize, told: bool, until: i64) -> Tally {
    let random = Seeded::new(11);
    let mut all: Vec<Process> = (0..processes)
        .map(|_| {
            let limits = Limits {
                global_per_second: 50,
                max_pending: 1_000,
                max_tries: 50,
                patience: Duration::from_mins(2),
            };
            let mut scheduler = Scheduler::new(limits, Arc::new(Seeded::new(7)));
            let count = u32::try_from(processes).unwrap();
            let holds = Duration::from_hours(2);
            let portion = Portion {
                per_second: 49 / count,
                processes: count,
                refused_elsewhere: 0,
                pooled: false,
                holds,
            };
            scheduler.keep_to(if told { portion } else { Portion { processes: 1, ..portion } }, Timestamp(0));
            for channel in 0..2 * CHANNELS {
                scheduler.submit(post(channel % CHANNELS + 1), Timestamp(0)).unwrap();
            }
            Process { scheduler, channels: HashMap::new(), wake: None }
        })
        .collect();
    let (mut buckets, mut everything) = (HashMap::<u64, Used>::new(), Used::default());
    let mut tally = Tally::default();
    let mut events: BinaryHeap<_> = (0..processes).map(|at| Reverse((0_i64, at, Event::Wake))).collect();
    while let Some(Reverse((now, at, event))) = events.pop()
        && now < until
    {
        let process = &mut all[at];
        let wire = |random: &Seeded| 10 + i64::try_from(random.next_u64() % 50).unwrap();
        match event {
            Event::Wake => process.wake = None,
            Event::Counted(ticket) => {
                let bucket = buckets.entry(process.channels[&ticket]).or_default();
                let (status, remaining) = if !everything.take(now, 50, 1_000) {
                    tally.refused_globally += 1;
                    (430, 0)
                } else if bucket.take(now, LIMIT, WINDOW) {
                    (200, LIMIT - bucket.count)
                } else {
                    tally.refused += 1;
                    (429, 0)
                };
                let left = if status == 430 { everything.ends } else { bucket.ends } - now;
                let answer = Event::Answered(ticket, status, remaining, left);
                events.push(Reverse((now + wire(&random), at, answer)));
                continue;
            }
            Event::Answered(ticket, status, remaining, left) => {
                let seconds = format!("{}.{:03}", left / 1_000, left % 1_000);
                let headers = [
                    ("via", "1.1 test"),
                    ("x-ratelimit-bucket", "messages"),
                    ("x-ratelimit-limit", "5"),
                    ("x-ratelimit-remaining", &remaining.to_string()),
                    ("x-ratelimit-reset-after", &seconds),
                    ("retry-after", &seconds),
                    ("x-ratelimit-scope", "user"),
                ];
                let outcome = match status {
                    200 => answer(200, &headers[1..5], "{}"),
                    429 => answer(429, &headers, &format!(r#"{{"message":"slow","retry_after":{seconds}}}"#)),
                    _ => limited("global", f64::from(i32::try_from(left).unwrap()) / 1_000.0),
                };
                let channel = process.channels.remove(&ticket).unwrap();
                process.scheduler.complete(ticket, outcome, Timestamp(now));
                if status == 200 {
                    tally.done += 1;
                    process.scheduler.submit(post(channel), Timestamp(now)).unwrap();
                }
            }
        }
        let step = process.scheduler.poll(Timestamp(now));
        for start in step.start {
            let channel = start.request.path.split('/').nth(1).unwrap().parse().unwrap();
            process.channels.insert(start.ticket, channel);
            events.push(Reverse((now + wire(&random), at, Event::Counted(start.ticket))));
        }
        if let Some(wake) = step.wake
            && process.wake.is_none_or(|known| wake.0 < known)
        {
            process.wake = Some(wake.0);
            events.push(Reverse((wake.0.max(now + 1), at, Event::Wake)));
        }
    }
    tally
}

#[test]
fn processes_that_know_of_one_another_are_seldom_refused_at_shared_routes() {
    let tally = run(2, true, HOUR);
    assert!(tally.refused + tally.refused_globally <= 100, "{tally:?}");
    // Two of five each, of what 56 channels take in an hour.
    assert!(tally.done > 56 * 720 * 4 * 9 / 10, "{tally:?}");
}

#[test]
fn processes_that_do_not_are_refused_again_and_again() {
    let tally = run(2, false, HOUR / 12);
    assert!(tally.refused * 12 > 300, "{tally:?}");
}
