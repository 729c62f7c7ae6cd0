//! What every other crate stands on: typed ids, scopes, the clock and the random source that are
//! passed in, reference ids for errors, the names of gateway events, and localisation.
//!
//! Knows nothing of Discord's sockets, SQL or features.

pub mod clock;
pub mod error;
pub mod event;
pub mod id;
pub mod l10n;
pub mod random;
pub mod reference;
pub mod scope;
pub mod secret;
