//! A client for the sandbox's control interface, as a test's hands.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use thiserror::Error;

use crate::wait;

/// A call on the control interface that did not succeed.
#[derive(Debug, Error)]
pub enum ControlError {
    /// No answer.
    #[error("{method} {path} got no answer: {fault}")]
    Transport {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// What happened.
        fault: String,
    },
    /// An answer other than 2xx.
    #[error("{method} {path} answered {status}: {body}")]
    Status {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// The control interface of one sandbox.
#[derive(Clone)]
pub struct Control {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Control {
    /// For a sandbox that listens on `address`, such as `127.0.0.1:4000`.
    pub fn new(address: impl std::fmt::Display) -> Self {
        Self { base: format!("http://{address}"), client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// `GET /control{path}`.
    pub async fn get(&self, path: &str) -> Result<Value, ControlError> {
        self.call("GET", path, None).await
    }

    /// `POST /control{path}`.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, ControlError> {
        self.call("POST", path, Some(body)).await
    }

    /// `PATCH /control{path}`.
    pub async fn patch(&self, path: &str, body: Value) -> Result<Value, ControlError> {
        self.call("PATCH", path, Some(body)).await
    }

    /// `DELETE /control{path}`.
    pub async fn delete(&self, path: &str) -> Result<Value, ControlError> {
        self.call("DELETE", path, None).await
    }

    /// Any call; an empty answer is `null`.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, ControlError> {
        let (status, bytes) = self.raw(method, &format!("/control{path}"), body).await?;
        let text = String::from_utf8_lossy(&bytes);
        if !(200..300).contains(&status) {
            return Err(ControlError::Status {
                method: method.to_owned(),
                path: path.to_owned(),
                status,
                body: text.into_owned(),
            });
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// A call on any path of the server: status and body as they came.
    pub async fn raw(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Bytes), ControlError> {
        let transport = |fault: String| ControlError::Transport {
            method: method.to_owned(),
            path: path.to_owned(),
            fault,
        };
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        let body = match body {
            Some(value) => {
                request = request.header("content-type", "application/json");
                Bytes::from(value.to_string())
            }
            None => Bytes::new(),
        };
        let request = request.body(Full::new(body)).map_err(|error| transport(error.to_string()))?;
        let response = self.client.request(request).await.map_err(|error| transport(error.to_string()))?;
        let status = response.status().as_u16();
        let bytes =
            response.into_body().collect().await.map_err(|error| transport(error.to_string()))?.to_bytes();
        Ok((status, bytes))
    }

    /// Sends a message as `user` and returns it.
    pub async fn say(&self, user: &str, channel: &str, content: &str) -> Result<Value, ControlError> {
        self.post(&format!("/as/{user}/channels/{channel}/messages"), json!({ "content": content })).await
    }

    /// The newest messages that `user` sees in `channel`, newest first.
    pub async fn messages(&self, user: &str, channel: &str) -> Result<Vec<Value>, ControlError> {
        let found = self.get(&format!("/as/{user}/channels/{channel}/messages?limit=100")).await?;
        Ok(found.as_array().cloned().unwrap_or_default())
    }

    /// Sends an interaction as `user`; `body` names its kind.
    pub async fn interact(&self, user: &str, channel: &str, body: Value) -> Result<Value, ControlError> {
        self.post(&format!("/as/{user}/channels/{channel}/interactions"), body).await
    }

    /// Waits until an interaction has left `pending`, and returns its record.
    pub async fn settled(&self, interaction: &str, bound: Duration) -> Result<Value, ControlError> {
        self.get(&format!("/interactions/{interaction}?wait={}", bound.as_millis())).await
    }

    /// The first message that `user` sees in `channel` and that `fits`, within `bound`.
    pub async fn message<F>(&self, user: &str, channel: &str, bound: Duration, fits: F) -> Option<Value>
    where
        F: Fn(&Value) -> bool,
    {
        wait::until(bound, || async {
            let found = self.messages(user, channel).await.ok()?;
            found.into_iter().find(|message| fits(message))
        })
        .await
    }
}
