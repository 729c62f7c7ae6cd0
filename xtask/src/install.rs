//! Installs what the tests need: system packages by apt, command-line tools by cargo, and the packages of
//! the Python and Node proofs into folders of their own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    place::{cache, keyed, root, which},
    run::{agreed, output, run, step},
};

/// What the tests are told of.
pub(crate) struct Tools {
    pub(crate) deny: PathBuf,
    pub(crate) nextest: PathBuf,
    pub(crate) python: PathBuf,
    pub(crate) node_modules: PathBuf,
    pub(crate) chromium: PathBuf,
    /// The folder with the programs of PostgreSQL.
    pub(crate) postgres: PathBuf,
    pub(crate) pgbouncer: PathBuf,
    pub(crate) nats: PathBuf,
    pub(crate) redis: PathBuf,
}

impl Tools {
    /// Finds each tool, and installs those that are missing.
    pub(crate) fn ready() -> Result<Self> {
        step("what the tests need");
        Ok(Self {
            deny: cargo_tool("cargo-deny", "0.20.2")?,
            nextest: cargo_tool("cargo-nextest", "0.9.143")?,
            chromium: chromium()?,
            postgres: postgres()?,
            pgbouncer: daemon("pgbouncer", "pgbouncer")?,
            nats: daemon("nats-server", "nats-server")?,
            redis: daemon("redis-server", "redis-server")?,
            python: python()?,
            node_modules: node_modules()?,
        })
    }
}

/// A tool written in Rust: the one on the path, or one built into the cache.
fn cargo_tool(name: &str, version: &str) -> Result<PathBuf> {
    let folder = cache()?.join("tools");
    let ours = folder.join("bin").join(name);
    if let Some(found) = which(name).or_else(|| ours.is_file().then(|| ours.clone())) {
        eprintln!("{name}: {}", found.display());
        return Ok(found);
    }
    eprintln!("{name}: building version {version} into {} (once, some minutes)", folder.display());
    // A build folder of its own: the options of this workspace are not meant for it.
    run(Command::new("cargo")
        .args(["install", name, "--locked", "--version", version, "--root"])
        .arg(&folder)
        .env("CARGO_TARGET_DIR", cache()?.join("tools-build"))
        .current_dir(cache()?))?;
    Ok(ours)
}

/// A Chromium for the browser tests.
fn chromium() -> Result<PathBuf> {
    let find = || ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| which(name));
    if let Some(found) = find() {
        eprintln!("chromium: {}", found.display());
        return Ok(found);
    }
    apt(&["chromium"])?;
    find().context("the package `chromium` was installed, yet there is no program `chromium`")
}

/// The programs of a PostgreSQL server. The tests start servers of their own with them and leave one that the
/// system runs alone.
fn postgres() -> Result<PathBuf> {
    let packaged = || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        versions.map(|entry| entry.path()).max_by_key(number).map(|path| path.join("bin"))
    };
    let on_path = || which("postgres").and_then(|file| Some(file.parent()?.to_owned()));
    let whole = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    let find = || on_path().filter(whole).or_else(|| packaged().filter(whole));
    if find().is_none() {
        // Debian starts a server when it installs one. It is not ours, so it is not stopped.
        apt(&["postgresql"])?;
    }
    let found =
        find().context("the package `postgresql` was installed, yet there is no program `postgres`")?;
    eprintln!("postgresql: {}", found.display());
    Ok(found)
}

/// A server program of which the tests start their own; one that the system runs is left alone.
fn daemon(program: &str, package: &str) -> Result<PathBuf> {
    // Not on the path of most users.
    let packaged = || Some(Path::new("/usr/sbin").join(program)).filter(|file| file.is_file());
    let find = || which(program).or_else(packaged);
    if find().is_none() {
        apt(&[package])?;
    }
    let found = find().with_context(|| {
        format!("the package `{package}` was installed, yet there is no program `{program}`")
    })?;
    eprintln!("{program}: {}", found.display());
    Ok(found)
}

/// Installs system packages, asking first where that needs sudo.
fn apt(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if which("apt-get").is_none() {
        bail!(
            "`{list}` is missing and this system has no apt-get\nhint: install it with your system's package manager"
        );
    }
    let root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    let prefix: &[&str] = if root { &[] } else { &["sudo"] };
    if !root
        && !agreed(&format!("The tests need the system packages `{list}`. Install them with sudo apt-get?"))
    {
        bail!(
            "the system packages `{list}` are missing\nhint: run `sudo apt-get install {list}`, then this task again"
        );
    }
    eprintln!("installing the system packages {list} with apt-get");
    for words in
        [&["apt-get", "update", "-q"][..], &[&["apt-get", "install", "-y", "-q"][..], packages].concat()[..]]
    {
        let words: Vec<&str> = prefix.iter().chain(words).copied().collect();
        run(Command::new(words[0]).args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    Ok(())
}

/// A Python with the packages of the proofs, in a virtual environment of its own.
fn python() -> Result<PathBuf> {
    let list = root().join("e2e/python/requirements.txt");
    let folder = keyed("python", &list)?;
    let python = folder.join("bin/python");
    let done = folder.join(".complete");
    if done.is_file() {
        eprintln!("python packages: {}", folder.display());
        return Ok(python);
    }
    eprintln!("python packages: installing {} into {}", list.display(), folder.display());
    let system = which("python3").context("there is no `python3` on the path")?;
    run(Command::new(system).args(["-m", "venv", "--clear"]).arg(&folder)).context(
        "cannot make a virtual environment\nhint: Debian keeps that in the package `python3-venv`",
    )?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&list))?;
    std::fs::write(&done, "").context("cannot mark the folder as complete")?;
    Ok(python)
}

/// The packages of the Node proofs.
fn node_modules() -> Result<PathBuf> {
    let source = root().join("e2e/node");
    let folder = keyed("node", &source.join("package-lock.json"))?;
    let modules = folder.join("node_modules");
    let done = folder.join(".complete");
    if done.is_file() {
        eprintln!("node packages: {}", folder.display());
        return Ok(modules);
    }
    eprintln!(
        "node packages: installing {} into {}",
        source.join("package.json").display(),
        folder.display()
    );
    which("npm").context("there is no `npm` on the path")?;
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        std::fs::copy(source.join(file), folder.join(file))
            .with_context(|| format!("cannot copy `{file}`"))?;
    }
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder))?;
    std::fs::write(&done, "").context("cannot mark the folder as complete")?;
    Ok(modules)
}
