//! Why a row was not taken, or was taken with a remark.

use serde::{Deserialize, Serialize};

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A column that names the row is empty.
    NullKey,
    /// Another row has the same key and is newer.
    Duplicate,
    /// The row belongs to another guild than the one that is imported.
    OtherGuild,
    /// The column that names the guild is empty.
    NoGuild,
    /// An id column holds something that is no id.
    NotAnId,
    /// An id is zero, negative or beyond 63 bits.
    IdOutOfRange,
    /// An id was stored as a fraction and has lost digits.
    IdLostDigits,
    /// A text is not valid UTF-8.
    BadText,
    /// A value or the row is longer than the archive takes.
    TooLong,
    /// A number is infinite.
    NotFinite,
    /// The row names a row of another table that was not taken or never existed. It is taken: what it says
    /// can be true nevertheless, and only the feature that adopts it can tell.
    Orphan,
}

impl Reason {
    /// Every reason.
    pub const ALL: &[Self] = &[
        Self::NullKey,
        Self::Duplicate,
        Self::OtherGuild,
        Self::NoGuild,
        Self::NotAnId,
        Self::IdOutOfRange,
        Self::IdLostDigits,
        Self::BadText,
        Self::TooLong,
        Self::NotFinite,
        Self::Orphan,
    ];

    /// Its name in reports and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NullKey => "null_key",
            Self::Duplicate => "duplicate",
            Self::OtherGuild => "other_guild",
            Self::NoGuild => "no_guild",
            Self::NotAnId => "not_an_id",
            Self::IdOutOfRange => "id_out_of_range",
            Self::IdLostDigits => "id_lost_digits",
            Self::BadText => "bad_text",
            Self::TooLong => "too_long",
            Self::NotFinite => "not_finite",
            Self::Orphan => "orphan",
        }
    }

    /// What it means, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::NullKey => "a column that names the row is empty",
            Self::Duplicate => "another row with the same key is newer",
            Self::OtherGuild => "the row belongs to another server",
            Self::NoGuild => "the row names no server, in a table that has a column for it",
            Self::NotAnId => "an id column holds something that is no id",
            Self::IdOutOfRange => "an id is zero, negative or too large",
            Self::IdLostDigits => "an id was stored as a fraction and has lost digits",
            Self::BadText => "a text is not valid UTF-8",
            Self::TooLong => "a value is too long",
            Self::NotFinite => "a number is infinite",
            Self::Orphan => "taken, but the row that it refers to is missing",
        }
    }

    /// Whether the row is taken all the same.
    pub const fn kept(self) -> bool {
        matches!(self, Self::Orphan)
    }

    /// The reason with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_reason_and_agree_with_json() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_name(reason.name()), Some(*reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
        assert_eq!(Reason::from_name("other"), None);
    }
}
