//! Which files are taken, by their endings alone. (Discord docs: Component Reference, File Upload.)

use serde_json::{Map, Value};

use super::form::{Form, Path};

/// The endings of each kind.
const KINDS: [(&str, &[&str]); 3] = [
    ("image", &["png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "svg", "tiff", "heic"]),
    ("video", &["mp4", "mov", "webm", "mkv", "avi", "m4v"]),
    ("audio", &["mp3", "ogg", "oga", "wav", "flac", "m4a", "aac", "opus"]),
];

/// Checks a list of types: kinds, and endings with their dot.
pub(crate) fn check(form: &mut Form, object: &Map<String, Value>, path: Path<'_>) {
    let here = path.key("file_types");
    for (index, kind) in form.list(object, "file_types", path, 10).iter().enumerate() {
        let known = kind.as_str().is_some_and(|kind| {
            KINDS.iter().any(|(name, _)| *name == kind)
                || kind.strip_prefix('.').is_some_and(|ending| {
                    (1..=16).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
                })
        });
        if !known {
            form.error(here.index(index), "BASE_TYPE_CHOICES", "Value is neither a kind nor an ending.");
        }
    }
}

/// Whether a file's name ends as it must; without a list every file is taken.
pub(crate) fn accepts(types: &Value, filename: &str) -> bool {
    let Some(types) = types.as_array().filter(|list| !list.is_empty()) else { return true };
    let ending = filename.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    types.iter().filter_map(Value::as_str).any(|kind| match kind.strip_prefix('.') {
        Some(wanted) => wanted.eq_ignore_ascii_case(&ending),
        None => KINDS.iter().any(|(name, endings)| *name == kind && endings.contains(&ending.as_str())),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn endings_decide() {
        let types = json!(["image", ".PDF"]);
        for (name, taken) in
            [("a.png", true), ("a.Jpeg", true), ("b.pdf", true), ("b.mp3", false), ("png", false)]
        {
            assert_eq!(accepts(&types, name), taken, "{name}");
        }
        assert!(accepts(&Value::Null, "anything"));
    }
}
