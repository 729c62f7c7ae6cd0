//! Files that a person attaches, within a JSON body.

use base64::Engine as _;
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use crate::rest::body::Upload;

/// Files in one message.
const MOST: usize = 10;

/// A file; what it holds is given as text or in Base64.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileBody {
    filename: String,
    content_type: Option<String>,
    /// What the file shows, for people who cannot see it.
    description: Option<String>,
    text: Option<String>,
    base64: Option<String>,
}

/// The files as uploads, and the `attachments` that describe them.
pub(super) fn read(files: &[FileBody], largest: usize) -> Result<(Vec<Upload>, Value), ControlError> {
    if files.len() > MOST {
        return Err(ControlError::bad(format!("a message has at most {MOST} files")));
    }
    let mut uploads = Vec::new();
    let mut described = Vec::new();
    for (index, file) in (0_u64..).zip(files) {
        let data = match (&file.text, &file.base64) {
            (Some(text), None) => Bytes::from(text.clone()),
            (None, Some(text)) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                Bytes::from(bytes.map_err(|error| ControlError::bad(format!("`base64`: {error}")))?)
            }
            _ => return Err(ControlError::bad("a file has either `text` or `base64`")),
        };
        let name = file.filename.trim();
        if name.is_empty() || name.len() > 255 || name.contains(['/', '\\']) {
            return Err(ControlError::bad("a filename has 1 to 255 bytes and no slash"));
        }
        if data.len() > largest {
            return Err(ControlError::bad(format!("`{name}` is larger than {largest} bytes")));
        }
        described.push(json!({ "id": index, "description": file.description }));
        uploads.push(Upload {
            index,
            filename: name.to_owned(),
            content_type: file.content_type.clone(),
            data,
        });
    }
    Ok((uploads, Value::Array(described)))
}
