//! Ways of choosing what follows, by the number of followers; training and writing on a small corpus.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tables of a million entries, shares of one"
)]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use guildhall_markov::{Chain, Request, Trainer, Training, synthetic::Synthetic};
use rand_core::{RngCore as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A number below `bound`; the bias of this short way does not matter for its speed.
fn below(random: &mut Xoshiro256PlusPlus, bound: u32) -> u32 {
    (((random.next_u64() >> 32) * u64::from(bound)) >> 32) as u32
}

/// Many states of one out-degree, so that the caches hold them as they hold those of a real chain.
struct Tables {
    degree: usize,
    states: u32,
    /// Sums of weights, as cumulative search wants them.
    sums: Vec<u32>,
    /// Thresholds and aliases.
    alias: Vec<(u32, u32)>,
    /// Each follower as often as it occurs.
    occurrences: Vec<u32>,
    /// Where a state's occurrences begin.
    starts: Vec<u32>,
}

impl Tables {
    /// The weights follow Zipf's law.
    fn new(degree: usize) -> Self {
        let states = (1 << 20) / degree;
        let weights: Vec<u32> = (1..=degree).map(|rank| (degree.div_ceil(rank)) as u32).collect();
        let mut tables = Self {
            degree,
            states: states as u32,
            sums: Vec::new(),
            alias: Vec::new(),
            occurrences: Vec::new(),
            starts: vec![0],
        };
        for _ in 0..states {
            let mut sum = 0;
            tables.sums.extend(weights.iter().map(|weight| {
                sum += weight;
                sum
            }));
            tables.alias.extend(alias(&weights));
            for (follower, &weight) in (0_u32..).zip(&weights) {
                tables.occurrences.extend(std::iter::repeat_n(follower, weight as usize));
            }
            tables.starts.push(tables.occurrences.len() as u32);
        }
        tables
    }

    fn sums(&self, state: u32) -> &[u32] {
        &self.sums[state as usize * self.degree..][..self.degree]
    }

    fn linear(&self, state: u32, random: &mut Xoshiro256PlusPlus) -> u32 {
        let sums = self.sums(state);
        let goal = below(random, sums[self.degree - 1]);
        sums.iter().position(|&sum| sum > goal).unwrap_or(0) as u32
    }

    fn binary(&self, state: u32, random: &mut Xoshiro256PlusPlus) -> u32 {
        let sums = self.sums(state);
        let goal = below(random, sums[self.degree - 1]);
        sums.partition_point(|&sum| sum <= goal) as u32
    }

    fn alias(&self, state: u32, random: &mut Xoshiro256PlusPlus) -> u32 {
        let table = &self.alias[state as usize * self.degree..][..self.degree];
        let place = below(random, self.degree as u32);
        let (threshold, other) = table[place as usize];
        if random.next_u32() < threshold { place } else { other }
    }

    fn occurrence(&self, state: u32, random: &mut Xoshiro256PlusPlus) -> u32 {
        let (start, end) = (self.starts[state as usize], self.starts[state as usize + 1]);
        self.occurrences[(start + below(random, end - start)) as usize]
    }
}

/// Vose's method, with the remainder that guide 002's code forgot to write back.
fn alias(weights: &[u32]) -> Vec<(u32, u32)> {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let mut shares: Vec<f64> =
        weights.iter().map(|&weight| f64::from(weight) * weights.len() as f64 / total).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) =
        (0..weights.len()).partition(|&place| shares[place] < 1.0);
    let mut table = vec![(u32::MAX, 0); weights.len()];
    while let (Some(low), Some(&high)) = (small.pop(), large.last()) {
        table[low] = ((shares[low] * f64::from(u32::MAX)) as u32, high as u32);
        shares[high] -= 1.0 - shares[low];
        if shares[high] < 1.0 {
            large.pop();
            small.push(high);
        }
    }
    table
}

type Way = fn(&Tables, u32, &mut Xoshiro256PlusPlus) -> u32;

fn sampling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sampling");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for degree in [1, 2, 4, 8, 16, 64, 256, 4096, 65_536] {
        let tables = Tables::new(degree);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let ways: [(&str, Way); 4] = [
            ("linear", Tables::linear),
            ("binary", Tables::binary),
            ("alias", Tables::alias),
            ("occurrence", Tables::occurrence),
        ];
        for (name, way) in ways {
            group.bench_with_input(BenchmarkId::new(name, degree), &tables, |bencher, tables| {
                bencher.iter(|| {
                    let state = below(&mut random, tables.states);
                    way(tables, state, &mut random)
                });
            });
        }
    }
    group.finish();
}

fn chain(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("chain.markov");
    let samples: Vec<_> = Synthetic::new(1).take(10_000).collect();
    let training = Training { durable: false, ..Training::default() };
    let train = || {
        let mut trainer = Trainer::new(training.clone());
        for sample in &samples {
            trainer.learn(&sample.message()).expect("memory is enough");
        }
        trainer.write(&path).expect("the folder can be written to");
    };
    let mut group = criterion.benchmark_group("chain");
    group.throughput(Throughput::Elements(samples.len() as u64));
    group.bench_function("train", |bencher| bencher.iter(train));
    train();
    let chain = Chain::open(&path, training.clone()).expect("the chain was just written");
    let strict = Request { min_score: 10, refuse_copies: true, ..Request::default() };
    group.throughput(Throughput::Elements(1));
    for (name, request) in [("plain", Request::default()), ("filtered", strict)] {
        let mut seed = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                seed += 1;
                chain.generate(&request, seed).ok()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, sampling, chain);
criterion_main!(benches);
