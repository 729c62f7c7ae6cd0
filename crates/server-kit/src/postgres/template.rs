//! A data folder made once by `initdb` and copied for each server.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::{
    KitError,
    guard::command,
    place::{self, User},
};

/// The oldest version that Guildhall runs on.
const OLDEST: u32 = 15;

/// Counts the ways in which templates were made; a new way needs a new folder.
const FORMAT: u32 = 1;

/// A finished template.
#[derive(Debug)]
pub(crate) struct Template(PathBuf);

/// The template for these programs. Made where it is missing, by one process at a time.
pub(crate) async fn ready(programs: &Path, base: &Path, user: Option<User>) -> Result<Template, KitError> {
    let (programs, base) = (programs.to_owned(), base.to_owned());
    let work = tokio::task::spawn_blocking(move || make(&programs, &base, user));
    work.await
        .map_err(|error| KitError::io("make the template in", "a thread")(std::io::Error::other(error)))?
}

fn make(programs: &Path, base: &Path, user: Option<User>) -> Result<Template, KitError> {
    let version = version(programs)?;
    let folder = base.join(format!("guildhall-postgres-{version}-{FORMAT}-{}", place::owner(user)));
    place::kept(&folder, user)?;
    let lock = folder.join("lock");
    let lock = File::create(&lock).map_err(KitError::io("open", &lock))?;
    lock.lock().map_err(KitError::io("lock", &folder))?;
    let template = Template(folder.join("template"));
    if template.0.is_dir() {
        return Ok(template);
    }
    // What a killed process left half done goes first.
    let draft = folder.join("draft");
    let _ = fs::remove_dir_all(&draft);
    place::kept(&draft, user)?;
    initdb(programs, &draft, user)?;
    fs::rename(&draft, &template.0).map_err(KitError::io("rename", &draft))?;
    Ok(template)
}

impl Template {
    /// Copies the data folder, as the user that owns it.
    pub(crate) fn copy(&self, to: &Path, user: Option<User>) -> Result<(), KitError> {
        let mut copy = command(Path::new("cp"), user);
        finished(copy.arg("-R").arg(self.0.join("data")).arg(to)).map(|_| ())
    }

    /// The password of the roles in it.
    pub(crate) fn password(&self) -> Result<String, KitError> {
        let path = self.0.join("password");
        fs::read_to_string(&path).map_err(KitError::io("read", path))
    }
}

/// A cluster with the two roles. Sorted by the rules of a language where the server can do that: a statement
/// that relies on the order of bytes is then found out.
fn initdb(programs: &Path, draft: &Path, user: Option<User>) -> Result<(), KitError> {
    let password = draft.join("password");
    fs::write(&password, random()?).map_err(KitError::io("write", &password))?;
    place::give(&password, user)?;
    let data = draft.join("data");
    let cluster = |more: &[&str]| {
        let mut initdb = command(&programs.join("initdb"), user);
        initdb
            .args(["--username", super::SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--wal-segsize=1", "--no-sync", "--no-instructions"])
            .arg("--pgdata")
            .arg(&data)
            .arg("--pwfile")
            .arg(&password)
            .args(more);
        finished(&mut initdb)
    };
    if cluster(&["--locale-provider=icu", "--icu-locale=en-US"]).is_err() {
        let _ = fs::remove_dir_all(&data);
        cluster(&[])?;
    }
    let word = fs::read_to_string(&password).map_err(KitError::io("read", &password))?;
    let owner = format!("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD '{word}'\n", super::OWNER);
    let mut single = command(&programs.join("postgres"), user);
    single.arg("--single").arg("-D").arg(&data).arg("postgres").stdin(Stdio::piped());
    let started = single.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut started = started.map_err(KitError::io("start", programs))?;
    if let Some(mut input) = started.stdin.take() {
        input.write_all(owner.as_bytes()).map_err(KitError::io("write to", programs))?;
    }
    let status = started.wait().map_err(KitError::io("wait for", programs))?;
    if status.success() {
        return Ok(());
    }
    let fault = format!("it cannot make a role: {status}");
    Err(KitError::Failed { program: programs.join("postgres"), fault, output: String::new() })
}

/// The major version.
fn version(programs: &Path) -> Result<u32, KitError> {
    let output = finished(Command::new(programs.join("postgres")).arg("--version"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let digits =
        |word: &str| word.split(|c: char| !c.is_ascii_digit()).next().and_then(|part| part.parse().ok());
    let found = text.split_whitespace().find_map(digits).unwrap_or(0);
    if found < OLDEST { Err(KitError::Outdated { found, needed: OLDEST }) } else { Ok(found) }
}

fn finished(command: &mut Command) -> Result<Output, KitError> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().map_err(KitError::io("start", &program))?;
    if output.status.success() {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(KitError::Failed { program, fault: output.status.to_string(), output: text })
}

/// A password: whoever else uses this machine must not be able to use the server.
fn random() -> Result<String, KitError> {
    let failed = || KitError::io("read", "/dev/urandom");
    let mut bytes = [0; 16];
    File::open("/dev/urandom").map_err(failed())?.read_exact(&mut bytes).map_err(failed())?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}
