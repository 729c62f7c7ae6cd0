//! Requests on the wire.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use guildhall_core::secret::ExposeSecret;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use rustls::crypto::{CryptoProvider, ring};

use super::{
    RestError, RestOptions,
    outgoing::Outgoing,
    verdict::{Answer, Outcome},
};

/// No answer of the API is longer than this.
const MOST_BYTES: usize = 32 * 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_mins(1);

/// The HTTP client.
pub(super) struct Transport {
    client: reqwest::Client,
    base: String,
    authorization: HeaderValue,
}

impl Transport {
    pub(super) fn new(options: &RestOptions) -> Result<Self, RestError> {
        if CryptoProvider::get_default().is_none() {
            // The program installs one first thing; a tool or a test that did not gets the same. Losing
            // a race against another thread means that one is installed.
            drop(ring::default_provider().install_default());
        }
        let client = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .timeout(options.timeout)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| RestError::Setup(error.to_string()))?;
        let base = options.base.trim_end_matches('/').to_owned();
        reqwest::Url::parse(&base)
            .map_err(|error| RestError::Setup(format!("address of the API: {error}")))?;
        let token = options.token.expose_secret().trim();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        let mut authorization = HeaderValue::from_str(&format!("Bot {token}"))
            .map_err(|_| RestError::Setup("the bot token holds characters that no token has".to_owned()))?;
        authorization.set_sensitive(true);
        Ok(Self { client, base, authorization })
    }

    /// Sends a request once.
    pub(super) async fn send(&self, request: &Outgoing) -> Outcome {
        let mut builder = self
            .client
            .request(request.method.clone(), format!("{}/{}", self.base, request.path))
            .headers(request.headers.clone());
        if request.authorized {
            builder = builder.header(AUTHORIZATION, self.authorization.clone());
        }
        // A body of length zero is said to be one: Discord asks for a length on PUT and POST.
        if !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
            builder = builder.body(request.body.clone());
        }
        match self.exchange(builder).await {
            Ok(answer) => Outcome::Answer(answer),
            Err(error) => {
                let perhaps_done = !error.is_connect() && !error.is_builder();
                Outcome::Lost { message: describe(error), perhaps_done }
            }
        }
    }

    async fn exchange(&self, builder: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let mut response = builder.send().await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MOST_BYTES {
                // The status is known; a body that long belongs to no route.
                body.clear();
                break;
            }
            body.extend_from_slice(&chunk);
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        Ok(Answer { status, headers, body: Bytes::from(body) })
    }
}

/// An error with its causes, without the address: that holds interaction tokens.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    guildhall_core::error::chain(&error)
}
