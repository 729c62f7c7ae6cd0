//! Reading request bodies: JSON, forms and multipart uploads, each bounded.
//! (Discord docs: Reference, Uploading Files.)

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde_json::{Map, Value, json};

use super::error::{self, ApiError};

/// One uploaded file.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// The `n` of `files[n]`.
    pub index: u64,
    /// Its name as the client gave it.
    pub filename: String,
    /// Its media type as the client gave it.
    pub content_type: Option<String>,
    /// Its bytes.
    pub data: Bytes,
}

/// A body that was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The JSON; an empty object when there was none.
    pub json: Value,
    /// The files beside it.
    pub files: Vec<Upload>,
}

/// How large things may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// The whole request.
    pub request: usize,
    /// One file.
    pub file: usize,
}

/// Files in one message.
const MAX_FILES: usize = 10;

/// Reads the body of a request that may have one.
pub(crate) async fn read(parts: Parts, body: Body, sizes: Sizes) -> Result<Read, ApiError> {
    let bytes = axum::body::to_bytes(body, sizes.request).await.map_err(|_| error::ENTITY_TOO_LARGE)?;
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if bytes.is_empty() && essence != "multipart/form-data" {
        return Ok(Read { json: json!({}), files: Vec::new() });
    }
    match essence.as_str() {
        "application/json" => Ok(Read { json: parse_json(&bytes)?, files: Vec::new() }),
        "application/x-www-form-urlencoded" => {
            let fields = url::form_urlencoded::parse(&bytes)
                .map(|(k, v)| (k.into_owned(), Value::String(v.into_owned())));
            Ok(Read { json: Value::Object(fields.collect()), files: Vec::new() })
        }
        "multipart/form-data" => {
            let request = Request::from_parts(parts, Body::from(bytes));
            let multipart = Multipart::from_request(request, &())
                .await
                .map_err(|_| bad_content_type("multipart/form-data"))?;
            read_multipart(multipart, sizes).await
        }
        other => Err(bad_content_type(other)),
    }
}

fn parse_json(bytes: &[u8]) -> Result<Value, ApiError> {
    let mut value = serde_json::from_slice(bytes).map_err(|_| error::INVALID_JSON)?;
    whole_numbers(&mut value);
    Ok(value)
}

/// A number without a fraction is an integer however it is written: discord.py sends a poll's `duration`
/// as `2.0`.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            // Below 2^53 every integer is exact, and its text without a fraction reads as one.
            let whole = number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9_007_199_254_740_992.0);
            if let Some(whole) = whole.and_then(|whole| format!("{whole:.0}").parse::<i64>().ok()) {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(entries) => entries.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

fn bad_content_type(kind: &str) -> ApiError {
    let kind: String = kind.chars().take(64).collect();
    ApiError::field(
        &[],
        "CONTENT_TYPE_INVALID",
        format!(
            "Expected \"Content-Type\" header to be one of {{'application/json', \
             'application/x-www-form-urlencoded', 'multipart/form-data'}}, not '{kind}'."
        ),
    )
}

async fn read_multipart(mut multipart: Multipart, sizes: Sizes) -> Result<Read, ApiError> {
    let mut payload = None;
    let mut fields = Map::new();
    let mut files = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(|_| error::INVALID_FORM_BODY)? {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let data = field.bytes().await.map_err(|_| error::INVALID_FORM_BODY)?;
        if name == "payload_json" {
            payload = Some(parse_json(&data)?);
        } else if let Some(filename) = filename {
            if data.len() > sizes.file {
                return Err(error::FILE_TOO_LARGE);
            }
            if files.len() == MAX_FILES {
                return Err(error::TOO_MANY_ATTACHMENTS);
            }
            let index = file_index(&name).unwrap_or(files.len() as u64);
            files.push(Upload { index, filename: safe_name(&filename), content_type, data });
        } else {
            fields.insert(name, Value::String(String::from_utf8_lossy(&data).into_owned()));
        }
    }
    Ok(Read { json: payload.unwrap_or(Value::Object(fields)), files })
}

fn file_index(name: &str) -> Option<u64> {
    name.strip_prefix("files[")?.strip_suffix(']')?.parse().ok()
}

/// The name that ends up in a URL: no folders, and only characters that need no escape.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' });
    let name: String = kept.take(128).collect();
    if name.trim_matches(['.', '_']).is_empty() { "unknown".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { request: 1000, file: 20 };

    async fn run(kind: &str, body: &str) -> Result<Read, ApiError> {
        let request =
            Request::builder().header(CONTENT_TYPE, kind).body(Body::from(body.to_owned())).expect("request");
        let (parts, body) = request.into_parts();
        read(parts, body, SIZES).await
    }

    #[tokio::test]
    async fn whole_numbers_are_integers() {
        let read = run("application/json", r#"{"a":2.0,"b":[{"c":-1e3}],"d":2.5,"e":1e300,"f":7}"#).await;
        let json = read.unwrap().json;
        assert_eq!((json["a"].as_i64(), json["b"][0]["c"].as_i64()), (Some(2), Some(-1000)));
        assert_eq!((json["d"].as_i64(), json["e"].as_i64(), json["f"].as_i64()), (None, None, Some(7)));
    }

    #[tokio::test]
    async fn malformed_json_is_50109() {
        assert_eq!(run("application/json", "{").await.expect_err("malformed"), error::INVALID_JSON);
    }

    #[tokio::test]
    async fn unknown_content_types_are_50035() {
        assert_eq!(run("text/plain", "hello").await.expect_err("unknown").code, 50035);
    }

    #[tokio::test]
    async fn large_bodies_are_refused() {
        assert_eq!(
            run("application/json", &"1".repeat(1001)).await.expect_err("large"),
            error::ENTITY_TOO_LARGE
        );
    }

    #[tokio::test]
    async fn uploads_come_with_their_payload() {
        let part = |head: &str, body: &str| {
            format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let body = [
            part("name=\"payload_json\"", "{\"content\":\"x\"}"),
            part("name=\"files[3]\"; filename=\"../a b.txt\"", "hello"),
            "--b--\r\n".to_owned(),
        ]
        .concat();
        let read = run("multipart/form-data; boundary=b", &body).await.expect("readable");
        assert_eq!(read.json["content"], "x");
        assert_eq!((read.files[0].index, read.files[0].filename.as_str()), (3, "a_b.txt"));
        let big = part("name=\"files[0]\"; filename=\"a\"", &"x".repeat(21));
        assert_eq!(
            run("multipart/form-data; boundary=b", &format!("{big}--b--\r\n")).await.expect_err("large"),
            error::FILE_TOO_LARGE
        );
    }
}
