//! The whole way against the sandbox.
