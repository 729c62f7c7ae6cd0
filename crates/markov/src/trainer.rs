//! Learns many messages at once.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    thread,
};

use crate::{
    Message,
    build::{self, Gone, Plan, Source},
    error::FileError,
    file::ChainFile,
    run::Run,
};

/// How a chain is trained.
#[derive(Clone, Debug)]
pub struct Training {
    /// How many words a state holds: 1 to 4.
    pub order: u8,
    /// Bytes of memory that messages and sorts may take. What goes beyond is kept in files. The list of
    /// distinct tokens is not counted; it takes about 100 bytes for each.
    pub memory: usize,
    /// Threads that tokenise and sort.
    pub threads: usize,
    /// Where files are kept that memory has no room for; they have no name and end with the training.
    pub scratch: PathBuf,
    /// Whether a file is on the disk before it takes its name. Without it a power cut may leave nothing.
    pub durable: bool,
}

impl Default for Training {
    fn default() -> Self {
        Self { order: 2, memory: 512 << 20, threads: 1, scratch: std::env::temp_dir(), durable: true }
    }
}

impl Training {
    pub(crate) fn plan(&self, whole: bool) -> Plan {
        Plan {
            order: self.order.clamp(1, 4),
            whole,
            memory: self.memory,
            threads: self.threads.max(1),
            durable: whole && self.durable,
            scratch: self.scratch.clone(),
        }
    }
}

/// Takes messages in any order and makes a chain of them.
///
/// Of two messages with one id the later is left. Learning takes time linear in the text; making the chain
/// is linear in the tokens, and `n log n` in the distinct ones.
#[derive(Debug)]
pub struct Trainer {
    training: Training,
    lanes: Vec<Run>,
    /// What memory had no room for, and when.
    spilled: Vec<(u64, ChainFile)>,
    forgotten: HashMap<u64, u64>,
    turn: u64,
}

/// The rank of messages that are in memory: younger than all that were spilled.
const NEWEST: u64 = u64::MAX;

/// The first turn; ranks below are those of a chain that is added to.
const FIRST: u64 = 16;

impl Trainer {
    /// A trainer without messages.
    pub fn new(training: Training) -> Self {
        let lanes = (0..training.threads.max(1)).map(|_| Run::default()).collect();
        Self { training, lanes, spilled: Vec::new(), forgotten: HashMap::new(), turn: FIRST }
    }

    /// Learns one message. Says whether it held anything to learn.
    pub fn learn(&mut self, message: &Message<'_>) -> Result<bool, FileError> {
        self.turn += 1;
        let learned = self.lanes[0].push(message, self.turn);
        if self.turn.is_multiple_of(1024) {
            self.settle()?;
        }
        Ok(learned)
    }

    /// Learns messages on all threads. A few thousand at a time are enough to keep them busy. Returns how many
    /// held anything.
    pub fn learn_batch(&mut self, messages: &[Message<'_>]) -> Result<u64, FileError> {
        let share = messages.len().div_ceil(self.lanes.len()).max(1);
        let first = self.turn + 1;
        let push = |lane: &mut Run, part: &[Message<'_>], from: u64| -> u64 {
            (from..).zip(part).map(|(turn, message)| u64::from(lane.push(message, turn))).sum()
        };
        let learned = thread::scope(|scope| {
            let mut work = self.lanes.iter_mut().zip(messages.chunks(share)).zip((first..).step_by(share));
            let own = work.next();
            let others: Vec<_> =
                work.map(|((lane, part), from)| scope.spawn(move || push(lane, part, from))).collect();
            let mut learned = own.map_or(0, |((lane, part), from)| push(lane, part, from));
            for other in others {
                learned += other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
            learned
        });
        self.turn += messages.len() as u64;
        self.settle()?;
        Ok(learned)
    }

    /// Forgets a message, whether it was learned or not; it can be learned again.
    pub fn forget(&mut self, id: u64) {
        self.turn += 1;
        self.forgotten.insert(id, self.turn);
    }

    /// Bytes of memory that messages take for now.
    pub fn memory(&self) -> usize {
        self.lanes.iter().map(Run::memory).sum()
    }

    fn settle(&mut self) -> Result<(), FileError> {
        if self.memory() < self.training.memory / 2 { Ok(()) } else { self.spill() }
    }

    fn spill(&mut self) -> Result<(), FileError> {
        self.lanes.iter_mut().for_each(Run::settle);
        let sources: Vec<_> = self.lanes.iter().map(|lane| Source::Run(lane, NEWEST)).collect();
        let target = self.training.scratch.join("messages");
        let plan = self.training.plan(false);
        let prepared = self.with_gone(|gone| build::prepare(&target, &plan, &sources, gone))?;
        // Mapped, the file stays usable when its name goes away with `prepared`.
        let file = ChainFile::open(prepared.path())?;
        self.spilled.push((self.turn, file));
        self.lanes.iter_mut().for_each(|lane| *lane = Run::default());
        Ok(())
    }

    fn with_gone<T>(&self, with: impl FnOnce(Option<&Gone<'_>>) -> T) -> T {
        let gone = |rank: u64, turn: u64, id: u64| {
            let learned = if rank == NEWEST { turn } else { rank };
            rank >= FIRST && self.forgotten.get(&id).is_some_and(|&forgotten| forgotten > learned)
        };
        with((!self.forgotten.is_empty()).then_some(&gone))
    }

    /// Writes a file of what was learned and nothing else.
    pub fn write(mut self, path: &Path) -> Result<(), FileError> {
        let prepared = self.prepare(path, &self.training.clone(), &[], None)?;
        prepared.publish(path, self.training.durable).map_err(FileError::at("replace", path))
    }

    /// Makes a file of what was learned and of `older` sources, whose ranks are below those of the trainer.
    pub(crate) fn prepare(
        &mut self,
        target: &Path,
        training: &Training,
        older: &[Source<'_>],
        gone_before: Option<&Gone<'_>>,
    ) -> Result<build::Prepared, FileError> {
        self.lanes.iter_mut().for_each(Run::settle);
        let mut sources = older.to_vec();
        sources.extend(self.spilled.iter().map(|(turn, file)| Source::File(file, *turn)));
        sources
            .extend(self.lanes.iter().filter(|lane| !lane.is_empty()).map(|lane| Source::Run(lane, NEWEST)));
        let plan = training.plan(true);
        self.with_gone(|gone| match gone_before {
            None => build::prepare(target, &plan, &sources, gone),
            Some(before) => {
                let both = |rank: u64, turn: u64, id: u64| {
                    before(rank, turn, id) || gone.is_some_and(|gone| gone(rank, turn, id))
                };
                build::prepare(target, &plan, &sources, Some(&both))
            }
        })
    }
}
