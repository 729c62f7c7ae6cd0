//! What can go wrong.

use std::{io, path::PathBuf};

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read or written.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// It is no file of a chain.
    #[error("not the file of a chain")]
    Foreign,
    /// It was written by a later version.
    #[error("written in version {0} of the format, which this program does not know")]
    Version(u32),
    /// Its bytes are not those that were written.
    #[error("damaged: {0}; learn the messages again from where they are kept")]
    Damaged(&'static str),
    /// Chains of another order cannot take part.
    #[error("a chain of order {found} cannot be used where order {expected} is asked for")]
    Order {
        /// What the file holds.
        found: u8,
        /// What was asked for.
        expected: u8,
    },
    /// Another chain of this process or of another has the file open.
    #[error("`{}` is in use by another program", .0.display())]
    InUse(PathBuf),
    /// More than the format can hold.
    #[error("more than a chain can hold: {0}")]
    TooLarge(&'static str),
}

impl FileError {
    /// Adds where it happened.
    pub(crate) fn at(doing: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}
