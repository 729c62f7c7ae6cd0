//! Arguments of `guildhall bench markov` and its companions.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct MarkovBenchArgs {
    /// Messages of each corpus.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    pub(crate) messages: Vec<usize>,
    /// Words of a state.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub(crate) order: u8,
    /// Runs, of which the median counts.
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: u32,
    /// A Python interpreter with `markovify`; without it that library is left out.
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) python: Option<PathBuf>,
    /// A `node_modules` folder with `markov-strings`; without it that library is left out.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) node_modules: Option<PathBuf>,
    /// The folder of the scripts that drive other libraries.
    #[arg(long, value_name = "FOLDER", default_value = "e2e")]
    pub(crate) scripts: PathBuf,
    /// The most messages that are given to other libraries: some take minutes for more.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) peers_up_to: usize,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MarkovGuildsArgs {
    /// Servers.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) guilds: u32,
    /// Messages of the largest chain; the nth has an nth of them (Zipf).
    #[arg(long, default_value_t = 100_000)]
    pub(crate) largest: u32,
    /// Messages of the smallest chains.
    #[arg(long, default_value_t = 30)]
    pub(crate) smallest: u32,
    /// What open chains may take; each limit is a run of its own over the same chains.
    #[arg(long, value_delimiter = ',', default_values_t = [512, 16])]
    pub(crate) cache_megabytes: Vec<u32>,
    /// Commands a second over all servers: half of them to servers in proportion to their chains, half to any.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// Seconds of each run.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub(crate) seconds: u32,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MarkovHistoryArgs {
    /// Messages of the channel.
    #[arg(long, default_value_t = 3_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(crate) messages: u64,
    /// Members who write there, and allow that it is learned.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) authors: u32,
    /// Pages of 100 messages a second that the sandbox allows: by default more than are read. Discord allows about one,
    /// so that the same takes hours there.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) pages: u32,
    /// Commands a second, before and meanwhile.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// Seconds of commands before the training begins.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub(crate) seconds: u32,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MarkovPartArgs {
    /// What is measured.
    #[arg(long, value_enum)]
    pub(crate) part: MarkovPart,
    /// The corpus: id, author, channel and text of a message on each line, between tabs.
    #[arg(long)]
    pub(crate) corpus: PathBuf,
    /// The file of the chain.
    #[arg(long)]
    pub(crate) chain: PathBuf,
    #[arg(long)]
    pub(crate) order: u8,
    #[arg(long)]
    pub(crate) threads: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum MarkovPart {
    /// Split at spaces and number the words: what any training has to do.
    Limit,
    /// Train a chain.
    Train,
    /// Open a chain and write sentences.
    Serve,
    /// Dependent reads at random places of as many bytes as the chain has.
    Memory,
}
