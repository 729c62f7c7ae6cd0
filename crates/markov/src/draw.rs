//! Random choices without bias.

use rand_core::{RngCore as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A source of choices that gives the same ones for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, each as likely as any other (Lemire, "Fast random integer generation in an
    /// interval", 2019). Nothing is drawn where there is no choice.
    #[inline]
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound < 2 {
            return 0;
        }
        let mut product = u128::from(self.word()) * u128::from(bound);
        if low(product) < bound {
            let unfair = bound.wrapping_neg() % bound;
            while low(product) < unfair {
                product = u128::from(self.word()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }

    /// An index into a list of this length.
    #[inline]
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// A fraction in `0.0..1.0`.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
const fn low(product: u128) -> u64 {
    product as u64
}
