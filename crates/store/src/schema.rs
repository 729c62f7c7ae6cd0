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
    /// Whether a program from before it can no longer work with the tables. Such a step comes only when no
    /// program that needs the old shape runs any more: first expand, then contract.
    pub breaks: bool,
    /// What it does, in a few words.
    pub name: &'static str,
    /// Portable SQL, several statements if need be.
    pub sql: &'static str,
}
