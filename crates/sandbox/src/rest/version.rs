//! The version segment of the path. (Discord docs: Reference, API Versioning.)

use super::error::{self, ApiError};

/// Removes `/api` and the version. Versions 9 and 10 work, 6 to 8 are answered like them although they
/// are deprecated, older ones are gone; no version means 6.
pub(crate) fn strip(path: &str) -> Result<&str, ApiError> {
    let below = path.strip_prefix("/api").unwrap_or(path);
    let Some(rest) = below.strip_prefix("/v") else { return Ok(below) };
    let (number, rest) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        // A route that merely begins with a v, such as `/voice`.
        return Ok(below);
    }
    match number.parse::<u8>() {
        Ok(6..=10) => Ok(rest),
        _ => Err(error::INVALID_API_VERSION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_taken_off_or_refused() {
        assert_eq!(strip("/api/v10/users/@me"), Ok("/users/@me"));
        assert_eq!(strip("/api/v9/gateway"), Ok("/gateway"));
        assert_eq!(strip("/api/gateway"), Ok("/gateway"));
        assert_eq!(strip("/api/voice/regions"), Ok("/voice/regions"));
        for old in ["/api/v5/gateway", "/api/v11/gateway", "/api/v10x/gateway"] {
            assert_eq!(strip(old), Err(error::INVALID_API_VERSION), "{old}");
        }
    }
}
