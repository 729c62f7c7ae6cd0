//! A child process that outlives its owner by no more than a moment.
//!
//! Dropping it kills it. An owner that is killed itself cannot drop anything, so a small shell waits on a
//! pipe that only the owner holds open: when that closes without a word, the shell ends the child and removes its
//! folder.

use std::{
    fs::File,
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{KitError, place::User};

/// A word on the pipe means that the owner ended the child itself.
const WATCH: &str = r#"trap '' INT TERM HUP; read -r word && exit 0; kill -9 "$1"; sleep 1; rm -rf "$2""#;

#[derive(Debug)]
pub(crate) struct Guard {
    child: Child,
    watch: Child,
}

/// A command that runs as this user.
pub(crate) fn command(program: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).current_dir("/");
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

impl Guard {
    /// Starts the program with its output in the file `log`. `folder` goes with it.
    pub(crate) fn start(
        mut command: Command,
        log: &Path,
        folder: &Path,
        user: Option<User>,
    ) -> Result<Self, KitError> {
        let program = command.get_program().to_owned();
        let failed = || KitError::io("start", &program);
        let out = File::options().create(true).append(true).open(log).map_err(KitError::io("open", log))?;
        let err = out.try_clone().map_err(KitError::io("open", log))?;
        let mut child = command.stdout(out).stderr(err).spawn().map_err(failed())?;
        let watch = self::command(Path::new("/bin/sh"), user)
            .args(["-c", WATCH, "sh", &child.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match watch {
            Ok(watch) => Ok(Self { child, watch }),
            Err(error) => {
                // Nothing may run that nobody watches.
                let _ = child.kill();
                let _ = child.wait();
                Err(KitError::io("start", "/bin/sh")(error))
            }
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// Sends a signal to it.
    pub(crate) fn signal(&self, signal: Signal) {
        // A child that is over already is what a signal is sent for.
        let _ = i32::try_from(self.id()).ok().and_then(Pid::from_raw).map(|id| kill_process(id, signal));
    }

    /// Waits until it is gone.
    pub(crate) fn wait(&mut self) {
        let _ = self.child.wait();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.signal(Signal::KILL);
            self.wait();
        }
        if let Some(mut pipe) = self.watch.stdin.take() {
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.watch.wait();
    }
}
