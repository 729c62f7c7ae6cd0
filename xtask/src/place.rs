//! Where things are kept: tools, packages and build output live in the user's cache, so that the next run
//! finds them, and never in the checkout.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The folder for what this project installs for itself.
#[expect(clippy::disallowed_methods, reason = "the task runner is not part of the program")]
pub(crate) fn cache() -> Result<PathBuf> {
    let base = std::env::var("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|_| std::env::var("HOME").map(|home| Path::new(&home).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME is set")?;
    let folder = base.join("guildhall");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    Ok(folder)
}

/// A folder in the cache that belongs to exactly this content of a file: a changed list of packages gets a
/// folder of its own.
pub(crate) fn keyed(name: &str, list: &Path) -> Result<PathBuf> {
    let content = std::fs::read(list).with_context(|| format!("cannot read `{}`", list.display()))?;
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    Ok(cache()?.join(format!("{name}-{:016x}", hasher.finish())))
}

/// The program `name` on the search path.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|file| file.is_file())
}
