//! Writes one batch: its rows, its notes and how far the import has come, in one transaction.

use std::{collections::HashMap, fmt::Write as _, sync::LazyLock};

use guildhall_core::{clock::Timestamp, scope::GuildScope};
use guildhall_store::{GuildStatement, GuildTx, Store, StoreError, Value, guild, params};

use crate::{
    archive::hex,
    error::ImportError,
    reader::{Batch, Noted, Ready},
    records::{Import, Progress},
};

macro_rules! add_row {
    ($values:expr) => {
        concat!(
            "INSERT INTO legacy_row
             (guild_id, source, row_key, user_id, other_id, payload, digest, import_id, imported_at)
             VALUES ",
            $values
        )
    };
}

/// What an upsert of a row does where the row is there already.
const ON_CONFLICT: &str = " ON CONFLICT (guild_id, source, row_key) DO UPDATE SET
    user_id = excluded.user_id, other_id = excluded.other_id, payload = excluded.payload,
    digest = excluded.digest, import_id = excluded.import_id, imported_at = excluded.imported_at";

pub(crate) const ADD_ROW: GuildStatement = guild(
    "legacy_row_add",
    concat!(
        add_row!("($1, $2, $5, $6, $7, $8, $9, $3, $4)"),
        " ON CONFLICT (guild_id, source, row_key) DO UPDATE SET
            user_id = excluded.user_id, other_id = excluded.other_id, payload = excluded.payload,
            digest = excluded.digest, import_id = excluded.import_id, imported_at = excluded.imported_at"
    ),
);

pub(crate) const ADD_NOTE: GuildStatement = guild(
    "legacy_note_add",
    "INSERT INTO legacy_note (guild_id, import_id, source, position, source_row, reason, detail)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

pub(crate) const KNOWN_DIGESTS: GuildStatement = guild(
    "legacy_row_known_digests",
    "SELECT row_key, digest FROM legacy_row WHERE guild_id = $1 AND source = $2 AND row_key IN ($3)",
);

/// Moves on from where the batch began; nothing where another import did so before.
pub(crate) const ADVANCE: GuildStatement = guild(
    "legacy_progress_advance",
    "UPDATE legacy_progress SET next_row = $5, finished = $6, added = $7, updated = $8, unchanged = $9,
         refused = $10, checksum = $11
     WHERE guild_id = $1 AND import_id = $2 AND source = $3 AND next_row = $4 AND finished = 0",
);

/// Rows that one statement writes or looks up. SQLite finds each value by walking along all names before
/// it, so much longer statements are slower again.
const MANY: usize = 48;

/// [`ADD_ROW`] for [`MANY`] rows.
static ADD_ROWS: LazyLock<GuildStatement> = LazyLock::new(|| {
    let mut sql = add_row!("").to_owned();
    for row in 0..MANY {
        let [key, user, other, payload, digest] = [5, 6, 7, 8, 9].map(|first| first + row * 5);
        let comma = if row > 0 { ", " } else { "" };
        let _ = write!(sql, "{comma}($1, $2, ${key}, ${user}, ${other}, ${payload}, ${digest}, $3, $4)");
    }
    sql.push_str(ON_CONFLICT);
    long("legacy_row_add_many", sql)
});

/// [`ADD_NOTE`] for [`MANY`] rows.
static ADD_NOTES: LazyLock<GuildStatement> = LazyLock::new(|| {
    let mut sql =
        "INSERT INTO legacy_note (guild_id, import_id, source, position, source_row, reason, detail) VALUES "
            .to_owned();
    for row in 0..MANY {
        let [position, number, reason, detail] = [4, 5, 6, 7].map(|first| first + row * 4);
        let comma = if row > 0 { ", " } else { "" };
        let _ = write!(sql, "{comma}($1, $2, $3, ${position}, ${number}, ${reason}, ${detail})");
    }
    long("legacy_note_add_many", sql)
});

/// [`KNOWN_DIGESTS`] for [`MANY`] keys.
static KNOWN_DIGESTS_MANY: LazyLock<GuildStatement> = LazyLock::new(|| {
    let keys: Vec<_> = (0..MANY).map(|nth| format!("${}", nth + 3)).collect();
    let sql = format!(
        "SELECT row_key, digest FROM legacy_row
         WHERE guild_id = $1 AND source = $2 AND row_key IN ({})",
        keys.join(", ")
    );
    long("legacy_row_known_digests_many", sql)
});

/// Statements live as long as the program, and each of these is made once.
fn long(name: &'static str, sql: String) -> GuildStatement {
    guild(name, Box::leak(sql.into_boxed_str()))
}

#[cfg(test)]
/// The statements that are made when the program runs, for tests.
pub(crate) fn long_forms() -> [guildhall_store::AnyStatement; 3] {
    [ADD_ROWS.any(), ADD_NOTES.any(), KNOWN_DIGESTS_MANY.any()]
}

/// Commits a batch and adds it to the progress of its table.
pub(crate) async fn batch(
    store: &Store,
    scope: GuildScope,
    import: &Import,
    progress: &mut Progress,
    batch: Batch,
    now: Timestamp,
) -> Result<(), ImportError> {
    let mut next = progress.clone();
    next.next_row = batch.to;
    next.finished = batch.last;
    next.refused += batch.notes.iter().filter(|note| !note.reason.kept()).count() as u64;
    next.checksum = next.checksum.wrapping_add(batch.checksum);
    let mut write = store.write().await?;
    let mut tx = write.guild(scope);
    let ready = if import.fresh {
        next.added += batch.ready.len() as u64;
        batch.ready
    } else {
        only_changed(&mut tx, &mut next, batch.ready).await?
    };
    rows(&mut tx, import.id, &progress.source, ready, now).await?;
    notes(&mut tx, import.id, &progress.source, batch.notes).await?;
    let values = params![
        import.id,
        &progress.source,
        batch.from,
        next.next_row,
        next.finished,
        next.added,
        next.updated,
        next.unchanged,
        next.refused,
        hex(next.checksum),
    ];
    if tx.execute(&ADVANCE, values).await? != 1 {
        return Err(ImportError::Overtaken { table: progress.source.clone() });
    }
    write.commit().await?;
    *progress = next;
    Ok(())
}

/// The rows that the archive does not have in the same form.
async fn only_changed(
    tx: &mut GuildTx<'_>,
    progress: &mut Progress,
    ready: Vec<Ready>,
) -> Result<Vec<Ready>, StoreError> {
    let mut known: HashMap<String, String> = HashMap::with_capacity(ready.len());
    for part in ready.chunks(MANY) {
        let mut values = params![&progress.source];
        // A shorter list repeats its last key, so that there is one statement.
        let padded = part.iter().chain(part.last().into_iter().cycle()).take(MANY);
        values.extend(padded.map(|row| Value::from(&row.key)));
        for row in tx.fetch_all(&KNOWN_DIGESTS_MANY, values).await? {
            known.insert(row.get("row_key")?, row.get("digest")?);
        }
    }
    let mut changed = Vec::new();
    for row in ready {
        match known.get(&row.key) {
            Some(digest) if *digest == row.digest => progress.unchanged += 1,
            Some(_) => {
                progress.updated += 1;
                changed.push(row);
            }
            None => {
                progress.added += 1;
                changed.push(row);
            }
        }
    }
    Ok(changed)
}

async fn rows(
    tx: &mut GuildTx<'_>,
    import: i64,
    source: &str,
    ready: Vec<Ready>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut left = ready.into_iter();
    while left.len() > 0 {
        let (statement, count): (&GuildStatement, _) =
            if left.len() >= MANY { (&ADD_ROWS, MANY) } else { (&ADD_ROW, 1) };
        let mut values = params![source, import, now];
        values.reserve(count * 5);
        for Ready { key, user, other, payload, digest } in left.by_ref().take(count) {
            values.extend(params![key, user, other, payload, digest]);
        }
        tx.execute(statement, values).await?;
    }
    Ok(())
}

async fn notes(tx: &mut GuildTx<'_>, import: i64, source: &str, notes: Vec<Noted>) -> Result<(), StoreError> {
    let mut left = notes.into_iter();
    while left.len() > 0 {
        let (statement, count): (&GuildStatement, _) =
            if left.len() >= MANY { (&ADD_NOTES, MANY) } else { (&ADD_NOTE, 1) };
        let mut values = params![import, source];
        for Noted { position, number, reason, detail } in left.by_ref().take(count) {
            values.extend(params![position, number, reason.name(), detail]);
        }
        tx.execute(statement, values).await?;
    }
    Ok(())
}
