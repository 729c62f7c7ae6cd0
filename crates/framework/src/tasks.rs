//! How the tasks of this process fare, and who is to look for work.

use std::{collections::BTreeMap, time::Duration};

use guildhall_core::{clock::Timestamp, reference::RefId};
use guildhall_store::platform::{job::Party, task_health::Tally};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// A job that waits for its time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Due {
    /// Whose it is.
    pub party: Party,
    /// When it may run.
    pub at: Timestamp,
}

/// How a task of this process fares.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Health {
    /// Since the process started.
    pub tally: Tally,
    /// Runs that are under way.
    pub running: u32,
}

/// The tasks of this process.
#[derive(Debug, Default)]
pub struct Tasks {
    health: Mutex<BTreeMap<String, Health>>,
    /// What is not yet added to the figures of all processes.
    unsaved: Mutex<BTreeMap<String, Tally>>,
    due: Mutex<Vec<Due>>,
    wake: Notify,
}

impl Tasks {
    /// Shows a task before its first run.
    pub fn known(&self, task: &str) {
        self.health.lock().entry(task.to_owned()).or_default();
    }

    /// A run begins.
    pub fn begin(&self, task: &str) {
        self.health.lock().entry(task.to_owned()).or_default().running += 1;
    }

    /// A run is over without having come to an end of its own: it counts as none.
    pub fn cut(&self, task: &str) {
        let mut health = self.health.lock();
        let health = health.entry(task.to_owned()).or_default();
        health.running = health.running.saturating_sub(1);
    }

    /// A run came to its end, well or with a failure of this reference.
    pub fn end(&self, task: &str, took: Duration, at: Timestamp, failure: Option<RefId>) {
        let run = Tally {
            runs: 1,
            errors: failure.is_some().into(),
            took,
            last_at: at,
            last_error: failure.map(|reference| (at, reference.to_string())),
        };
        {
            let mut health = self.health.lock();
            let health = health.entry(task.to_owned()).or_default();
            health.running = health.running.saturating_sub(1);
            add(&mut health.tally, &run);
        }
        add(self.unsaved.lock().entry(task.to_owned()).or_default(), &run);
    }

    /// How every task fares.
    pub fn health(&self) -> Vec<(String, Health)> {
        self.health.lock().iter().map(|(task, health)| (task.clone(), health.clone())).collect()
    }

    /// Takes what is not yet added to the figures of all processes.
    pub fn take_unsaved(&self) -> BTreeMap<String, Tally> {
        std::mem::take(&mut self.unsaved.lock())
    }

    /// Gives back what could not be added.
    pub fn give_back(&self, taken: BTreeMap<String, Tally>) {
        let mut unsaved = self.unsaved.lock();
        for (task, mut tally) in taken {
            let newer = unsaved.remove(&task).unwrap_or_default();
            add(&mut tally, &newer);
            unsaved.insert(task, tally);
        }
    }

    /// Jobs are committed.
    pub fn enqueued(&self, due: Vec<Due>) {
        if !due.is_empty() {
            self.due.lock().extend(due);
            self.wake.notify_one();
        }
    }

    /// Takes note of jobs that were committed since the last time.
    pub fn take_due(&self) -> Vec<Due> {
        std::mem::take(&mut self.due.lock())
    }

    /// Waits until there is something for [`Tasks::take_due`].
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}

fn add(sum: &mut Tally, run: &Tally) {
    sum.runs += run.runs;
    sum.errors += run.errors;
    sum.took += run.took;
    sum.last_at = sum.last_at.max(run.last_at);
    if run.last_error.is_some() {
        sum.last_error.clone_from(&run.last_error);
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::random::Seeded;

    use super::*;

    #[test]
    fn runs_are_counted_here_and_for_all_processes() {
        let tasks = Tasks::default();
        let reference = RefId::draw(&Seeded::new(1));
        tasks.known("idle");
        for (at, failure) in [(1, None), (2, Some(reference)), (3, None)] {
            tasks.begin("sweep");
            tasks.end("sweep", Duration::from_millis(20), Timestamp(at), failure);
        }
        tasks.begin("sweep");
        tasks.begin("sweep");
        tasks.cut("sweep");
        let health: BTreeMap<_, _> = tasks.health().into_iter().collect();
        let sweep = &health["sweep"];
        assert_eq!((sweep.tally.runs, sweep.tally.errors, sweep.running), (3, 1, 1));
        assert_eq!(sweep.tally.last_error, Some((Timestamp(2), reference.to_string())));
        assert_eq!((sweep.tally.mean(), sweep.tally.last_at), (Duration::from_millis(20), Timestamp(3)));
        assert_eq!(health["idle"], Health::default());
        let taken = tasks.take_unsaved();
        assert!(tasks.take_unsaved().is_empty());
        tasks.end("sweep", Duration::from_millis(20), Timestamp(4), None);
        tasks.give_back(taken);
        let all = &tasks.take_unsaved()["sweep"];
        assert_eq!((all.runs, all.errors, all.last_at), (4, 1, Timestamp(4)));
        assert_eq!(all.last_error, Some((Timestamp(2), reference.to_string())));
    }
}
