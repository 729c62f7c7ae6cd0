//! The section `backup`: where backups are kept, when they are made, who can read them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Where backups are kept, when they are made, and who can read them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Backup {
    /// The folder for backups; `backups` in `storage.folder` where it is not set. A folder on another disk
    /// survives the loss of this one.
    pub(crate) folder: Option<PathBuf>,
    /// Hours between two backups that the running bot makes. 0 makes none.
    pub(crate) every_hours: u32,
    /// The newest backups that stay, however close together.
    pub(crate) keep_last: u32,
    /// Days of which one backup stays.
    pub(crate) keep_daily: u32,
    /// Weeks of which one backup stays. What a person erased is out of all backups after these weeks.
    pub(crate) keep_weekly: u32,
    /// Public keys of those who can read the backups, `age1…`. `guildhall backup keygen` makes a key.
    pub(crate) recipients: Vec<String>,
    /// The file with the secret key. Needed to verify and restore; without `recipients` backups are encrypted
    /// for it. Must not lie in the folder of the backups.
    pub(crate) identity_file: Option<PathBuf>,
    /// A file with a passphrase, instead of `recipients` and `identity_file`.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Whether backups may be written without encryption.
    pub(crate) allow_plain: bool,
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            folder: None,
            every_hours: 0,
            keep_last: 3,
            keep_daily: 7,
            keep_weekly: 3,
            recipients: Vec::new(),
            identity_file: None,
            passphrase_file: None,
            allow_plain: false,
        }
    }
}
