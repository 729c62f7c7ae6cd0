//! The cache over a real Redis server: what processes share, and what happens when Redis or the network fails.

mod budget;
mod failure;
mod sharing;
mod stage;
