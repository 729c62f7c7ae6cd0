//! Discord: gateway sessions and the one REST sender. Knows nothing of SQL, features or the framework.

pub mod gateway;
pub mod rest;
