//! The project's own tasks, run as `cargo xtask NAME`.
//!
//! `test` installs what the tests need and says so, runs the formatter, the linter, the licence check and
//! all tests, and ends with the test runner's own summary. `docs` writes the generated pages anew.

mod checks;
mod install;
mod place;
mod run;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

tasks:
  test    install what the tests need, then run every check and test
  lint    formatter, clippy, documentation and licences only
  docs    write the generated pages under docs/ anew";

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let result = match task.as_deref() {
        Some("test") => checks::test(),
        Some("lint") => checks::lint(),
        Some("docs") => checks::docs(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
