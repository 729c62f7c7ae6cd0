//! Handlers run guarded: a panic or endless work of one is a failure of that one alone.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use guildhall_framework::Failure;

/// A handler that did not come to its own end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// It panicked.
    #[error("the handler panicked: {0}")]
    Panicked(String),
    /// It took too long.
    #[error("the handler was stopped after {0:?}")]
    TooSlow(Duration),
}

/// Runs a handler, for `limit` at most.
pub async fn guarded<T>(
    limit: Duration,
    handler: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(limit, AssertUnwindSafe(handler).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Failure::internal(Stopped::Panicked(message(&*panic)))),
        Err(_) => Err(Failure::internal(Stopped::TooSlow(limit))),
    }
}

/// What a panic said, where its words are the program's own. Words that were put together may hold what a
/// person wrote (a text that was cut within a character is quoted in them), and this is kept in logs.
pub fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.unwrap_or_else(|| "in words that are on standard error alone".to_owned())
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn what_a_person_wrote_is_not_repeated_from_a_panic() {
        let written = String::from("größer als geheim");
        let cut = catch_unwind(|| written[..3].len()).unwrap_err();
        assert!(!message(&*cut).contains("geheim"), "{}", message(&*cut));
        let told = catch_unwind(|| panic!("an index is missing")).unwrap_err();
        assert_eq!(message(&*told), "an index is missing");
    }
}
