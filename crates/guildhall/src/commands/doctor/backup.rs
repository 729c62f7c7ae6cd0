//! Checks of the backups: that there are any, that they are young, and that their key is kept well.

use std::{path::Path, time::Duration};

use guildhall_backup::folder;
use guildhall_core::error::chain;

use super::report::{Finding, Report};
use crate::{
    config::Config,
    parts::{self, World},
};

const CHECK: &str = "backups";

/// A backup may be this much older than the interval before somebody should look.
const GRACE: Duration = Duration::from_hours(1);

pub(super) fn check(report: &mut Report, config: &Config, world: &World) {
    let plan = match parts::backups(config) {
        Ok(plan) => plan,
        Err(error) => {
            let mend = "`guildhall backup keygen` makes a key; name its file in `backup.identity_file`";
            report.add(Finding::fail(CHECK, chain(&*error), mend));
            return;
        }
    };
    if let Some(key) = config.backup.identity_file.as_ref().or(config.backup.passphrase_file.as_ref()) {
        key_file(report, key, &plan.folder);
    }
    let entries = match folder::list(&plan.folder, &plan.label) {
        Ok(entries) => entries,
        Err(error) => {
            report.add(Finding::fail(CHECK, chain(&error), "let the bot's user read the folder"));
            return;
        }
    };
    let place = plan.folder.display();
    report.add(match (folder::newest(&entries), plan.every) {
        (None, every) if every.is_zero() => Finding::warn(
            CHECK,
            "there is none, and none will be made",
            "set `backup.every_hours` and a key (`guildhall backup keygen`); docs/backup.md shows how",
        ),
        (None, _) => {
            Finding::warn(CHECK, format!("there is none yet in `{place}`"), "the running bot makes the first")
        }
        (Some(newest), every) => {
            let age = world.clock.now().since(newest.at);
            let hours = age.as_secs() / 3_600;
            let found = format!("the newest of {} in `{place}` is {hours} hours old", entries.len());
            if every.is_zero() {
                Finding::warn(CHECK, found, "set `backup.every_hours`, so that they come by themselves")
            } else if age > every + GRACE {
                Finding::warn(CHECK, found, "is the bot running? its log says why a backup failed")
            } else {
                Finding::ok(CHECK, found)
            }
        }
    });
}

/// A key that others can read, or that lies beside the backups, protects nothing.
fn key_file(report: &mut Report, key: &Path, folder: &Path) {
    const CHECK: &str = "backup key";
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    if let (Some(key), Some(folder)) = (real(key), real(folder))
        && key.starts_with(folder)
    {
        let found =
            format!("`{}` lies in the folder of the backups: whoever gets them gets it, too", key.display());
        report.add(Finding::fail(CHECK, found, "move it to another place, and keep a copy of it in a third"));
        return;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(key).map_or(0, |file| file.permissions().mode() & 0o077);
        report.add(if mode == 0 {
            Finding::ok(CHECK, format!("`{}` is readable by its owner only", key.display()))
        } else {
            let found = format!("`{}` can be read by others on this machine", key.display());
            Finding::fail(CHECK, found, format!("run `chmod 600 {}`", key.display()))
        });
    }
}
