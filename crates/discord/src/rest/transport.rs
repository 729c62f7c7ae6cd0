//! Requests on the wire.

use twilight_http::request::{Method, Request};

use super::{RestError, RestOptions, response::Response};

/// The HTTP client.
pub(super) struct Transport {
    client: reqwest::Client,
    base: String,
    authorization: guildhall_core::secret::SecretString,
}

impl Transport {
    pub(super) fn new(options: &RestOptions) -> Result<Self, RestError> {
        let client = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .timeout(options.timeout)
            .build()
            .map_err(|error| RestError::Setup(error.to_string()))?;
        Ok(Self { client, base: options.base.clone(), authorization: options.token.clone() })
    }

    pub(super) async fn send(&self, request: &Request) -> Result<Response, RestError> {
        use guildhall_core::secret::ExposeSecret;
        let method = match request.method() {
            Method::Delete => reqwest::Method::DELETE,
            Method::Get => reqwest::Method::GET,
            Method::Patch => reqwest::Method::PATCH,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            other => return Err(RestError::Validation(format!("unknown method {other:?}"))),
        };
        let mut builder = self.client.request(method, format!("{}/{}", self.base, request.path()));
        if request.use_authorization_token() {
            builder = builder.header("authorization", format!("Bot {}", self.authorization.expose_secret()));
        }
        if let Some(body) = request.body() {
            builder = builder.header("content-type", "application/json").body(body.to_vec());
        }
        let lost = |error: reqwest::Error| RestError::Transport {
            perhaps_done: !error.is_connect(),
            message: error.without_url().to_string(),
        };
        let answer = builder.send().await.map_err(lost)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(lost)?;
        if (200..300).contains(&status) {
            return Ok(Response { status, body, tries: 1 });
        }
        Err(RestError::Status {
            status,
            code: 0,
            message: String::from_utf8_lossy(&body).into_owned(),
            tries: 1,
        })
    }
}
