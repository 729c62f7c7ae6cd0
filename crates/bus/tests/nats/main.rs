//! The rules of the bus over a real NATS server: what arrives, in which order, and what happens when the server,
//! the network or a worker fails.

mod failure;
mod lanes;
mod login;
mod partitions;
mod stage;
