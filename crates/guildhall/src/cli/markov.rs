//! Arguments of `guildhall bench markov`.

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
