//! Compares what was taken with what is stored: how many rows of each table, and the sum of their digests,
//! computed anew from the stored rows.

use std::collections::HashSet;

use guildhall_core::{id::UserId, scope::GuildScope};
use guildhall_store::Store;

use crate::{
    archive::{self, digest, hex},
    error::ImportError,
    layout::Layout,
    reader,
    records::{Import, Progress},
    source::Source,
};

/// Rows that are compared in one transaction.
const PAGE: u32 = 4_096;

/// Compares one table. Rows that only an earlier import brought are left aside: then the keys that this one
/// took are read from the source once more.
pub(crate) async fn table(
    store: &Store,
    scope: GuildScope,
    source: &Source,
    layout: &Layout,
    import: &Import,
    progress: &Progress,
) -> Result<(), ImportError> {
    let ours = if import.fresh {
        None
    } else {
        let mut connection = source.connect().await?;
        Some(reader::taken_keys(source, &mut connection, layout, import.source_guild).await?)
    };
    let (stored, found) = stored(store, scope, layout, ours.as_ref()).await?;
    if (stored, found) == (progress.taken(), progress.checksum) {
        return Ok(());
    }
    Err(ImportError::Mismatch {
        table: layout.source.clone(),
        read: progress.taken(),
        stored,
        wanted: hex(progress.checksum),
        found: hex(found),
    })
}

/// The number of stored rows and the sum of their digests.
async fn stored(
    store: &Store,
    scope: GuildScope,
    layout: &Layout,
    ours: Option<&HashSet<u128>>,
) -> Result<(u64, u128), ImportError> {
    let (mut rows, mut sum) = (0, 0_u128);
    let mut after = String::new();
    loop {
        let mut read = store.read().await?;
        let page = archive::page(&mut read.guild(scope), &layout.source, &after, PAGE).await?;
        drop(read);
        for row in &page {
            if ours.is_some_and(|ours| !ours.contains(&reader::hashed(&row.key))) {
                continue;
            }
            let (user, other) = (row.user.map(UserId::to_db), row.other.map(UserId::to_db));
            let fresh = digest(&row.source, &row.key, user, other, &row.payload);
            rows += 1;
            // A digest that is not that of its row counts as none, so the sums differ.
            sum = sum.wrapping_add(if hex(fresh) == row.digest { fresh } else { 0 });
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after.clone_from(&last.key),
            _ => return Ok((rows, sum)),
        }
    }
}
