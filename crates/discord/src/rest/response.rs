//! A successful answer.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::error::RestError;

/// A successful answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The raw body; empty for 204.
    pub body: Bytes,
    /// How often the call was sent until it succeeded.
    pub tries: u32,
}

impl Response {
    /// The body as a value.
    pub fn model<T: DeserializeOwned>(&self) -> Result<T, RestError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The place only: the words of the library quote what stands there.
            let (line, column) = (error.line(), error.column());
            RestError::Body(format!("the JSON is not as expected at line {line}, column {column}"))
        })
    }
}
