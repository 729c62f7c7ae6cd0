//! A chain that learns, forgets and writes.

mod fold;
mod learn;
mod open;

use std::{fs::File, path::PathBuf, sync::Arc};

use parking_lot::{Mutex, RwLock};

pub use self::fold::Keep;
use crate::{
    complete::{self, Candidate},
    error::FileError,
    file::ChainFile,
    generate::{self, NoSentence, Request, Sentence},
    journal::{Journal, Recovery},
    overlay::Overlay,
    tokenizer,
    trainer::Training,
    view::View,
};

/// A chain of one file, its journal and the layer over it. Every method may be called from any thread.
///
/// Reading goes on while a fold or a training is under way; only the moment in which the new file takes the
/// place of the old one is waited for. All methods block: call them on threads that may, as
/// [`crate::Chains`] does.
#[derive(Debug)]
pub struct Chain {
    path: PathBuf,
    training: Training,
    state: RwLock<State>,
    /// Held while a new file is made.
    folding: Mutex<()>,
    recovery: Recovery,
    /// Keeps other programs away. The lock ends with the handle.
    _lock: File,
}

#[derive(Debug)]
struct State {
    file: Arc<ChainFile>,
    overlay: Overlay,
    journal: Journal,
}

/// What a chain holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Words of a state.
    pub order: u8,
    /// Messages that are learned.
    pub messages: u64,
    /// Distinct tokens of the file.
    pub words: u64,
    /// Tokens of the file.
    pub tokens: u64,
    /// Distinct states of the file.
    pub states: u64,
    /// States of the file that occur more than once.
    pub shared_states: u64,
    /// Messages that are not in the file yet.
    pub unfolded: u64,
    /// Messages of the file that are forgotten.
    pub forgotten: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// Bytes of memory that the layer over the file takes, roughly.
    pub layer_bytes: u64,
}

impl Chain {
    /// Writes a sentence. The same chain, request and number give the same sentence.
    ///
    /// A step takes constant time on average, whatever the size of the chain. A seed of several words takes
    /// time in the occurrences of the rarest.
    pub fn generate(&self, request: &Request, seed: u64) -> Result<Sentence, NoSentence> {
        let state = self.state.read();
        let _first = state.file.first_look();
        generate::sentence(View::new(&state.file, &state.overlay), request, seed)
    }

    /// Tokens that begin with `prefix` in whatever case, the most frequent first.
    ///
    /// Linear in the tokens with that prefix.
    pub fn complete(&self, prefix: &str, limit: usize) -> Vec<Candidate> {
        let state = self.state.read();
        complete::candidates(View::new(&state.file, &state.overlay), prefix, limit)
    }

    /// What the chain holds. Constant time.
    pub fn stats(&self) -> Stats {
        let state = self.state.read();
        let header = state.file.header();
        Stats {
            order: header.order,
            messages: View::new(&state.file, &state.overlay).messages(),
            words: header.words,
            tokens: header.positions,
            states: header.states,
            shared_states: header.shared,
            unfolded: state.overlay.alive().len() as u64,
            forgotten: state.overlay.gone().len(),
            file_bytes: state.file.bytes().len() as u64,
            journal_bytes: state.journal.bytes(),
            layer_bytes: state.overlay.memory() as u64,
        }
    }

    /// Bytes of memory that count for a cache: those of the file, which the system maps, and of the layer.
    pub fn weight(&self) -> u64 {
        let state = self.state.read();
        state.file.bytes().len() as u64 + state.overlay.memory() as u64
    }

    /// Hands every learned message to `each`, first those of the file by id, then the others: id, author,
    /// channel, text. Spaces are as the chain writes them, not as they were.
    pub fn messages(&self, mut each: impl FnMut(u64, u64, u64, &str)) {
        let state = self.state.read();
        let State { file, overlay, .. } = &*state;
        let view = View::new(file, overlay);
        let authors: Vec<u64> = file.authors().collect();
        let channels: Vec<u64> = file.channels().collect();
        let at = |list: &[u64], index: u32| list.get(index as usize).copied().unwrap_or(0);
        for (meta, span) in file.cursor().filter(|(meta, _)| !overlay.is_replaced(meta.id)) {
            let text = tokenizer::join(file.tokens(span).filter_map(|token| view.form(token)));
            each(meta.id, at(&authors, meta.author), at(&channels, meta.channel), &text);
        }
        for message in overlay.learned() {
            let text = tokenizer::join(message.tokens.iter().filter_map(|&token| view.form(token)));
            each(message.id, message.author, message.channel, &text);
        }
    }

    /// Whether a message with this id is learned. Logarithmic.
    pub fn contains(&self, id: u64) -> bool {
        let state = self.state.read();
        state.overlay.has(id) || (!state.overlay.is_replaced(id) && state.file.message(id).is_some())
    }

    /// Compares the checksums of the whole file. Opening does not, because it would read all of it.
    pub fn verify(&self) -> Result<(), FileError> {
        let file = Arc::clone(&self.state.read().file);
        file.verify()
    }

    /// What was found in the journal when the chain was opened.
    pub const fn recovery(&self) -> Recovery {
        self.recovery
    }
}
