//! Reads the files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder or file in `deploy/`.
pub(crate) fn deploy(path: &str) -> PathBuf {
    root().join("deploy").join(path)
}

/// The text of a file of the repository.
pub(crate) fn text(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder, in order, but for secrets that somebody made in a checkout.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("secrets") => {}
            true => found.extend(below(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// The documents of a YAML file.
pub(crate) fn yaml(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The only document of a YAML file in `deploy/`.
pub(crate) fn only(path: &str) -> Value {
    let mut all = yaml(&deploy(path));
    assert_eq!(all.len(), 1, "{path}");
    all.remove(0)
}

/// The document of that kind and name among those of a YAML file in `deploy/`.
pub(crate) fn named(path: &str, kind: &str, name: &str) -> Value {
    let found =
        yaml(&deploy(path)).into_iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("{path} has no {kind} `{name}`"))
}

/// What stands at a path such as `/spec/template`.
pub(crate) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or_else(|| panic!("there is no `{pointer}` in {value}"))
}

/// The texts of a list.
pub(crate) fn list(value: &Value) -> Vec<&str> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).iter().filter_map(Value::as_str).collect()
}

#[test]
fn every_yaml_file_parses_and_holds_something() {
    let files =
        below(&deploy("")).into_iter().filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let mut count = 0;
    for path in files {
        let documents = yaml(&path);
        assert!(!documents.is_empty() && documents.iter().all(Value::is_object), "{}", path.display());
        count += 1;
    }
    assert!(count >= 15, "{count} files");
}
