//! Times in requests (Discord docs: Reference, ISO8601 Date/Time).

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

use super::form::{Form, Path};
use crate::snowflake::Millis;

/// A time as text; nothing for what is none. One without an offset is UTC.
pub(crate) fn parse_time(text: &str) -> Option<Millis> {
    let text = text.trim();
    let zoned = OffsetDateTime::parse(text, &Iso8601::DEFAULT)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Iso8601::DEFAULT));
    Millis::try_from(zoned.ok()?.unix_timestamp_nanos() / 1_000_000).ok()
}

/// A time field; absent and null give `None`.
pub(crate) fn read_time(
    form: &mut Form,
    object: &Map<String, Value>,
    key: &str,
    path: Path<'_>,
) -> Option<Millis> {
    let text = form.string(object, key, path, (0, 64))?;
    let at = parse_time(text);
    if at.is_none() {
        let message = "Could not parse timestamp. Should be ISO8601.";
        form.error(path.key(key), "DATE_TIME_TYPE_PARSE", message);
    }
    at
}
