//! What a feature or crate declares about its tables.

use crate::{inventory::Table, statement::AnyStatement};

/// The tables of one owner.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The feature or crate.
    pub owner: &'static str,
    /// How its tables came to be, oldest first, numbered from 1 without gaps.
    pub migrations: &'static [Migration],
    /// What its tables hold.
    pub inventory: &'static [Table],
    /// Every statement it runs.
    pub statements: &'static [AnyStatement],
}

/// One step forward. Never edited once released; there is no step back.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number within the owner.
    pub version: u32,
    /// What it does, in a few words.
    pub name: &'static str,
    /// Portable SQL, several statements if need be.
    pub sql: &'static str,
}
