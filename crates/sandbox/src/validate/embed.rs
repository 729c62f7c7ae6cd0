//! Embeds: lengths of each part and the sum over a message.
//! (Discord docs: Message resource, Embed Limits.)

use serde_json::Value;

use super::form::{Form, Path};

/// Sum of all text in all embeds of one message.
pub(crate) const TOTAL_CHARACTERS: usize = 6000;

/// Checks the embeds of a message found at `path`.
pub(crate) fn check(form: &mut Form, embeds: &[Value], path: Path<'_>) {
    let mut total = 0;
    for (index, embed) in embeds.iter().enumerate() {
        total += check_one(form, embed, path.index(index));
    }
    if total > TOTAL_CHARACTERS {
        form.error(
            path,
            "MAX_EMBED_SIZE_EXCEEDED",
            format!("Embed size exceeds maximum size of {TOTAL_CHARACTERS}"),
        );
    }
}

/// Checks one embed and returns its number of counted characters.
fn check_one(form: &mut Form, embed: &Value, path: Path<'_>) -> usize {
    let Some(object) = form.object(embed, path) else { return 0 };
    let mut total = 0;
    let mut count = |text: Option<&str>| total += text.map_or(0, |t| t.chars().count());
    count(form.string(object, "title", path, (0, 256)));
    count(form.string(object, "description", path, (0, 4096)));
    form.url(object, "url", path, false, 2048);
    form.integer(object, "color", path, (0, 0xFF_FF_FF));
    if let Some(Value::String(stamp)) = object.get("timestamp")
        && time::OffsetDateTime::parse(stamp, &time::format_description::well_known::Iso8601::DEFAULT)
            .is_err()
        && time::PrimitiveDateTime::parse(stamp, &time::format_description::well_known::Iso8601::DEFAULT)
            .is_err()
    {
        form.error(
            path.key("timestamp"),
            "DATE_TIME_TYPE_PARSE",
            "Could not parse timestamp. Should be ISO8601.",
        );
    }
    for key in ["image", "thumbnail"] {
        if let Some(part) = object.get(key).filter(|v| !v.is_null()) {
            let here = path.key(key);
            if let Some(part) = form.object(part, here) {
                form.url(part, "url", here, true, 2048);
            }
        }
    }
    if let Some(footer) = object.get("footer").filter(|v| !v.is_null()) {
        let here = path.key("footer");
        if let Some(footer) = form.object(footer, here) {
            count(form.string(footer, "text", here, (0, 2048)));
            form.url(footer, "icon_url", here, true, 2048);
        }
    }
    if let Some(author) = object.get("author").filter(|v| !v.is_null()) {
        let here = path.key("author");
        if let Some(author) = form.object(author, here) {
            count(form.required_string(author, "name", here, (0, 256)));
            form.url(author, "url", here, false, 2048);
            form.url(author, "icon_url", here, true, 2048);
        }
    }
    let fields = path.key("fields");
    for (index, field) in form.list(object, "fields", path, 25).iter().enumerate() {
        let here = fields.index(index);
        let Some(field) = form.object(field, here) else { continue };
        count(form.required_string(field, "name", here, (1, 256)));
        count(form.required_string(field, "value", here, (1, 1024)));
        form.boolean(field, "inline", here);
    }
    total
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(embeds: &Value) -> Value {
        let mut form = Form::default();
        let embeds = embeds.as_array().expect("array");
        check(&mut form, embeds, Path::ROOT.key("embeds"));
        form.finish().err().map_or(json!({}), super::super::form::FormErrors::into_json)
    }

    #[test]
    fn each_part_has_its_limit() {
        let found =
            errors(&json!([{ "title": "x".repeat(257), "fields": [{ "name": "a" }], "url": "mailto:x" }]));
        assert_eq!(found["embeds"]["0"]["title"]["_errors"][0]["message"], "Must be 256 or fewer in length.");
        assert_eq!(found["embeds"]["0"]["fields"]["0"]["value"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
        assert_eq!(found["embeds"]["0"]["url"]["_errors"][0]["code"], "URL_TYPE_INVALID_URL");
    }

    #[test]
    fn the_sum_over_all_embeds_is_limited() {
        let half = json!({ "description": "x".repeat(3001) });
        let found = errors(&json!([half.clone(), half]));
        assert_eq!(found["embeds"]["_errors"][0]["code"], "MAX_EMBED_SIZE_EXCEEDED");
        let fits = json!({ "description": "x".repeat(3000) });
        assert_eq!(errors(&json!([fits.clone(), fits])), json!({}));
    }

    #[test]
    fn surrounding_space_does_not_count() {
        assert_eq!(errors(&json!([{ "title": format!("  {}  ", "x".repeat(256)) }])), json!({}));
    }
}
