//! What the address of a gateway socket asks for (Discord docs: Gateway, Gateway URL Query String Params).

use super::{
    close::Close,
    compress::Packer,
    wire::{Encoding, Wire},
};

/// What the address asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    version: Option<String>,
    encoding: Option<String>,
    compress: Option<String>,
}

impl Query {
    /// Reads the address; keys that are not known are passed over.
    pub(crate) fn read(text: &str) -> Self {
        let mut query = Self::default();
        for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "v" => query.version = Some(value.into_owned()),
                "encoding" => query.encoding = Some(value.into_owned()),
                "compress" => query.compress = Some(value.into_owned()),
                _ => {}
            }
        }
        query
    }

    /// How to write, or why not to talk at all.
    pub(super) fn wire(&self) -> Result<Wire, Close> {
        if !matches!(self.version.as_deref(), None | Some("9" | "10")) {
            return Err(Close::INVALID_VERSION);
        }
        let encoding = match self.encoding.as_deref() {
            None | Some("json") => Encoding::Json,
            Some("etf") => Encoding::Etf,
            Some(_) => return Err(Close::DECODE_ERROR),
        };
        let packer = Packer::for_transport(self.compress.as_deref().unwrap_or_default());
        Ok(Wire::new(encoding, packer.ok_or(Close::DECODE_ERROR)?))
    }
}
