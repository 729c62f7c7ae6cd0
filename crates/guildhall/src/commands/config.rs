//! `guildhall config`: says whether the configuration can be used, and prints its reference.

use anyhow::Result;

use crate::{
    cli::ConfigCommand,
    config::{Idle, Loaded, reference},
};

pub(crate) fn run(command: &ConfigCommand, load: impl FnOnce() -> Result<Loaded>) -> Result<()> {
    match command {
        ConfigCommand::Reference => print!("{}", reference()),
        ConfigCommand::Check => check(&load()?),
    }
    Ok(())
}

fn check(loaded: &Loaded) {
    match &loaded.file {
        Some(file) => println!("file: `{}`", file.display()),
        None => println!("file: none"),
    }
    for (path, value, source) in &loaded.given {
        println!("{path} = {value}  (from {source})");
    }
    for Idle { name, why } in &loaded.idle {
        println!("`{name}` is accepted; it sets {why}");
    }
    let partner = if loaded.config.uses_sandbox() { "the embedded sandbox" } else { "Discord" };
    println!("the configuration is in order; the bot would talk to {partner}");
}
