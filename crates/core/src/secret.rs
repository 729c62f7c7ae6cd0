//! Secrets: values that never reach a log, a metric, an error or a debug print.

pub use secrecy::{ExposeSecret, SecretString};
