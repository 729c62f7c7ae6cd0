//! Which process this is, so that another on the same machine can tell at once that it is gone, without
//! waiting until its silence has lasted long enough.

use std::fs;

/// The process that every table has. Where those of others are hidden it is, too.
const FIRST: u32 = 1;

/// Names this machine, since its start, and the table of processes that this one sees; empty where that cannot be
/// told. Containers have tables of their own.
pub fn host() -> String {
    // Where the processes of others are hidden (`hidepid`, `ProtectProc=`), one that lives looks like one that ended.
    if begun(FIRST).is_none() { String::new() } else { machine() }
}

/// The same where processes of others may be hidden: enough for those of one's own user, which are not. Empty where
/// the system does not tell.
pub fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let table = fs::read_link("/proc/self/ns/pid");
    match (boot, table) {
        (Ok(boot), Ok(table)) => format!("{}/{}", boot.trim(), table.display()),
        _ => String::new(),
    }
}

/// Names this process: its number, and when it began.
pub fn process() -> String {
    let id = std::process::id();
    process_of(id).unwrap_or_else(|| format!("{id}/"))
}

/// Names the process that has this number now, by the number and by when it began; `None` where there is none.
pub fn process_of(id: u32) -> Option<String> {
    begun(id).map(|began| format!("{id}/{began}"))
}

/// Whether a process of this host is surely gone.
pub fn is_gone(host: &str, process: &str) -> bool {
    if host.is_empty() || host != self::host() {
        return false;
    }
    let Some((id, began)) = process.split_once('/') else { return false };
    id.parse().is_ok_and(|id| begun(id).is_none_or(|now| now != began))
}

/// When a process began, in ticks since the start of the machine; `None` where it is over. The name in the file may
/// hold spaces and brackets, so the fields are counted from the last bracket on.
fn begun(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18).map(ToOwned::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_when_it_ended_or_its_number_is_another_s() {
        let (host, own) = (host(), process());
        assert!(!is_gone(&host, &own));
        assert!(!is_gone("another machine", "1/1"));
        assert!(!is_gone("", ""));
        if host.is_empty() {
            return;
        }
        let (id, began) = own.split_once('/').unwrap();
        assert!(is_gone(&host, &format!("{id}/{began}0")));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let process = format!("{}/{}", child.id(), begun(child.id()).unwrap_or_default());
        child.wait().unwrap();
        assert!(is_gone(&host, &process));
    }
}
