//! Where the tools for tests with foreign clients are.
//!
//! `cargo xtask test` prepares them in private folders and names them in the
//! environment.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// The python executable of an environment with `e2e/python/requirements.txt`.
pub const PYTHON: &str = "GUILDHALL_TEST_PYTHON";
/// The folder that holds `node_modules` for `e2e/node`.
pub const NODE_MODULES: &str = "GUILDHALL_TEST_NODE_MODULES";
/// The Chromium executable.
pub const CHROMIUM: &str = "GUILDHALL_TEST_CHROMIUM";
/// The folder with shared data such as `discord-openapi.json`.
pub const SHARED_DATA: &str = "GUILDHALL_SHARED_DATA";

/// A tool that the tests need is not there.
#[derive(Debug, Error)]
#[error("{variable} {fault}\nhint: `cargo xtask test` installs the tools and sets it")]
pub struct ToolMissing {
    variable: String,
    fault: String,
}

/// A bot of `e2e/rust`: the program beside this test.
pub fn rust_bot(name: &str) -> Result<PathBuf, ToolMissing> {
    // target/debug/deps/test-hash
    let beside = std::env::current_exe().ok().and_then(|test| Some(test.parent()?.parent()?.join(name)));
    beside.filter(|path| path.is_file()).ok_or_else(|| ToolMissing {
        variable: name.to_owned(),
        fault: "is not built; `cargo build -p guildhall-e2e` builds it".to_owned(),
    })
}

/// The python executable.
pub fn python() -> Result<PathBuf, ToolMissing> {
    existing(PYTHON)
}

/// The `node_modules` folder itself, whether the variable names it or its parent.
pub fn node_modules() -> Result<PathBuf, ToolMissing> {
    let named = existing(NODE_MODULES)?;
    let nested = named.join("node_modules");
    Ok(if nested.is_dir() { nested } else { named })
}

/// The Chromium executable.
pub fn chromium() -> Result<PathBuf, ToolMissing> {
    existing(CHROMIUM)
}

/// The root of the checkout, found from this crate.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder with shared data, if there is one.
pub fn shared_data() -> Option<PathBuf> {
    variable(SHARED_DATA)
        .map(PathBuf::from)
        .or_else(|| Some(workspace().parent()?.join("shared/data")))
        .filter(|path| path.is_dir())
}

fn existing(name: &'static str) -> Result<PathBuf, ToolMissing> {
    let missing = |fault: String| ToolMissing { variable: name.to_owned(), fault };
    let path = variable(name).map(PathBuf::from).ok_or_else(|| missing("is not set".to_owned()))?;
    if path.exists() {
        Ok(path)
    } else {
        Err(missing(format!("names {}, which does not exist", path.display())))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of their tools through the environment; the product is not"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_names_the_command_that_installs_it() {
        let error = existing("GUILDHALL_TEST_NO_SUCH_TOOL").unwrap_err().to_string();
        assert!(error.contains("GUILDHALL_TEST_NO_SUCH_TOOL is not set"));
        assert!(error.contains("cargo xtask test"));
    }

    #[test]
    fn the_workspace_holds_the_scripts() {
        assert!(workspace().join("e2e/python/requirements.txt").is_file());
        assert!(workspace().join("e2e/node/package.json").is_file());
    }
}
