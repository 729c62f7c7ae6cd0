//! What this process has to do: events a second, processor time, and how long events wait. Measured here, told to the
//! others in this process's report.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use guildhall_core::clock::Timestamp;
use guildhall_discord::gateway::ShardStatus;
use guildhall_framework::report::Load;
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

/// The figures follow a change within about this time: a burst is no reason for another process.
const MEMORY: Duration = Duration::from_mins(1);

/// Samples that follow each other more closely say nothing.
const APART: Duration = Duration::from_millis(900);

/// Nothing is in work.
const NOTHING: i64 = i64::MAX;

/// Notes how long work waits. What waits is known by when it came.
#[derive(Debug)]
pub struct Meter {
    /// When the oldest event in work came.
    in_work: AtomicI64,
    /// The longest wait since the last sample, in milliseconds.
    longest: AtomicU64,
    sampler: Mutex<Sampler>,
}

impl Default for Meter {
    fn default() -> Self {
        Self { in_work: AtomicI64::new(NOTHING), longest: AtomicU64::new(0), sampler: Mutex::default() }
    }
}

impl Meter {
    /// Work begins whose oldest part came then.
    pub fn begin(&self, since: Timestamp) {
        self.in_work.store(since.0, Ordering::Relaxed);
    }

    /// That work is done.
    pub fn end(&self, now: Timestamp) {
        let since = self.in_work.swap(NOTHING, Ordering::Relaxed);
        if since != NOTHING {
            self.waited(Timestamp(since), now);
        }
    }

    /// Something that came then has its turn now.
    pub fn waited(&self, since: Timestamp, now: Timestamp) {
        self.longest.fetch_max(millis(now.since(since)), Ordering::Relaxed);
    }

    /// How long the longest waiting work has waited since this was asked last.
    fn age(&self, now: Timestamp) -> Duration {
        let done = self.longest.swap(0, Ordering::Relaxed);
        let since = self.in_work.load(Ordering::Relaxed);
        let under_way = if since == NOTHING { 0 } else { millis(now.since(Timestamp(since))) };
        Duration::from_millis(done.max(under_way))
    }

    /// The load now, and the age by itself, where the last look is long enough ago.
    pub fn sample(&self, now: Timestamp, shards: &[ShardStatus], total: u32) -> Option<(Load, Duration)> {
        let mut sampler = self.sampler.lock();
        if sampler.last.as_ref().is_some_and(|last| now.since(last.at) < APART) {
            return None;
        }
        let age = self.age(now);
        let sequences = shards.iter().map(|shard| ((shard.id, total), shard.sequence)).collect();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let look = Look { at: now, cpu: used(), sequences };
        Some((sampler.take(look, u32::try_from(cores).unwrap_or(u32::MAX), age), age))
    }
}

/// The processor time of this process.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// What is seen at one moment.
#[derive(Clone, Debug)]
struct Look {
    at: Timestamp,
    cpu: Duration,
    /// The last sequence of each shard.
    sequences: HashMap<(u32, u32), u64>,
}

/// Makes figures of what is seen one after the other.
#[derive(Debug, Default)]
struct Sampler {
    last: Option<Look>,
    load: Load,
    /// Whether there was a span to measure yet.
    measured: bool,
}

impl Sampler {
    fn take(&mut self, look: Look, cores: u32, age: Duration) -> Load {
        self.load.cores = cores;
        if let Some(last) = &self.last {
            let span = look.at.since(last.at).as_secs_f64();
            if span > 0.0 {
                let cpu = look.cpu.saturating_sub(last.cpu).as_secs_f64() / span;
                // A session that began anew counts from nothing.
                let events: u64 = look
                    .sequences
                    .iter()
                    .map(|(shard, sequence)| {
                        sequence.saturating_sub(*last.sequences.get(shard).unwrap_or(sequence))
                    })
                    .sum();
                // The first span counts in full, so that a figure is there at once.
                let share = if self.measured { 1.0 - (-span / MEMORY.as_secs_f64()).exp() } else { 1.0 };
                self.measured = true;
                let towards = |old: f64, new: f64| (new - old).mul_add(share, old);
                self.load.cpu = towards(self.load.cpu, cpu);
                self.load.events_per_second = towards(self.load.events_per_second, events as f64 / span);
                self.load.queue_age_ms = towards(self.load.queue_age_ms, millis(age) as f64);
            }
        }
        self.last = Some(look);
        self.load.clone()
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(second: i64, cpu: u64, sequence: u64) -> Look {
        let sequences = HashMap::from([((0, 1), sequence)]);
        Look { at: Timestamp(second * 1_000), cpu: Duration::from_secs(cpu), sequences }
    }

    #[test]
    fn figures_follow_what_is_seen_and_forget_a_burst() {
        let mut sampler = Sampler::default();
        let idle = sampler.take(look(0, 0, 100), 4, Duration::ZERO);
        assert_eq!((idle.cores, idle.cpu, idle.events_per_second), (4, 0.0, 0.0));
        let busy = sampler.take(look(10, 20, 1_100), 4, Duration::from_millis(500));
        assert_eq!((busy.cpu, busy.events_per_second, busy.queue_age_ms), (2.0, 100.0, 500.0));
        // A new session begins at a low sequence: no events are made up.
        let anew = sampler.take(look(11, 20, 3), 4, Duration::ZERO);
        assert!(anew.events_per_second < 100.0 && anew.events_per_second > 95.0, "{anew:?}");
        let mut last = anew;
        for second in 12..400 {
            last = sampler.take(look(second, 20, 3), 4, Duration::ZERO);
        }
        assert!(last.cpu < 0.01 && last.events_per_second < 1.0 && last.queue_age_ms < 1.0, "{last:?}");
    }

    #[test]
    fn the_age_is_that_of_the_oldest_also_while_nothing_moves() {
        let meter = Meter::default();
        assert_eq!(meter.age(Timestamp(5_000)), Duration::ZERO);
        meter.begin(Timestamp(1_000));
        assert_eq!(meter.age(Timestamp(5_000)), Duration::from_secs(4));
        assert_eq!(meter.age(Timestamp(6_000)), Duration::from_secs(5));
        meter.end(Timestamp(7_000));
        meter.waited(Timestamp(6_500), Timestamp(7_000));
        assert_eq!(meter.age(Timestamp(9_000)), Duration::from_secs(6));
        assert_eq!(meter.age(Timestamp(9_000)), Duration::ZERO);
    }

    #[test]
    fn the_processor_time_of_this_process_grows() {
        let before = used();
        let mut sum = 0_u64;
        while used() == before {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(used() > before);
    }
}
