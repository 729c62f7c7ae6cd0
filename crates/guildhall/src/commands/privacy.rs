//! `guildhall privacy`: exports, erasures and the page about what is kept, for whoever runs the bot.

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, IsTerminal as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use guildhall_core::{
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use guildhall_framework::{Registry, caching::forget_subject};
use guildhall_store::{
    Erased, Reason, Schema, Store, Subject, erase,
    export::{self, Export},
    platform, policy,
};

use crate::{
    cli::{EraseReason, PrivacyCommand},
    config::Config,
    parts::{self, World},
};

pub(crate) async fn run(command: &PrivacyCommand, load: impl FnOnce() -> Result<Config>) -> Result<()> {
    let registry = parts::registry()?;
    if let PrivacyCommand::Policy { markdown } = command {
        print!("{}", if *markdown { page(&registry) } else { policy::markdown(&schemas(&registry)) });
        return Ok(());
    }
    let (config, world) = (load()?, World::real());
    let store = parts::store(&config, &registry, &world).await?;
    let done = with_store(command, &config, &store, &world).await;
    store.close().await;
    done
}

async fn with_store(command: &PrivacyCommand, config: &Config, store: &Store, world: &World) -> Result<()> {
    match command {
        PrivacyCommand::Export { user, guild, out } => {
            let out = out.clone().unwrap_or_else(|| format!("guildhall-{user}.zip").into());
            export(store, person(*user, *guild), &out, world).await
        }
        PrivacyCommand::GuildExport { guild, out } => {
            let out = out.clone().unwrap_or_else(|| format!("guildhall-server-{guild}.zip").into());
            export(store, Subject::Guild(*guild), &out, world).await
        }
        PrivacyCommand::Erase { user, guild, reason, yes } => {
            let reason = match reason {
                EraseReason::Mail => Reason::Mail,
                EraseReason::AccountDeleted => Reason::AccountDeleted,
            };
            erase(config, store, person(*user, *guild), reason, *yes, world).await
        }
        PrivacyCommand::GuildErase { guild, yes } => {
            erase(config, store, Subject::Guild(*guild), Reason::Mail, *yes, world).await
        }
        PrivacyCommand::Policy { .. } => Ok(()),
    }
}

fn person(user: UserId, guild: Option<GuildId>) -> Subject {
    guild.map_or(Subject::User(user), |guild| Subject::Member(guild, user))
}

/// Writes the archive into a new file that only its owner can read.
async fn export(store: &Store, subject: Subject, out: &Path, world: &World) -> Result<()> {
    let file = new_file(out).with_context(|| {
        format!("cannot write `{}`\nhint: name another file with --out; none is overwritten", out.display())
    })?;
    let pages = Export::of(store, subject).await?;
    let archive = export::archive(pages, BufWriter::new(file), world.clock.now()).await?;
    archive.out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    println!("{}: {} rows", out.display(), archive.rows);
    Ok(())
}

fn new_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.write(true).create_new(true).open(path)
}

async fn erase(
    config: &Config,
    store: &Store,
    subject: Subject,
    reason: Reason,
    yes: bool,
    world: &World,
) -> Result<()> {
    let found = erase::preview(store, subject, reason).await?;
    println!("{} rows would go", found.total());
    print_rows(&found);
    if !yes && !agreed()? {
        bail!("nothing was erased\nhint: --yes erases without asking");
    }
    let now = world.clock.now();
    let erased = erase::run(store, &parts::journal(config), subject, reason, now).await?;
    if reason != Reason::AccountDeleted {
        record(store, subject, &erased, world).await?;
    }
    // What running processes keep at hand.
    if let Some(cache) = parts::connected_cache(config, world).await? {
        if !cache.available() {
            eprintln!("warning: Redis does not answer; what is cached there goes within two minutes");
        }
        forget_subject(&cache, subject).await;
    }
    println!("{} rows are erased", erased.total());
    print_rows(&erased);
    Ok(())
}

/// In the trail of whom it is about, so that they see that it was done.
async fn record(store: &Store, subject: Subject, erased: &Erased, world: &World) -> Result<()> {
    let detail = format!("{} rows, by an operator", erased.total());
    let now = world.clock.now();
    let mut write = store.write().await?;
    match subject {
        Subject::User(user) | Subject::Member(_, user) => {
            let mut tx = write.user(UserScope(user));
            platform::privacy::record(&mut tx, "erase", &detail, now).await?;
        }
        Subject::Guild(guild) => {
            let mut tx = write.guild(GuildScope(guild));
            platform::privacy::record_guild(&mut tx, "guild-erase", None, &detail, now).await?;
        }
    }
    Ok(write.commit().await?)
}

fn print_rows(rows: &Erased) {
    for (table, rows) in rows.tables() {
        println!("  {table}: {rows}");
    }
}

/// Whether a person at the terminal says yes. Without a terminal nobody can, so the answer is no.
fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("erase them? it cannot be undone [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Every table of the program.
fn schemas(registry: &Registry) -> Vec<Schema> {
    [vec![platform::SCHEMA], parts::schemas(registry)].concat()
}

/// The page `docs/privacy.md`.
fn page(registry: &Registry) -> String {
    format!("{}{}", include_str!("privacy/page.md"), policy::markdown(&schemas(registry)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_current() {
        let committed = include_str!("../../../../docs/privacy.md");
        let made = page(&parts::registry().unwrap());
        assert!(committed == made, "docs/privacy.md is stale; run `cargo xtask docs`");
    }
}
