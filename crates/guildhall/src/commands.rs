//! One file per command of the command line.

pub(crate) mod backup;
pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod db;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod logs;
pub(crate) mod migrate;
pub(crate) mod privacy;
pub(crate) mod retention;
pub(crate) mod run;
