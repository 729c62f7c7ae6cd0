//! How much random input a test sends.

use crate::tools;

/// The variable with the number of all random inputs together.
pub const INPUTS: &str = "GUILDHALL_FUZZ_INPUTS";

/// What every run of the tests sends.
const EVERY_RUN: usize = 40_000;

/// This share of all random inputs, in percent.
pub fn inputs(percent: usize) -> usize {
    let all = tools::variable(INPUTS).and_then(|count| count.parse().ok()).unwrap_or(EVERY_RUN);
    all * percent / 100
}
