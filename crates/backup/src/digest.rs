//! Checksums that do not depend on the order of rows, so that they can be taken again from any database
//! that holds the same rows.
//!
//! A row's hash leaves out whose it is; the hash of its table and owner adds that. So a guild that is
//! restored under another id keeps its own checksum.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whose rows.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Owner {
    /// Nobody's in particular.
    Global,
    /// One user's.
    User(i64),
    /// One guild's.
    Guild(i64),
}

impl Owner {
    /// The kind as one byte, and the id.
    pub(crate) const fn parts(self) -> (u8, i64) {
        match self {
            Self::Global => (0, 0),
            Self::User(id) => (1, id),
            Self::Guild(id) => (2, id),
        }
    }

    pub(crate) const fn from_parts(kind: u8, id: i64) -> Option<Self> {
        match kind {
            0 => Some(Self::Global),
            1 => Some(Self::User(id)),
            2 => Some(Self::Guild(id)),
            _ => None,
        }
    }
}

/// A sum of hashes.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Sum([u64; 4]);

impl Sum {
    fn add(&mut self, hash: &blake3::Hash) {
        let (words, _) = hash.as_bytes().as_chunks::<8>();
        for (lane, word) in self.0.iter_mut().zip(words) {
            *lane = lane.wrapping_add(u64::from_le_bytes(*word));
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, lane) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *place = lane.to_le_bytes();
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut lanes = [0; 4];
        for (lane, word) in lanes.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *lane = u64::from_le_bytes(*word);
        }
        Self(lanes)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.to_bytes()).to_hex())
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hash = blake3::Hash::from_hex(text).map_err(de::Error::custom)?;
        Ok(Self::from_bytes(*hash.as_bytes()))
    }
}

/// How many, and their sum.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// How many rows, or owners.
    pub count: u64,
    /// The sum of their hashes.
    pub sum: Sum,
}

impl Digest {
    /// Adds a row by its canonical bytes.
    pub(crate) fn row(&mut self, canonical: &[u8]) {
        self.count += 1;
        self.sum.add(&blake3::hash(canonical));
    }

    /// Adds what is summed up already, under a name of its own.
    fn part(&mut self, name: &[u8], part: &Self) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name);
        hasher.update(&part.count.to_le_bytes()).update(&part.sum.to_bytes());
        self.sum.add(&hasher.finalize());
    }
}

/// The sums of a whole backup, or of what a database holds.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// By table: its rows.
    pub tables: BTreeMap<String, Digest>,
    /// The guilds.
    pub guilds: Digest,
    /// The users with rows of their own.
    pub users: Digest,
}

impl Totals {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|digest| digest.count).sum()
    }

    /// Adds one owner's rows of one table, and gives the owner's digest with them.
    pub(crate) fn section(&mut self, table: &str, owner: Owner, section: &Digest, of_owner: &mut Digest) {
        let (kind, id) = owner.parts();
        let total = self.tables.entry(table.to_owned()).or_default();
        total.count += section.count;
        total.part(&[&[kind][..], &id.to_le_bytes()].concat(), section);
        of_owner.count += section.count;
        of_owner.part(table.as_bytes(), section);
    }

    /// Adds an owner that is complete.
    pub(crate) fn owner(&mut self, owner: Owner, digest: &Digest) {
        let (total, id) = match owner {
            Owner::Global => return,
            Owner::User(id) => (&mut self.users, id),
            Owner::Guild(id) => (&mut self.guilds, id),
        };
        total.count += 1;
        total.part(&id.to_le_bytes(), digest);
    }

    /// The first difference in words; `None` where all is the same. A table without rows is no difference.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let names = self.tables.keys().chain(other.tables.keys());
        for name in names {
            let of = |totals: &Self| totals.tables.get(name).copied().unwrap_or_default();
            let (one, two) = (of(self), of(other));
            if one.count != two.count {
                return Some(format!("`{name}` has {} rows where {} belong", two.count, one.count));
            }
            if one.sum != two.sum {
                return Some(format!("the {} rows of `{name}` hold other values", one.count));
            }
        }
        (self.guilds != other.guilds || self.users != other.users)
            .then(|| "rows belong to other servers or users".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(owner: Owner, rows: &[&str]) -> (Totals, Digest) {
        let (mut totals, mut section, mut of_owner) =
            (Totals::default(), Digest::default(), Digest::default());
        for row in rows {
            section.row(row.as_bytes());
        }
        totals.section("fact", owner, &section, &mut of_owner);
        totals.owner(owner, &of_owner);
        (totals, of_owner)
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let (one, digest) = totals(Owner::Guild(1), &["a", "b"]);
        assert_eq!(one, totals(Owner::Guild(1), &["b", "a"]).0);
        for other in [
            totals(Owner::Guild(1), &["a"]).0,
            totals(Owner::Guild(1), &["a", "c"]).0,
            totals(Owner::Guild(2), &["a", "b"]).0,
            totals(Owner::User(1), &["a", "b"]).0,
        ] {
            assert!(one.difference(&other).is_some(), "{other:?}");
        }
        assert_eq!(digest, totals(Owner::Guild(2), &["a", "b"]).1, "a guild's own digest leaves out its id");
        assert_eq!(one.difference(&one), None);
    }

    #[test]
    fn a_digest_survives_json() {
        let (totals, _) = totals(Owner::Guild(7), &["x"]);
        let text = serde_json::to_string(&totals).unwrap();
        assert_eq!(serde_json::from_str::<Totals>(&text).unwrap(), totals);
    }
}
