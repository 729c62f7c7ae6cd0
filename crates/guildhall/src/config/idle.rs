//! What was given and has no effect.

/// A variable or a setting of one of the guides that was given and has no effect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Idle {
    /// As the guide calls it.
    pub(crate) name: &'static str,
    /// The reason, in words of the reference: it begins with "nothing" where the name never has an effect.
    pub(crate) why: &'static str,
}
