//! Why a configuration is refused, with the setting and where it was given.

use std::{fmt, path::PathBuf};

/// A configuration that cannot be used. Each line names the setting and where it came from.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file `{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is not TOML or JSON5.
    #[error("the configuration file `{path}` does not parse: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// Settings that do not exist.
    #[error("{}", Lines(.0))]
    Unknown(Vec<UnknownKey>),
    /// A setting with a value that it cannot have.
    #[error("`{key}`{} cannot be used: {reason}", From(.source_name))]
    Invalid {
        /// The setting, such as `web.listen`.
        key: String,
        /// The file or variable that set it.
        source_name: Option<String>,
        /// What is wrong, and what would be right.
        reason: String,
    },
}

/// A setting that does not exist.
#[derive(Debug)]
pub(crate) struct UnknownKey {
    /// What was written.
    pub(crate) key: String,
    /// The file or variable that it stands in.
    pub(crate) source_name: String,
    /// What was probably meant.
    pub(crate) suggestion: Option<String>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no setting `{}` (in {})", self.key, self.source_name)?;
        self.suggestion.iter().try_for_each(|near| write!(f, "\nhint: did you mean `{near}`?"))
    }
}

struct Lines<'a>(&'a [UnknownKey]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            key.fmt(f)?;
        }
        Ok(())
    }
}

struct From<'a>(&'a Option<String>);

impl fmt::Display for From<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|name| write!(f, " (from {name})"))
    }
}
