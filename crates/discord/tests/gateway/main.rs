//! The gateway half against the sandbox, over real sockets.

mod faults;
mod harness;
mod pressure;
mod sessions;
mod store;
