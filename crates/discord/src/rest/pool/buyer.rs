//! Takes permits from the shared rate while requests wait for them, and finds out whether it is there.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};

use super::{Errand, SharedRate, Taken};
use crate::rest::driver::Driver;

/// The names of the rates.
const REST: &str = "rest";
const PROBE: &str = "rest-probe";
/// How often to look whether the shared rate is back.
const LOOK: Duration = Duration::from_millis(250);

/// Runs until the sender is dropped. `limit` is the bot's limit over all routes; the rate stays a little below it, because
/// a permit is used a moment after it was given.
pub(in crate::rest) async fn buy(
    driver: Weak<Driver>,
    rate: Arc<dyn SharedRate>,
    wanted: Arc<Notify>,
    limit: u32,
) {
    let pace = Duration::from_secs(1) / (limit * 7 / 8).max(1);
    let burst = (limit / 16).max(1);
    loop {
        let Some(errand) = driver.upgrade().map(|driver| driver.errand()) else { return };
        let taken = match errand {
            Errand::None => {
                wanted.notified().await;
                continue;
            }
            Errand::Probe => rate.take(PROBE, LOOK / 100, 100).await,
            Errand::Permit => rate.take(REST, pace, burst).await,
        };
        let Some(driver) = driver.upgrade() else { return };
        driver.taken(errand == Errand::Permit && taken == Taken::Granted, taken != Taken::Unavailable);
        drop(driver);
        match (errand, taken) {
            (Errand::Permit, Taken::Granted) => {}
            (Errand::Permit, Taken::Wait(time)) => sleep(time.min(LOOK)).await,
            _ => sleep(LOOK).await,
        }
    }
}
