//! Export, erasure, tombstones and retention, as the inventories have them.

mod erase;
mod export;
mod retention;
mod stage;
