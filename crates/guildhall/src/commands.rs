//! One file per command of the command line.

pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod logs;
pub(crate) mod run;
