//! Several sets of messages as one, ordered by id. Of two messages with one id the later is left.

use std::{io, ops::Range};

use crate::{
    file::{ChainFile, Cursor},
    run::Run,
};

/// Where messages come from, and how old they are: of two with one id, that of the greater rank is left, and
/// among equals the one that was learned later.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    Run(&'a Run, u64),
    File(&'a ChainFile, u64),
}

impl Source<'_> {
    /// How many numbers its tokens may have.
    pub(super) fn token_bound(&self) -> usize {
        match self {
            Self::Run(run, _) => run.words.len(),
            Self::File(file, _) => file.words() as usize + 1,
        }
    }

    pub(super) fn authors(&self) -> Vec<u64> {
        match self {
            Self::Run(run, _) => run.authors.list().iter().map(|(id, _)| *id).collect(),
            Self::File(file, _) => file.authors().collect(),
        }
    }

    pub(super) fn channels(&self) -> Vec<u64> {
        match self {
            Self::Run(run, _) => run.channels.list().iter().map(|(id, _)| *id).collect(),
            Self::File(file, _) => file.channels().collect(),
        }
    }

    fn word_uses(&self) -> Vec<u32> {
        match self {
            Self::Run(run, _) => run.words.counts(),
            Self::File(file, _) => {
                let uses =
                    |token| file.bucket(token).map_or(0, |(_, count)| u32::try_from(count).unwrap_or(0));
                (0..=file.words()).map(uses).collect()
            }
        }
    }
}

/// Which messages are no longer wanted: by the rank of their source, when they were learned, and their id.
pub(crate) type Gone<'a> = dyn Fn(u64, u64, u64) -> bool + Sync + 'a;

/// A message of a source, with the source's own numbers.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: u64,
    pub(super) source: usize,
    pub(super) author: u32,
    pub(super) channel: u32,
    rank: u64,
    turn: u64,
    /// Of a file: where its tokens are. Of a run: the index of its entry.
    span: Range<usize>,
    kept: bool,
}

enum Feed<'a> {
    Run(&'a Run, u64, usize),
    File(Cursor<'a>, u64),
}

/// Goes through all messages of all sources.
pub(super) struct Merge<'a> {
    sources: &'a [Source<'a>],
    gone: Option<&'a Gone<'a>>,
    feeds: Vec<Feed<'a>>,
    heads: Vec<Option<Found>>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(sources: &'a [Source<'a>], gone: Option<&'a Gone<'a>>) -> Self {
        let feed = |source: &Source<'a>| match *source {
            Source::Run(run, rank) => Feed::Run(run, rank, 0),
            Source::File(file, rank) => Feed::File(file.cursor(), rank),
        };
        let mut merge = Self {
            sources,
            gone,
            feeds: sources.iter().map(feed).collect(),
            heads: vec![None; sources.len()],
        };
        for source in 0..sources.len() {
            merge.advance(source);
        }
        merge
    }

    fn advance(&mut self, source: usize) {
        let wanted = |rank, turn, id| self.gone.is_none_or(|gone| !gone(rank, turn, id));
        self.heads[source] = match &mut self.feeds[source] {
            Feed::Run(run, rank, next) => run.entries().get(*next).map(|entry| {
                *next += 1;
                Found {
                    id: entry.id,
                    source,
                    author: entry.author,
                    channel: entry.channel,
                    rank: *rank,
                    turn: entry.turn,
                    span: *next - 1..*next,
                    kept: wanted(*rank, entry.turn, entry.id),
                }
            }),
            Feed::File(cursor, rank) => cursor.next().map(|(meta, span)| Found {
                id: meta.id,
                source,
                author: meta.author,
                channel: meta.channel,
                rank: *rank,
                turn: 0,
                span,
                kept: wanted(*rank, 0, meta.id),
            }),
        };
    }

    /// The next message by id, whether it is kept or not.
    fn next(&mut self) -> Option<Found> {
        let best = self.heads.iter().flatten().min_by_key(|found| (found.id, found.rank, found.turn))?;
        let source = best.source;
        let mut found = self.heads[source].take()?;
        self.advance(source);
        // A later one with the same id takes its place.
        found.kept &= self.heads.iter().flatten().all(|other| other.id != found.id);
        Some(found)
    }

    pub(super) fn next_kept(&mut self) -> Option<Found> {
        loop {
            let found = self.next()?;
            if found.kept {
                return Some(found);
            }
        }
    }

    /// The tokens of a message by the source's own numbers.
    pub(super) fn tokens(
        &self,
        found: &Found,
        mut each: impl FnMut(u32) -> io::Result<()>,
    ) -> io::Result<()> {
        match self.sources[found.source] {
            Source::Run(run, _) => {
                let entry = &run.entries()[found.span.start];
                run.tokens(entry).iter().try_for_each(|&token| each(token))
            }
            Source::File(file, _) => file.tokens(found.span.clone()).try_for_each(each),
        }
    }
}

/// How often everything is used by what is kept, by the sources' own numbers.
#[derive(Debug)]
pub(super) struct Uses {
    pub(super) messages: u64,
    pub(super) words: Vec<Vec<u32>>,
    pub(super) authors: Vec<Vec<u32>>,
    pub(super) channels: Vec<Vec<u32>>,
}

impl Uses {
    pub(super) fn count(sources: &[Source<'_>], gone: Option<&Gone<'_>>) -> Self {
        let mut words: Vec<Vec<u32>> = sources.iter().map(Source::word_uses).collect();
        if let ([Source::Run(run, _)], None) = (sources, gone) {
            let counts = |list: &[(u64, u32)]| vec![list.iter().map(|(_, count)| *count).collect()];
            return Self {
                messages: run.entries().len() as u64,
                words,
                authors: counts(run.authors.list()),
                channels: counts(run.channels.list()),
            };
        }
        let mut authors: Vec<_> = sources.iter().map(|source| vec![0; source.authors().len()]).collect();
        let mut channels: Vec<_> = sources.iter().map(|source| vec![0; source.channels().len()]).collect();
        let mut messages = 0;
        let mut merge = Merge::new(sources, gone);
        while let Some(found) = merge.next() {
            if found.kept {
                messages += 1;
                authors[found.source][found.author as usize] += 1;
                channels[found.source][found.channel as usize] += 1;
            } else {
                let uses = &mut words[found.source];
                // Nothing in here fails: the error type is that of the writer.
                let _ = merge.tokens(&found, |token| {
                    uses[token as usize] -= 1;
                    Ok(())
                });
            }
        }
        Self { messages, words, authors, channels }
    }
}
