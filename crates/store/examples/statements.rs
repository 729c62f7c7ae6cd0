//! How fast small statements are: `cargo run --release -p guildhall-store --example statements`.

use std::{sync::Arc, time::Instant};

use guildhall_core::{clock::SystemClock, id::GuildId, scope::GuildScope};
use guildhall_store::{GuildStatement, Migration, Schema, Store, StoreError, StoreOptions, guild, params};

const SCHEMA: Schema = Schema {
    owner: "example",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "facts",
        sql: "CREATE TABLE fact (guild_id BIGINT NOT NULL, id BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (guild_id, id));",
    }],
    inventory: &[],
    statements: &[],
};
const ADD: GuildStatement = guild("add", "INSERT INTO fact (guild_id, id, text) VALUES ($1, $2, $3)");
const ONE: GuildStatement = guild("one", "SELECT text FROM fact WHERE guild_id = $1 AND id = $2");

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store =
        Store::open(StoreOptions::new(folder.path().join("data.db")), &[SCHEMA], Arc::new(SystemClock))
            .await?;
    let scope = GuildScope(GuildId::new(1).ok_or("no id")?);
    for round in 0..5_i64 {
        let started = Instant::now();
        let mut tx = store.write().await?;
        for number in 0..500 {
            tx.guild(scope).execute(&ADD, params![round * 500 + number, "a short text"]).await?;
        }
        let written = started.elapsed();
        tx.commit().await?;
        println!("500 inserts {written:.2?}, with commit {:.2?}", started.elapsed());
        let started = Instant::now();
        let mut read = store.read().await?;
        for number in 0..500 {
            read.guild(scope).fetch_one(&ONE, params![round * 500 + number]).await?;
        }
        println!("500 reads   {:.2?}", started.elapsed());
    }
    let started = Instant::now();
    for number in 0..200_i64 {
        one(&store, scope, 1_000_000 + number).await?;
    }
    println!("200 transactions of one insert {:.2?}", started.elapsed());
    Ok(())
}

async fn one(store: &Store, scope: GuildScope, id: i64) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    tx.guild(scope).execute(&ADD, params![id, "a short text"]).await?;
    tx.commit().await
}
