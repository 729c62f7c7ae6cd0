//! The archive: every row that was taken, whole, until a feature adopts it.

use guildhall_core::id::UserId;
use guildhall_store::{GuildStatement, GuildTx, Row, StoreError, guild, params};

/// One row of the archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LegacyRow {
    /// The table it came from, in lower case.
    pub source: String,
    /// What names it within its table; see `docs/import.md`.
    pub key: String,
    /// The person it is about.
    pub user: Option<UserId>,
    /// The other person whom it names.
    pub other: Option<UserId>,
    /// A JSON object by the names of its columns in lower case. Discord's ids are strings.
    pub payload: String,
    /// What the row's checksum is made of: its source, its key and its payload.
    pub digest: String,
}

pub(crate) const PAGE: GuildStatement = guild(
    "legacy_row_page",
    "SELECT source, row_key, user_id, other_id, payload, digest FROM legacy_row
     WHERE guild_id = $1 AND source = $2 AND row_key > $3 ORDER BY row_key LIMIT $4",
);

pub(crate) const PAGE_OF: GuildStatement = guild(
    "legacy_row_page_of",
    "SELECT source, row_key, user_id, other_id, payload, digest FROM legacy_row
     WHERE guild_id = $1 AND source = $2 AND user_id = $3 AND row_key > $4 ORDER BY row_key LIMIT $5",
);

pub(crate) const SOURCES: GuildStatement = guild(
    "legacy_row_sources",
    "SELECT source, COUNT(*) AS kept FROM legacy_row WHERE guild_id = $1 GROUP BY source ORDER BY source",
);

pub(crate) const ANY: GuildStatement =
    guild("legacy_row_any", "SELECT row_key FROM legacy_row WHERE guild_id = $1 LIMIT 1");

pub(crate) const CLEAR: GuildStatement = guild(
    "legacy_row_clear",
    "DELETE FROM legacy_row WHERE guild_id = $1 AND (source, row_key) IN
     (SELECT source, row_key FROM legacy_row WHERE guild_id = $1 LIMIT $2)",
);

/// Up to `limit` rows of one table after the row with the key `after`, which is empty at first. Features
/// adopt their rows in pages of this, each in a transaction of its own.
pub async fn page(
    tx: &mut GuildTx<'_>,
    source: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<LegacyRow>, StoreError> {
    tx.fetch_all(&PAGE, params![source, after, limit]).await?.iter().map(read).collect()
}

/// The same for the rows that are about one person.
pub async fn page_of(
    tx: &mut GuildTx<'_>,
    source: &str,
    user: UserId,
    after: &str,
    limit: u32,
) -> Result<Vec<LegacyRow>, StoreError> {
    tx.fetch_all(&PAGE_OF, params![source, user, after, limit]).await?.iter().map(read).collect()
}

/// The tables that the archive of this guild has rows of, and how many.
pub async fn sources(tx: &mut GuildTx<'_>) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = tx.fetch_all(&SOURCES, params![]).await?;
    rows.iter().map(|row| Ok((row.get("source")?, row.get("kept")?))).collect()
}

fn read(row: &Row) -> Result<LegacyRow, StoreError> {
    Ok(LegacyRow {
        source: row.get("source")?,
        key: row.get("row_key")?,
        user: row.get("user_id")?,
        other: row.get("other_id")?,
        payload: row.get("payload")?,
        digest: row.get("digest")?,
    })
}

/// The digest of a row: the first 128 bits of BLAKE3 over everything that is kept of it. The checksum of a
/// table is the sum of the digests of its rows, which no order changes.
pub(crate) fn digest(source: &str, key: &str, user: Option<i64>, other: Option<i64>, payload: &str) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in [source, key, payload] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    for person in [user, other] {
        hasher.update(&person.unwrap_or(0).to_le_bytes());
    }
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(first)
}

/// A digest or checksum as text.
pub(crate) fn hex(digest: u128) -> String {
    format!("{digest:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_every_part_of_a_row_from_every_other() {
        let digests = [
            digest("users", "1", Some(1), None, "{}"),
            digest("user", "s1", Some(1), None, "{}"),
            digest("users", "1", None, Some(1), "{}"),
            digest("users", "1", Some(1), None, "{ }"),
        ];
        for (nth, one) in digests.iter().enumerate() {
            assert!(digests[nth + 1..].iter().all(|other| other != one), "{nth}");
        }
        assert_eq!(hex(7), "00000000000000000000000000000007");
    }
}
