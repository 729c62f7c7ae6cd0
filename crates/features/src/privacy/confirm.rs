//! Buttons and forms that confirm: they work for whoever asked, and for a quarter of an hour.

use std::time::Duration;

use guildhall_core::{clock::Timestamp, text};
use guildhall_framework::{Ctx, Failure};

/// How long a confirmation works.
const OPEN_FOR: Duration = Duration::from_mins(15);

/// The arguments that bind a component to the caller and to the time.
pub(super) fn bind(ctx: &Ctx) -> Result<[String; 2], Failure> {
    let until = (ctx.now() + OPEN_FOR).as_millis();
    Ok([ctx.caller()?.to_string(), until.to_string()])
}

/// Refuses another caller, and one who comes too late.
pub(super) fn check(ctx: &Ctx, arguments: &[String]) -> Result<(), Failure> {
    let [user, until, ..] = arguments else { return Err(text!("failure-unknown-component").into()) };
    if *user != ctx.caller()?.to_string() {
        return Err(text!("privacy-not-yours").into());
    }
    let until = until.parse().map_or(Timestamp(0), Timestamp);
    if ctx.now() > until {
        return Err(text!("privacy-too-late").into());
    }
    Ok(())
}
