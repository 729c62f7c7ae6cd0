//! Trains on made-up messages and prints what it took: a quick look while the engine is worked on.
//! `guildhall bench markov` measures the same beside others.

use std::time::Instant;

use guildhall_markov::{Chain, Request, Trainer, Training, synthetic::Synthetic};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).take(3).map(|argument| argument.parse::<usize>());
    let messages = arguments.next().transpose()?.unwrap_or(100_000);
    let order = u8::try_from(arguments.next().transpose()?.unwrap_or(2))?;
    let threads = arguments.next().transpose()?.unwrap_or(1);
    let folder = tempfile::tempdir()?;
    let samples: Vec<_> = Synthetic::new(1).take(messages).collect();
    let bytes: usize = samples.iter().map(|sample| sample.text.len() + 1).sum();
    println!("{messages} messages, {:.1} MB", bytes as f64 / 1e6);
    if let Some(texts) = std::env::args().nth(4) {
        std::fs::write(texts, samples.iter().map(|sample| sample.text.clone() + "\n").collect::<String>())?;
    }

    let started = Instant::now();
    let mut table = std::collections::HashMap::<&str, u32, foldhash::fast::FixedState>::default();
    let mut all = 0_u64;
    for sample in &samples {
        for word in sample.text.split_whitespace() {
            let next = u32::try_from(table.len())?;
            all += u64::from(*table.entry(word).or_insert(next));
        }
    }
    println!("split and intern: {:?} ({all})", started.elapsed());

    for _ in 0..3 {
        let path = folder.path().join("chain.markov");
        let training = Training { order, threads, ..Training::default() };
        let started = Instant::now();
        let mut trainer = Trainer::new(training.clone());
        for batch in samples.chunks(20_000) {
            let batch: Vec<_> = batch.iter().map(|sample| sample.message()).collect();
            trainer.learn_batch(&batch)?;
        }
        let learned = started.elapsed();
        trainer.write(&path)?;
        let written = started.elapsed();
        let rate = messages as f64 / written.as_secs_f64();
        let size = std::fs::metadata(&path)?.len();
        println!(
            "learn {learned:?}, all {written:?}, {rate:.0} a second, file {:.1} MB, {:.2} of the text",
            size as f64 / 1e6,
            size as f64 / bytes as f64
        );

        let opened = Instant::now();
        let chain = Chain::open(&path, training)?;
        let first = chain.generate(&Request::default(), 1)?;
        println!("first sentence after {:?}: {}", opened.elapsed(), first.text);
        let strict = Request { min_score: 10, refuse_copies: true, ..Request::default() };
        for request in [Request::default(), strict] {
            let mut times = Vec::new();
            let (mut tokens, mut tries) = (0, 0);
            for seed in 0..100_000 {
                let started = Instant::now();
                let sentence = chain.generate(&request, seed)?;
                times.push(started.elapsed());
                tokens += sentence.tokens;
                tries += sentence.tries;
            }
            times.sort_unstable();
            println!(
                "p50 {:?}, p99 {:?}, p99.9 {:?}, {:.1} tokens, {:.2} tries",
                times[times.len() / 2],
                times[times.len() * 99 / 100],
                times[times.len() * 999 / 1000],
                tokens as f64 / times.len() as f64,
                f64::from(tries) / times.len() as f64
            );
        }
        println!("{:?}\n", chain.stats());
    }
    Ok(())
}
