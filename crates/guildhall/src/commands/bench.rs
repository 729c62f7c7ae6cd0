//! `guildhall bench`: measures the whole program as its users run it, against the sandbox, each on a
//! processor of its own. A figure of ours stands beside that of a bare twilight client from the same run.

mod backup;
mod cluster;
mod commands;
mod control;
mod crash;
mod fairness;
mod gateway;
mod import;
mod markov;
mod overload;
mod peer;
mod process;
mod stage;
mod storage;
pub(crate) mod table;
mod walls;

use anyhow::Result;

use crate::cli::BenchCommand;

pub(crate) async fn run(command: &BenchCommand) -> Result<()> {
    match command {
        BenchCommand::Crash(args) => crash::run(args).await,
        BenchCommand::Cluster(args) => cluster::run(args).await,
        BenchCommand::Walls(args) => walls::run(args).await,
        BenchCommand::Gateway(args) => gateway::run(args).await,
        BenchCommand::Commands(args) => commands::run(args).await,
        BenchCommand::Fairness(args) => fairness::run(args).await,
        BenchCommand::Overload(args) => overload::run(args).await,
        BenchCommand::Backup(args) => backup::run(args).await,
        BenchCommand::Import(args) => import::run(args).await,
        BenchCommand::Markov(args) => markov::run(args),
        BenchCommand::MarkovGuilds(args) => markov::guilds::run(args).await,
        BenchCommand::MarkovHistory(args) => markov::history::run(args).await,
        BenchCommand::MarkovPart(args) => markov::part::run(args),
        BenchCommand::Peer(args) => peer::run(args).await,
    }
}
