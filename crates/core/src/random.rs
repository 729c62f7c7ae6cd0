//! The random source that is passed in: from the operating system in production, seeded in tests.

use std::{fmt, sync::Arc};

use parking_lot::Mutex;

/// A source of random bits.
pub trait Random: fmt::Debug + Send + Sync {
    /// 64 random bits.
    fn next_u64(&self) -> u64;

    /// A fraction in `0.0..1.0`.
    fn fraction(&self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound` without bias (rejection sampling). `bound` zero gives zero.
    fn below(&self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let value = self.next_u64();
            if value < limit {
                return value % bound;
            }
        }
    }
}

/// A random source that many may hold.
pub type SharedRandom = Arc<dyn Random>;

/// Random bits that nobody can foretell: BLAKE3 over a key that the standard library draws from the
/// operating system once, counted up for each call.
#[derive(Debug)]
pub struct SystemRandom(Seeded);

impl SystemRandom {
    /// A source with a fresh key.
    #[expect(clippy::new_without_default, reason = "each call differs, which `default` would hide")]
    pub fn new() -> Self {
        use std::hash::{BuildHasher, RandomState};
        let mut key = [0_u8; 32];
        for (index, chunk) in key.chunks_mut(8).enumerate() {
            chunk.copy_from_slice(&RandomState::new().hash_one(index).to_le_bytes());
        }
        Self(Seeded { key, counter: Mutex::new(0) })
    }
}

impl Random for SystemRandom {
    fn next_u64(&self) -> u64 {
        self.0.next_u64()
    }
}

/// The same numbers for the same seed.
pub struct Seeded {
    key: [u8; 32],
    counter: Mutex<u64>,
}

impl Seeded {
    /// A source that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self { key: *blake3::hash(&seed.to_le_bytes()).as_bytes(), counter: Mutex::new(0) }
    }
}

impl fmt::Debug for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seeded(..)")
    }
}

impl Random for Seeded {
    fn next_u64(&self) -> u64 {
        let mut counter = self.counter.lock();
        *counter = counter.wrapping_add(1);
        let hash = blake3::keyed_hash(&self.key, &counter.to_le_bytes());
        let mut word = [0_u8; 8];
        word.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_run_and_another_seed_another() {
        let run = |seed| {
            let source = Seeded::new(seed);
            (0..8).map(|_| source.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert_ne!(SystemRandom::new().next_u64(), SystemRandom::new().next_u64());
    }

    #[test]
    fn bounds_hold_and_every_value_comes() {
        let source = Seeded::new(1);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[usize::try_from(source.below(6)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (800..1200).contains(count)), "{seen:?}");
        assert_eq!(source.below(0), 0);
        assert!((0..100).all(|_| (0.0..1.0).contains(&source.fraction())));
    }
}
