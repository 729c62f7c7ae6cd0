//! Reading control requests: ids as strings or numbers, bodies and queries with errors of our own shape.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use base64::Engine as _;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::error::ControlError;
use crate::rest::body::{self, Sizes};
use crate::snowflake::{Id, parse};

/// An id in a body, a query or a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnyId(pub Id);

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = AnyId;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an id")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<AnyId, E> {
                Ok(AnyId(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<AnyId, E> {
                parse(text).map(AnyId).ok_or_else(|| E::custom(format!("`{text}` is not an id")))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// An id in a path; paths know only text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PathId(pub Id);

impl<'de> Deserialize<'de> for PathId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map(PathId).ok_or_else(|| D::Error::custom(format!("`{text}` is not an id")))
    }
}

/// Both kinds are described as one.
macro_rules! id_schema {
    ($name:ty) => {
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "Id".into()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::Id").into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": ["string", "integer"] })
            }
        }
    };
}

id_schema!(AnyId);
id_schema!(PathId);

/// The variable segments of a path.
pub(crate) struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = ControlError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ControlError> {
        let found = Path::<T>::from_request_parts(parts, state).await;
        found.map(|Path(value)| Self(value)).map_err(|error| ControlError::bad(error.body_text()))
    }
}

/// The query.
pub(crate) struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ControlError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ControlError> {
        let found = Query::<T>::from_request_parts(parts, state).await;
        found.map(|Query(value)| Self(value)).map_err(|error| ControlError::bad(error.body_text()))
    }
}

/// A JSON body; none counts as an empty object.
pub(crate) struct Given<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ControlError> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let body = with_files(request).await?;
            return serde_json::from_value(body)
                .map(Self)
                .map_err(|error| ControlError::bad(format!("the body: {error}")));
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|error| ControlError::bad(error.body_text()))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|error| ControlError::bad(format!("the body: {error}")))
    }
}

/// The largest form, as large as Discord's own.
const FORM_LIMIT: usize = 40 * 1024 * 1024;

/// A form with `payload_json` and files, as the JSON that says the same: files in order of their numbers.
async fn with_files(request: Request) -> Result<Value, ControlError> {
    let (parts, body) = request.into_parts();
    let sizes = Sizes { request: FORM_LIMIT, file: FORM_LIMIT };
    let mut read = body::read(parts, body, sizes).await?;
    read.files.sort_by_key(|file| file.index);
    let files = read.files.iter().map(|file| {
        json!({
            "filename": file.filename,
            "content_type": file.content_type,
            "base64": base64::engine::general_purpose::STANDARD.encode(&file.data),
        })
    });
    let files: Vec<Value> = files.collect();
    if let Value::Object(keys) = &mut read.json
        && !files.is_empty()
    {
        keys.insert("files".to_owned(), json!(files));
    }
    Ok(read.json)
}
