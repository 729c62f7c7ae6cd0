//! Guildhall.
mod config;
fn main() { print!("{}", config::reference()); }
