//! Trains Markov chains and writes sentences, each measurement in a process of its own on one processor, so
//! that memory is told apart; the same corpus goes to other libraries where they are at hand.

pub(crate) mod guilds;
pub(crate) mod history;
pub(crate) mod part;
mod talk;

use std::{
    io::{BufWriter, Write as _},
    path::Path,
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use guildhall_markov::synthetic::Synthetic;
use guildhall_sandbox_cli::figures::median;
use serde::Serialize;
use serde_json::Value;

use super::table;
use crate::cli::{MarkovBenchArgs, MarkovPart};

/// The seed of the corpus.
const SEED: u64 = 1;

#[derive(Debug, Serialize)]
struct Row {
    library: String,
    messages: usize,
    corpus_mb: f64,
    trained_per_second: Option<f64>,
    training_mb: Option<f64>,
    file_mb: Option<f64>,
    first_sentence_ms: Option<f64>,
    serving_mb: Option<f64>,
    plain_us: Option<[f64; 2]>,
    filtered_us: Option<[f64; 2]>,
}

pub(crate) fn run(args: &MarkovBenchArgs) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let mut rows = Vec::new();
    for &messages in &args.messages {
        eprintln!("making {messages} messages");
        let corpus = folder.path().join("corpus.tsv");
        let texts = folder.path().join("corpus.txt");
        let bytes = make(messages, &corpus, &texts)?;
        let bench = Bench { args, folder: folder.path(), corpus: &corpus, messages, bytes };
        for threads in [1, 2] {
            eprintln!("training on {threads} and writing sentences");
            rows.push(bench.ours(threads)?);
        }
        eprintln!("measuring the limits of the machine");
        rows.push(bench.limit()?);
        rows.push(bench.memory()?);
        rows.extend(bench.peers(&texts));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print(&rows);
    }
    Ok(())
}

fn make(messages: usize, corpus: &Path, texts: &Path) -> Result<u64> {
    let mut all = BufWriter::new(std::fs::File::create(corpus)?);
    let mut plain = BufWriter::new(std::fs::File::create(texts)?);
    for sample in Synthetic::new(SEED).take(messages) {
        writeln!(all, "{}\t{}\t{}\t{}", sample.id, sample.author, sample.channel, sample.text)?;
        writeln!(plain, "{}", sample.text)?;
    }
    all.flush()?;
    plain.flush()?;
    Ok(texts.metadata()?.len())
}

struct Bench<'a> {
    args: &'a MarkovBenchArgs,
    folder: &'a Path,
    corpus: &'a Path,
    messages: usize,
    bytes: u64,
}

impl Bench<'_> {
    fn row(&self, library: &str) -> Row {
        Row {
            library: library.to_owned(),
            messages: self.messages,
            corpus_mb: self.bytes as f64 / 1e6,
            trained_per_second: None,
            training_mb: None,
            file_mb: None,
            first_sentence_ms: None,
            serving_mb: None,
            plain_us: None,
            filtered_us: None,
        }
    }

    /// Runs a part several times and gives the median of each of its figures.
    fn part(&self, part: MarkovPart, threads: usize) -> Result<Value> {
        let mut results = Vec::new();
        for _ in 0..self.args.runs.max(1) {
            // One processor for each thread.
            let processors = if threads > 1 { "0,1" } else { "0" };
            let mut command = Command::new("taskset");
            command.args(["-c", processors]).arg(std::env::current_exe()?);
            command.args(["bench", "markov-part", "--part"]);
            command.arg(match part {
                MarkovPart::Limit => "limit",
                MarkovPart::Train => "train",
                MarkovPart::Serve => "serve",
                MarkovPart::Memory => "memory",
            });
            command.arg("--corpus").arg(self.corpus);
            command.arg("--chain").arg(self.folder.join("chain.markov"));
            command.args(["--order", &self.args.order.to_string(), "--threads", &threads.to_string()]);
            results.push(output(&mut command)?);
        }
        Ok(medians(&results))
    }

    fn ours(&self, threads: usize) -> Result<Row> {
        let trained = self.part(MarkovPart::Train, threads)?;
        let served = self.part(MarkovPart::Serve, 1)?;
        let name = if threads == 1 { "guildhall-markov" } else { "guildhall-markov, two threads" };
        Ok(Row {
            trained_per_second: trained["per_second"].as_f64(),
            training_mb: trained["resident_mb"].as_f64(),
            file_mb: trained["file_mb"].as_f64(),
            ..self.served(name, &served)
        })
    }

    fn served(&self, name: &str, served: &Value) -> Row {
        let pair = |kind: &str| {
            Some([served[format!("{kind}_p50_us")].as_f64()?, served[format!("{kind}_p99_us")].as_f64()?])
        };
        Row {
            first_sentence_ms: served["first_ms"].as_f64(),
            serving_mb: served["resident_mb"].as_f64(),
            plain_us: pair("plain"),
            filtered_us: pair("filtered"),
            ..self.row(name)
        }
    }

    fn limit(&self) -> Result<Row> {
        let limit = self.part(MarkovPart::Limit, 1)?;
        Ok(Row {
            trained_per_second: limit["per_second"].as_f64(),
            training_mb: limit["resident_mb"].as_f64(),
            ..self.row("limit: split at spaces and number the words")
        })
    }

    fn memory(&self) -> Result<Row> {
        let memory = self.part(MarkovPart::Memory, 1)?;
        let micros = memory["sentence_us"].as_f64();
        Ok(Row {
            plain_us: micros.map(|micros| [micros, micros]),
            ..self.row("limit: one read at random for each word of a sentence")
        })
    }

    fn peers(&self, texts: &Path) -> Vec<Row> {
        let scripts = &self.args.scripts;
        let python = self.args.python.as_ref().map(|python| {
            let mut command = Command::new(python);
            command.arg(scripts.join("python/markov_peer.py"));
            ("PyPI markovify", command)
        });
        let node = self.args.node_modules.as_ref().map(|modules| {
            let mut command = Command::new("node");
            command.arg(scripts.join("node/markov_peer.mjs")).arg(modules);
            ("npm markov-strings", command)
        });
        let mut rows = Vec::new();
        for (name, command) in [("PyPI markovify", python), ("npm markov-strings", node)] {
            let Some((_, mut command)) = command else {
                eprintln!("{name} is left out: the arguments do not say where it is");
                continue;
            };
            if self.messages > self.args.peers_up_to {
                eprintln!("{name} is left out of {} messages: see --peers-up-to", self.messages);
                continue;
            }
            eprintln!("the same with {name}");
            command.arg(texts).arg(self.folder.join("peer.json")).arg(self.args.order.to_string());
            match output(&mut command) {
                Ok(result) => rows.push(Row {
                    trained_per_second: result["per_second"].as_f64(),
                    training_mb: result["training_mb"].as_f64(),
                    file_mb: result["file_mb"].as_f64(),
                    ..self.served(name, &result)
                }),
                Err(error) => eprintln!("{name} is left out: {error:#}"),
            }
        }
        rows
    }
}

/// What a process prints as JSON.
fn output(command: &mut Command) -> Result<Value> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("read what {command:?} printed"))
}

fn medians(results: &[Value]) -> Value {
    let Some(Value::Object(first)) = results.first() else { return Value::Null };
    let figure = |name: &String| {
        let figures: Vec<f64> = results.iter().filter_map(|result| result[name].as_f64()).collect();
        (name.clone(), Value::from(median(figures)))
    };
    Value::Object(first.keys().map(figure).collect())
}

fn print(rows: &[Row]) {
    let figure =
        |value: Option<f64>, digits: usize| value.map_or("-".to_owned(), |value| format!("{value:.digits$}"));
    let pair = |value: Option<[f64; 2]>| {
        value.map_or("-".to_owned(), |[half, tail]| format!("{half:.1} / {tail:.1}"))
    };
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.library.clone(),
                row.messages.to_string(),
                format!("{:.1}", row.corpus_mb),
                figure(row.trained_per_second, 0),
                figure(row.training_mb, 0),
                row.file_mb.map_or("-".to_owned(), |file| format!("{file:.1}, {:.2}", file / row.corpus_mb)),
                figure(row.first_sentence_ms, 2),
                figure(row.serving_mb, 0),
                pair(row.plain_us),
                pair(row.filtered_us),
            ]
        })
        .collect();
    let heading = [
        "library",
        "messages",
        "corpus MB",
        "trained a second",
        "training MB",
        "file MB, share",
        "first sentence ms",
        "serving MB",
        "plain p50 / p99 us",
        "filtered p50 / p99 us",
    ];
    table::print(&heading, &cells);
}
