//! Where the programs are, who they run as, and where their folders may stand.

use std::{
    fs::{self, DirBuilder},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::KitError;

/// The user that a server runs as when this process is root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Who to run as; nobody else where this process is not root.
pub(crate) fn user() -> Result<Option<User>, KitError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let list = fs::read_to_string("/etc/passwd").map_err(KitError::io("read", "/etc/passwd"))?;
    let find = |name: &str| {
        let mut fields =
            list.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        let (uid, gid) = (fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(User { uid, gid })
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or(KitError::NoUser)
}

/// The id that owns the server's files.
pub(crate) fn owner(user: Option<User>) -> u32 {
    user.map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid)
}

/// The temporary folder: the usual one, unless the server's user cannot enter it.
pub(crate) fn base(user: Option<User>) -> Result<PathBuf, KitError> {
    let open = |path: &Path| {
        let entered =
            |part: &Path| fs::metadata(part).is_ok_and(|found| found.is_dir() && found.mode() & 0o001 != 0);
        user.is_none() || path.ancestors().all(entered)
    };
    let usual = std::env::temp_dir();
    [usual, PathBuf::from("/tmp"), PathBuf::from("/var/tmp")]
        .into_iter()
        .find(|path| path.is_dir() && open(path))
        .ok_or(KitError::NoFolder)
}

/// A new folder for one server, that only its user can look into.
pub(crate) fn fresh(base: &Path, user: Option<User>) -> Result<TempDir, KitError> {
    // A socket's path may have 107 bytes, so the name is short.
    let folder =
        tempfile::Builder::new().prefix("gh-kit-").tempdir_in(base).map_err(KitError::io("make", base))?;
    give(folder.path(), user)?;
    Ok(folder)
}

/// Hands a file or folder over to the server's user.
pub(crate) fn give(path: &Path, user: Option<User>) -> Result<(), KitError> {
    user.map_or(Ok(()), |user| chown(path, Some(user.uid), Some(user.gid)))
        .map_err(KitError::io("give away", path))
}

/// A folder with a known name in the shared temporary folder. Refused where somebody else made it.
pub(crate) fn kept(path: &Path, user: Option<User>) -> Result<(), KitError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => give(path, user),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(path).map_err(KitError::io("look at", path))?;
            let ours = [owner(user), rustix::process::geteuid().as_raw()].contains(&found.uid());
            if found.is_dir() && ours { Ok(()) } else { Err(KitError::Foreign(path.to_owned())) }
        }
        Err(error) => Err(KitError::io("make", path)(error)),
    }
}

/// The folder with `initdb` and `postgres`.
pub(crate) fn postgres() -> Result<PathBuf, KitError> {
    let named = variable(crate::postgres::VARIABLE).map(PathBuf::from);
    let on_path = || which("postgres").and_then(|file| Some(file.parent()?.to_owned()));
    let configured = || {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    let packaged = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        versions.map(|entry| entry.path()).max_by_key(number).map(|path| path.join("bin"))
    };
    let whole = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    named
        .filter(whole)
        .or_else(|| on_path().filter(whole))
        .or_else(|| configured().filter(whole))
        .or_else(|| packaged().filter(whole))
        .ok_or(KitError::Missing {
            program: "postgres",
            package: "PostgreSQL 15 or newer",
            variable: crate::postgres::VARIABLE,
        })
}

/// The program with this name: the one that the variable names, else the one on the path, else the one where
/// Debian puts daemons, which is not on the path of most users.
pub(crate) fn program(
    name: &'static str,
    package: &'static str,
    variable: &'static str,
) -> Result<PathBuf, KitError> {
    let named = self::variable(variable).map(PathBuf::from);
    let packaged = || Some(Path::new("/usr/sbin").join(name));
    let file = |path: &PathBuf| path.is_file();
    named.filter(file).or_else(|| which(name)).or_else(|| packaged().filter(file)).ok_or(KitError::Missing {
        program: name,
        package,
        variable,
    })
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16, KitError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(KitError::io("find a free port on", "127.0.0.1"))
}

fn which(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of their tools through the environment; the product is not"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
