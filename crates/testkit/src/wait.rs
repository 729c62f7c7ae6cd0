//! Waiting for a level with a bound.

use std::future::Future;
use std::time::Duration;

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(20);

/// Looks at `probe` until it gives a value, for at most `bound`.
///
/// `None` means that the bound passed; the caller says what it waited for.
pub async fn until<T, F, Fut>(bound: Duration, mut probe: F) -> Option<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    tokio::time::timeout(bound, async {
        loop {
            if let Some(value) = probe().await {
                return value;
            }
            tokio::time::sleep(STEP).await;
        }
    })
    .await
    .ok()
}
