//! `GET /servers` and `GET /database`: counts, and nothing that names a server.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;

use crate::server::App;

/// How many servers there are, and on which shards.
#[derive(Serialize)]
pub(crate) struct Servers {
    servers: u64,
    shards: Vec<Shard>,
}

#[derive(Serialize)]
struct Shard {
    id: u32,
    state: String,
    servers: u64,
}

/// The counts of the database.
#[derive(Serialize)]
pub(crate) struct Database {
    kind: String,
    bytes: Option<u64>,
    counts: BTreeMap<String, u64>,
}

/// `GET /servers`.
pub(crate) async fn servers(State(app): State<App>) -> Json<Servers> {
    let snapshot = app.status.snapshot();
    let shards = snapshot
        .shards
        .into_iter()
        .map(|shard| Shard { id: shard.id, state: shard.state, servers: shard.guilds })
        .collect();
    Json(Servers { servers: snapshot.guilds, shards })
}

/// `GET /database`.
pub(crate) async fn database(State(app): State<App>) -> Json<Database> {
    let view = app.status.snapshot().database;
    Json(Database { kind: view.kind, bytes: view.bytes, counts: view.counts.into_iter().collect() })
}
