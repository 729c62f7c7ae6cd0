//! Figures of measurements: what a process has used, read from `/proc`, and the middle of many.

use std::time::Duration;

use anyhow::{Context as _, Result};

/// One clock tick in `/proc/PID/stat`: the kernel counts 100 a second there.
const TICK: Duration = Duration::from_millis(10);

/// The processor time that a process has used so far.
pub fn cpu(process: u32) -> Result<Duration> {
    let stat = read(process, "stat")?;
    // The program's name may hold spaces; what follows its closing parenthesis is regular.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("`/proc/PID/stat` has another shape")?;
    Ok(TICK * (user + system))
}

/// Resident memory in bytes.
pub fn resident(process: u32) -> Result<u64> {
    let status = read(process, "status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("`/proc/PID/status` has another shape")? * 1024)
}

fn read(process: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{process}/{file}");
    std::fs::read_to_string(&path).with_context(|| format!("cannot read `{path}`"))
}

/// The middle of these figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
