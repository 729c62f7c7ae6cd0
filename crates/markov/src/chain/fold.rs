//! Makes a new file of the old one and the layer over it.

use std::sync::Arc;

use super::{
    Chain, State,
    open::{identity, play},
};
use crate::{
    build::Source, error::FileError, file::ChainFile, journal::Record, overlay::Overlay, run::Run,
    trainer::Trainer, view::View,
};

/// The file that is added to, and the layer over it.
const FILE: u64 = 0;
const LAYER: u64 = 1;

/// What becomes of a chain when it is trained.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Keep {
    /// What was learned before stays.
    All,
    /// Only what the trainer learned is left.
    New,
}

impl Chain {
    /// Writes what was learned and forgotten into the file. The file is then, byte for byte, what a trainer
    /// would write that had only seen what is left.
    ///
    /// Linear in the tokens. Others read, learn and forget meanwhile.
    pub fn fold(&self) -> Result<(), FileError> {
        self.absorb(Trainer::new(self.training.clone()), Keep::All)
    }

    /// Takes what a trainer learned into the file. The trainer should have the order of the chain.
    pub fn absorb(&self, mut trainer: Trainer, keep: Keep) -> Result<(), FileError> {
        let _folding = self.folding.lock();
        // What comes from here on goes to another journal, and is played again over the new file.
        let (old, run, gone, journal) = {
            let mut state = self.state.write();
            let journal = state.journal.rotate()?;
            let run = run_of(&state);
            (Arc::clone(&state.file), run, state.overlay.gone().ids().clone(), journal)
        };
        let is_gone = |rank: u64, _: u64, id: u64| rank == FILE && gone.contains(&id);
        let older: &[Source<'_>] = match keep {
            Keep::All => &[Source::File(&old, FILE), Source::Run(&run, LAYER)],
            Keep::New => &[],
        };
        let prepared = trainer.prepare(&self.path, &self.training, older, Some(&is_gone))?;
        drop(trainer);
        let file = Arc::new(ChainFile::open(prepared.path())?);

        let mut state = self.state.write();
        let mut overlay = Overlay::new(&file);
        let mut file = file;
        for record in state.journal.records()? {
            if record == Record::Clear {
                // What was cleared meanwhile is not to come back: the layer and the file stay as they are.
                file = Arc::clone(&state.file);
                overlay = Overlay::new(&file);
            } else {
                play(&mut overlay, &file, &record);
            }
        }
        if Arc::ptr_eq(&file, &state.file) {
            return Ok(());
        }
        let mut mark = Vec::new();
        Record::Folded(identity(&file)).write(&mut mark);
        state.journal.append(&mark)?;
        if let Some(unsynced) = state.journal.take_unsynced()?
            && self.training.durable
        {
            unsynced.sync().map_err(FileError::at("sync", &self.path))?;
        }
        prepared.publish(&self.path, self.training.durable).map_err(FileError::at("replace", &self.path))?;
        state.file = file;
        state.overlay = overlay;
        state.journal.drop_before(journal)
    }
}

/// The messages of the layer, ready to be built.
fn run_of(state: &State) -> Run {
    let State { file, overlay, .. } = state;
    let view = View::new(file, overlay);
    let mut run = Run::default();
    for message in overlay.learned() {
        let forms = message.tokens.iter().filter_map(|&token| view.form(token));
        run.push_forms((message.id, message.author, message.channel), forms, 0);
    }
    run.settle();
    run
}
