//! The sandbox's control interface, as far as the benchmarks need it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method};
use serde_json::Value;

/// A client of one sandbox.
#[derive(Clone)]
pub(crate) struct Control {
    client: Client,
    base: String,
}

impl Control {
    /// The control interface at `http://address`.
    pub(crate) fn new(address: &str) -> Result<Self> {
        let client = Client::builder().timeout(Duration::from_mins(5)).build()?;
        Ok(Self { client, base: format!("http://{address}/control") })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.with_context(|| format!("cannot reach the sandbox at {path}"))?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if !status.is_success() {
            bail!("the sandbox answered {status} to {path}: {}", String::from_utf8_lossy(&bytes));
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).with_context(|| format!("the answer to {path} is not JSON"))
    }

    /// Asks again and again until `ready` finds what it looks for, for `patience` at the most.
    pub(crate) async fn until<T>(
        &self,
        path: &str,
        patience: Duration,
        ready: impl Fn(&Value) -> Option<T>,
    ) -> Result<T> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let last = self.get(path).await;
            if let Ok(found) = &last
                && let Some(found) = ready(found)
            {
                return Ok(found);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("waited {} s for {path}; last: {last:?}", patience.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
