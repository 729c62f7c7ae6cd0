//! The checks in the order that finds cheap mistakes first.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    install::Tools,
    place::root,
    run::{run, step},
};

/// Everything: what CI runs.
pub(crate) fn test() -> Result<()> {
    let tools = Tools::ready()?;
    lint_with(&tools)?;
    step("documentation examples");
    run(cargo(&["test", "--workspace", "--doc", "--quiet"]).envs(for_tests(&tools)))?;
    step("tests");
    // Programs are built first: tests start them as processes of their own.
    run(&mut cargo(&["build", "--quiet", "--package", "guildhall", "--package", "guildhall-e2e"]))?;
    run(Command::new(&tools.nextest)
        .args(["nextest", "run", "--workspace", "--no-fail-fast"])
        .current_dir(root())
        .envs(for_tests(&tools)))
}

/// The checks that run nothing of the program.
pub(crate) fn lint() -> Result<()> {
    lint_with(&Tools::ready()?)
}

fn lint_with(tools: &Tools) -> Result<()> {
    step("formatter");
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    step("clippy");
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
    step("documentation");
    run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    step("licences, bans and sources");
    let deny = |checks: &[&str]| {
        let mut command = Command::new(&tools.deny);
        command
            .args(["--log-level", "error", "check", "--hide-inclusion-graph"])
            .args(checks)
            .current_dir(root());
        command
    };
    run(&mut deny(&["licenses", "bans", "sources"]))?;
    step("advisories");
    advisories(deny(&["advisories"]))
}

/// Known vulnerabilities, where their database can be reached. A database out of reach is said, and is no
/// failure: the check is about the dependencies, not about the network.
fn advisories(mut deny: Command) -> Result<()> {
    let output = deny.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        eprintln!("none known");
        return Ok(());
    }
    if said.contains("failed to fetch") || said.contains("failed to load advisory database") {
        eprintln!("skipped: the advisory database cannot be reached from here");
        return Ok(());
    }
    eprintln!("{said}");
    bail!("a dependency has a known vulnerability")
}

/// Writes the pages that are generated from the code.
pub(crate) fn docs() -> Result<()> {
    write_page("docs/configuration.md", &["config", "reference"])?;
    write_page("docs/privacy.md", &["privacy", "policy", "--markdown"])?;
    write_page("docs/sandbox_control.md", &["sandbox", "reference"])?;
    write_page("docs/sandbox_routes.md", &["sandbox", "routes"])
}

/// Writes what a command of the program prints.
fn write_page(page: &str, words: &[&str]) -> Result<()> {
    let page = root().join(page);
    let output = cargo(&["run", "--quiet", "--package", "guildhall", "--"]).args(words).output()?;
    if !output.status.success() {
        bail!("`guildhall {}` failed:\n{}", words.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    std::fs::write(&page, output.stdout)?;
    eprintln!("wrote {}", page.display());
    Ok(())
}

fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(words).current_dir(root());
    command
}

fn for_tests(tools: &Tools) -> [(&'static str, std::ffi::OsString); 7] {
    [
        ("GUILDHALL_TEST_PYTHON", tools.python.clone().into_os_string()),
        ("GUILDHALL_TEST_NODE_MODULES", tools.node_modules.clone().into_os_string()),
        ("GUILDHALL_TEST_CHROMIUM", tools.chromium.clone().into_os_string()),
        ("GUILDHALL_TEST_POSTGRES", tools.postgres.clone().into_os_string()),
        ("GUILDHALL_TEST_PGBOUNCER", tools.pgbouncer.clone().into_os_string()),
        ("GUILDHALL_TEST_NATS", tools.nats.clone().into_os_string()),
        ("GUILDHALL_TEST_REDIS", tools.redis.clone().into_os_string()),
    ]
}
