//! Discord's marks within a message (Discord docs: Reference, Message Formatting).

/// The length of the mark that the text begins with: `<:name:1>`, `<a:name:1>`, `<@1>`, `<@!1>`, `<@&1>`,
/// `<#1>`, `</name:1>`, `<t:1:R>`, `<id:guide>`.
pub(super) fn mark(text: &str) -> Option<usize> {
    // The longest: a command of three names with 32 characters each, and an id.
    let close = text.bytes().take(160).position(|byte| byte == b'>')?;
    let inner = text.get(1..close)?;
    let known = if let Some(rest) = inner.strip_prefix(':').or_else(|| inner.strip_prefix("a:")) {
        rest.split_once(':').is_some_and(|(name, id)| is_name(name) && is_id(id))
    } else if let Some(rest) = inner.strip_prefix('@') {
        is_id(rest.strip_prefix(['!', '&']).unwrap_or(rest))
    } else if let Some(rest) = inner.strip_prefix('#') {
        is_id(rest)
    } else if let Some(rest) = inner.strip_prefix('/') {
        rest.rsplit_once(':').is_some_and(|(name, id)| !name.contains(['\n', '<']) && is_id(id))
    } else if let Some(rest) = inner.strip_prefix("t:") {
        let (time, style) = rest.split_once(':').unwrap_or((rest, "f"));
        is_id(time.strip_prefix('-').unwrap_or(time)) && style.len() == 1
    } else {
        matches!(inner, "id:customize" | "id:browse" | "id:guide" | "id:linked-roles")
    };
    known.then_some(close + 1)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_id(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
