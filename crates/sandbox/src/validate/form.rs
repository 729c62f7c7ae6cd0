//! The collector of nested field errors and the typed reads that fill it.
//! (Discord docs: Reference, Error Messages.)

use serde_json::{Map, Value, json};

/// Errors by path, in the nested shape of Discord's `errors` key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FormErrors {
    root: Map<String, Value>,
}

impl FormErrors {
    /// Records one error at `path`; an empty path means the whole request.
    pub(crate) fn at(&mut self, path: &[&str], code: &str, message: impl Into<String>) {
        let mut node = &mut self.root;
        for segment in path {
            let child = node.entry(*segment).or_insert_with(|| json!({}));
            let Value::Object(child) = child else { return };
            node = child;
        }
        let entry = json!({ "code": code, "message": message.into() });
        // A request key named `_errors` can collide with the list; then the first error stands.
        if let Value::Array(list) = node.entry("_errors").or_insert_with(|| json!([])) {
            list.push(entry);
        }
    }

    /// Whether nothing was wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_empty()
    }

    /// `Ok` when nothing was wrong.
    pub(crate) fn finish(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The nested object for the `errors` key.
    pub(crate) fn into_json(self) -> Value {
        Value::Object(self.root)
    }
}

/// A place in the request, built on the stack while a validator descends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Segment<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl Path<'static> {
    /// The request itself.
    pub(crate) const ROOT: Self = Path { parent: None, segment: Segment::Root };
}

impl<'a> Path<'a> {
    /// A field of this object.
    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Path { parent: Some(self), segment: Segment::Key(key) }
    }

    /// An item of this array.
    pub(crate) fn index(&'a self, index: usize) -> Self {
        Path { parent: Some(self), segment: Segment::Index(index) }
    }

    fn segments(&self) -> Vec<String> {
        let mut out = self.parent.map(Path::segments).unwrap_or_default();
        match self.segment {
            Segment::Root => {}
            Segment::Key(key) => out.push(key.to_owned()),
            Segment::Index(index) => out.push(index.to_string()),
        }
        out
    }
}

/// Reads typed fields out of JSON and collects what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Form {
    errors: FormErrors,
}

impl Form {
    /// Records an error.
    pub(crate) fn error(&mut self, path: Path<'_>, code: &str, message: impl Into<String>) {
        let segments = path.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        self.errors.at(&segments, code, message);
    }

    /// Records that a required field is missing.
    pub(crate) fn required(&mut self, path: Path<'_>) {
        self.error(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// Ends the validation.
    pub(crate) fn finish(self) -> Result<(), FormErrors> {
        self.errors.finish()
    }

    /// The value as an object.
    pub(crate) fn object<'v>(&mut self, value: &'v Value, path: Path<'_>) -> Option<&'v Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.error(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
        }
        object
    }

    /// An array field with at most `max` items; absent and null are empty.
    pub(crate) fn list<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        key: &str,
        path: Path<'_>,
        max: usize,
    ) -> &'v [Value] {
        let here = path.key(key);
        match object.get(key) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(items)) => {
                if items.len() > max {
                    self.length(here, 0, max);
                }
                items
            }
            Some(_) => {
                self.error(here, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
                &[]
            }
        }
    }

    /// A string field whose trimmed length must lie in `min..=max`; absent and null give `None`.
    pub(crate) fn string<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        key: &str,
        path: Path<'_>,
        (min, max): (usize, usize),
    ) -> Option<&'v str> {
        let here = path.key(key);
        match object.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                let text = text.trim();
                let length = text.chars().count();
                if length < min || length > max {
                    self.length(here, min, max);
                }
                Some(text)
            }
            Some(other) if other.is_number() || other.is_boolean() => None,
            Some(_) => {
                self.error(here, "STRING_TYPE_CONVERT", "Could not interpret value as string.");
                None
            }
        }
    }

    /// Like [`Form::string`], but the field must be there.
    pub(crate) fn required_string<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        key: &str,
        path: Path<'_>,
        bounds: (usize, usize),
    ) -> Option<&'v str> {
        if matches!(object.get(key), None | Some(Value::Null)) {
            self.required(path.key(key));
            return None;
        }
        self.string(object, key, path, bounds)
    }

    /// An integer field in `min..=max`; a numeric string counts.
    pub(crate) fn integer(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: Path<'_>,
        (min, max): (i64, i64),
    ) -> Option<i64> {
        let here = path.key(key);
        let value = match object.get(key) {
            None | Some(Value::Null) => return None,
            Some(Value::Number(number)) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        let Some(value) = value else {
            self.error(here, "NUMBER_TYPE_COERCE", "Value is not int.");
            return None;
        };
        if value < min {
            self.error(
                here,
                "NUMBER_TYPE_MIN",
                format!("int value should be greater than or equal to {min}."),
            );
        } else if value > max {
            self.error(here, "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {max}."));
        }
        Some(value)
    }

    /// An integer that must be one of `choices`.
    pub(crate) fn choice(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: Path<'_>,
        choices: &[i64],
    ) -> Option<i64> {
        let value = self.integer(object, key, path, (i64::MIN, i64::MAX))?;
        if !choices.contains(&value) {
            self.not_a_choice(path.key(key), choices);
            return None;
        }
        Some(value)
    }

    /// A boolean field; Discord also takes the words.
    pub(crate) fn boolean(&mut self, object: &Map<String, Value>, key: &str, path: Path<'_>) -> Option<bool> {
        match object.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(value)) => Some(*value),
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "True" | "1") => Some(true),
            Some(Value::String(text)) if matches!(text.as_str(), "false" | "False" | "0") => Some(false),
            Some(_) => {
                self.error(path.key(key), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
                None
            }
        }
    }

    /// A snowflake field, as a string or a number.
    pub(crate) fn snowflake(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: Path<'_>,
    ) -> Option<u64> {
        match object.get(key) {
            None | Some(Value::Null) => None,
            Some(value) => self.snowflake_value(value, path.key(key)),
        }
    }

    /// A snowflake value.
    pub(crate) fn snowflake_value(&mut self, value: &Value, path: Path<'_>) -> Option<u64> {
        let parsed = parse_snowflake(value);
        if parsed.is_none() {
            let shown: String =
                value.as_str().map_or_else(|| value.to_string(), str::to_owned).chars().take(64).collect();
            self.error(path, "NUMBER_TYPE_COERCE", format!("Value \"{shown}\" is not snowflake."));
        }
        parsed
    }

    /// A time in ISO 8601; absent and null give `None`.
    pub(crate) fn time(&mut self, object: &Map<String, Value>, key: &str, path: Path<'_>) -> Option<i64> {
        let text = self.string(object, key, path, (0, 64))?;
        let at = crate::clock::moment(text);
        if at.is_none() {
            let said = "Could not parse timestamp. Should be ISO8601.";
            self.error(path.key(key), "DATE_TIME_TYPE_PARSE", said);
        }
        at
    }

    /// An http or https address, or `attachment://name` where allowed.
    pub(crate) fn url(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: Path<'_>,
        attachments: bool,
        max: usize,
    ) {
        let Some(text) = self.string(object, key, path, (0, max)) else { return };
        let here = path.key(key);
        match text.split_once("://") {
            Some(("http" | "https", rest)) if !rest.is_empty() && !rest.contains(char::is_whitespace) => {}
            Some(("attachment", rest)) if attachments && !rest.is_empty() => {}
            Some((scheme, _)) if !matches!(scheme, "http" | "https" | "attachment") => {
                let scheme: String = scheme.chars().take(32).collect();
                let allowed =
                    if attachments { "('http', 'https', 'attachment')" } else { "('http', 'https')" };
                self.error(
                    here,
                    "URL_TYPE_INVALID_SCHEME",
                    format!("Scheme \"{scheme}\" is not supported. Scheme must be one of {allowed}."),
                );
            }
            _ => self.error(here, "URL_TYPE_INVALID_URL", "Not a well formed URL."),
        }
    }

    /// Records a length outside `min..=max` with Discord's wording for the case.
    pub(crate) fn length(&mut self, path: Path<'_>, min: usize, max: usize) {
        if min == 0 {
            self.error(path, "BASE_TYPE_MAX_LENGTH", format!("Must be {max} or fewer in length."));
        } else {
            self.error(path, "BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length."));
        }
    }

    /// Records a value outside a fixed set.
    pub(crate) fn not_a_choice(&mut self, path: Path<'_>, choices: &[i64]) {
        let list: Vec<String> = choices.iter().map(i64::to_string).collect();
        self.error(path, "BASE_TYPE_CHOICES", format!("Value must be one of {{{}}}.", list.join(", ")));
    }
}

/// A snowflake given as a string or a number.
pub(crate) fn parse_snowflake(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse().ok()
        }
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

/// A whole number that was written with a point, as discord.py does with a poll's duration.
fn whole(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    is_whole.then(|| format!("{number:.0}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_errors_are_collected_at_once() {
        let mut form = Form::default();
        let body = json!({ "name": "", "list": 3, "n": "x" });
        let object = body.as_object().expect("object");
        form.required_string(object, "name", Path::ROOT, (1, 5));
        form.list(object, "list", Path::ROOT, 3);
        form.integer(object, "n", Path::ROOT, (0, 9));
        form.required_string(object, "gone", Path::ROOT, (1, 5));
        let errors = form.finish().expect_err("four errors").into_json();
        assert_eq!(errors["name"]["_errors"][0]["code"], "BASE_TYPE_BAD_LENGTH");
        assert_eq!(errors["list"]["_errors"][0]["code"], "LIST_TYPE_CONVERT");
        assert_eq!(errors["n"]["_errors"][0]["code"], "NUMBER_TYPE_COERCE");
        assert_eq!(errors["gone"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
    }

    #[test]
    fn indexes_are_string_keys() {
        let mut form = Form::default();
        let fields = Path::ROOT.key("fields");
        let second = fields.index(1);
        form.required(second.key("name"));
        let errors = form.finish().expect_err("one error").into_json();
        assert_eq!(errors["fields"]["1"]["name"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
    }

    #[test]
    fn urls_need_a_known_scheme() {
        for (url, attachments, good) in [
            ("https://example.org/a.png", false, true),
            ("attachment://a.png", true, true),
            ("attachment://a.png", false, false),
            ("ftp://example.org", false, false),
            ("nonsense", false, false),
        ] {
            let mut form = Form::default();
            let body = json!({ "url": url });
            form.url(body.as_object().expect("object"), "url", Path::ROOT, attachments, 2048);
            assert_eq!(form.finish().is_ok(), good, "{url}");
        }
    }
}
