//! One measurement, printed as JSON.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use guildhall_core::random::{Random as _, Seeded};
use guildhall_markov::{Chain, Message, Request, Trainer, Training};
use guildhall_sandbox_cli::figures;
use serde_json::{Value, json};

use super::super::table::percentile;
use crate::cli::{MarkovPart, MarkovPartArgs};

/// Messages that are read before they are learned; the reading is not measured.
const BATCH: usize = 20_000;

/// Sentences of each kind.
const SENTENCES: u64 = 50_000;

pub(crate) fn run(args: &MarkovPartArgs) -> Result<()> {
    let result = match args.part {
        MarkovPart::Limit => limit(args)?,
        MarkovPart::Train => train(args)?,
        MarkovPart::Serve => serve(args)?,
        MarkovPart::Memory => memory(args)?,
    };
    println!("{result}");
    Ok(())
}

fn training(args: &MarkovPartArgs) -> Training {
    Training { order: args.order, threads: args.threads, ..Training::default() }
}

/// Hands the messages of the corpus over in batches.
fn batches(args: &MarkovPartArgs, mut each: impl FnMut(&[Message<'_>]) -> Result<()>) -> Result<()> {
    let mut lines = BufReader::new(File::open(&args.corpus)?).lines();
    loop {
        let batch: Vec<String> = lines.by_ref().take(BATCH).collect::<Result<_, _>>()?;
        if batch.is_empty() {
            return Ok(());
        }
        let message = |line: &'_ String| -> Option<(u64, u64, u64, usize)> {
            let mut parts = line.splitn(4, '\t');
            let mut number = || parts.next()?.parse().ok();
            let ids = (number()?, number()?, number()?);
            Some((ids.0, ids.1, ids.2, line.len() - parts.next()?.len()))
        };
        let messages: Vec<Message<'_>> = batch
            .iter()
            .map(|line| {
                let (id, author, channel, at) = message(line).context("a line of the corpus is malformed")?;
                Ok(Message { id, author, channel, text: &line[at..] })
            })
            .collect::<Result<_>>()?;
        each(&messages)?;
    }
}

fn limit(args: &MarkovPartArgs) -> Result<Value> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut tokens: Vec<u32> = Vec::new();
    let mut spent = Duration::ZERO;
    let mut messages = 0;
    batches(args, |batch| {
        let started = Instant::now();
        for message in batch {
            for word in message.text.split_whitespace() {
                let number = if let Some(&number) = numbers.get(word) {
                    number
                } else {
                    let number = u32::try_from(numbers.len())?;
                    numbers.insert(word.to_owned(), number);
                    number
                };
                tokens.push(number);
            }
        }
        spent += started.elapsed();
        messages += batch.len();
        Ok(())
    })?;
    std::hint::black_box(&tokens);
    Ok(json!({ "per_second": messages as f64 / spent.as_secs_f64(), "resident_mb": resident()? }))
}

fn train(args: &MarkovPartArgs) -> Result<Value> {
    let mut trainer = Trainer::new(training(args));
    let mut spent = Duration::ZERO;
    let mut messages = 0;
    let mut most: f64 = 0.0;
    batches(args, |batch| {
        let started = Instant::now();
        trainer.learn_batch(batch)?;
        spent += started.elapsed();
        messages += batch.len();
        most = most.max(resident()?);
        Ok(())
    })?;
    let started = Instant::now();
    trainer.write(&args.chain)?;
    spent += started.elapsed();
    Ok(json!({
        "per_second": messages as f64 / spent.as_secs_f64(),
        "resident_mb": most.max(peak()?),
        "file_mb": args.chain.metadata()?.len() as f64 / 1e6,
    }))
}

fn serve(args: &MarkovPartArgs) -> Result<Value> {
    forget_pages(args)?;
    let started = Instant::now();
    let chain = Chain::open(&args.chain, training(args))?;
    chain.generate(&Request::default(), 0)?;
    let first = started.elapsed();
    let filtered = Request { min_score: 10, refuse_copies: true, ..Request::default() };
    let mut result = json!({ "first_ms": first.as_secs_f64() * 1e3 });
    for (kind, request) in [("plain", Request::default()), ("filtered", filtered)] {
        let mut times = Vec::new();
        for seed in 0..SENTENCES {
            let started = Instant::now();
            // Small corpora may have nothing to say that passes; the time counts all the same.
            std::hint::black_box(chain.generate(&request, seed).ok());
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            result[format!("{kind}_{name}_us")] = percentile(&times, share).into();
        }
    }
    result["resident_mb"] = resident()?.into();
    Ok(result)
}

/// Has the system forget what it holds of the file, so that it is read from the disk.
fn forget_pages(args: &MarkovPartArgs) -> Result<()> {
    let file = File::open(&args.chain)?;
    file.sync_all()?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}

fn memory(args: &MarkovPartArgs) -> Result<Value> {
    let bytes = usize::try_from(args.chain.metadata()?.len())?;
    let cells = (bytes / 8).max(2);
    // A ring through all places by chance (Sattolo), so that each read depends on the one before.
    let random = Seeded::new(1);
    let mut next: Vec<usize> = (0..cells).collect();
    for at in (1..cells).rev() {
        next.swap(at, usize::try_from(random.below(at as u64))?);
    }
    let words = Chain::open(&args.chain, training(args))?.stats();
    let length = words.tokens as f64 / words.messages.max(1) as f64;
    let reads = 5_000_000_u32;
    let mut at = 0;
    let started = Instant::now();
    for _ in 0..reads {
        at = next[at];
    }
    let each = started.elapsed().as_secs_f64() * 1e6 / f64::from(reads);
    std::hint::black_box(at);
    Ok(json!({ "sentence_us": each * length }))
}

fn resident() -> Result<f64> {
    Ok(figures::resident(std::process::id())? as f64 / 1e6)
}

/// The most memory that this process had.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    Ok(kilobytes.context("the system does not tell the most memory of a process")? * 1024.0 / 1e6)
}
