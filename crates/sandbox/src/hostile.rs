//! Random input on both faces: whatever comes in, nothing panics, nothing hangs, and nothing is the
//! server's fault. Requests are made to the routers in this process, so that a panic fails the test where
//! it happens. How many inputs there are is `guildhall_testkit::fuzz`'s to say.

mod bytes;
mod dice;
mod field;
mod requests;
mod seeds;
mod uploads;
