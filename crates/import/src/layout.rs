//! How a table of the source is read: everything by the names of its columns, nothing by their order.

use crate::known::{self, Kind};

/// One table of the source.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The name under which its rows are kept, in lower case.
    pub(crate) source: String,
    /// Its columns in the order of [`Self::select`].
    pub(crate) columns: Vec<Column>,
    /// Which columns name a row; none where rows have only their number.
    pub(crate) key: Vec<usize>,
    /// The column that names the guild.
    pub(crate) guild: Option<usize>,
    /// Columns that name people, the one that the row is most about first.
    pub(crate) people: Vec<usize>,
    /// The column that says when a row was last changed.
    pub(crate) changed: Option<usize>,
    /// Columns whose value is the key of another table.
    pub(crate) refers: Vec<(usize, String)>,
    /// Whether another table refers to this one.
    pub(crate) referred: bool,
    /// Reads the rows after the first `$1`: a row's number, then its columns.
    pub(crate) select: String,
    /// Counts the rows.
    pub(crate) count: String,
    /// Whether rows have numbers of their own.
    pub(crate) numbered: bool,
}

/// One column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name in lower case.
    pub(crate) name: String,
    /// `"name":` as it stands in the payload.
    pub(crate) label: String,
    /// What it holds.
    pub(crate) kind: Kind,
}

impl Layout {
    /// The layout of a table with these columns, each with its place in the primary key from 1, or 0.
    pub(crate) fn of(table: &str, columns: &[(String, i64)], without_rowid: bool) -> Self {
        let source = table.to_ascii_lowercase();
        let names: Vec<String> = columns.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let place = |name: &str| names.iter().position(|other| other == name);
        let known = known::table(&source);
        let keys = known.map_or(&[][..], |known| known.keys);
        let by_name = keys.iter().find_map(|key| key.iter().map(|name| place(name)).collect());
        let mut declared: Vec<(i64, usize)> = columns
            .iter()
            .enumerate()
            .filter(|(_, (_, pk))| *pk > 0)
            .map(|(at, (_, pk))| (*pk, at))
            .collect();
        declared.sort_unstable();
        let declared: Vec<usize> = declared.into_iter().map(|(_, at)| at).collect();
        // SQLite gives every row a number under three names, each of which a column may take for itself.
        let number = ["_rowid_", "rowid", "oid"].into_iter().find(|name| place(name).is_none());
        let number = number.filter(|_| !without_rowid);
        let listed: Vec<String> = columns.iter().map(|(name, _)| quoted(name)).collect();
        let order = number.map_or_else(
            || declared.iter().map(|at| quoted(&columns[*at].0)).collect::<Vec<_>>().join(", "),
            str::to_owned,
        );
        let order = if order.is_empty() { "1".to_owned() } else { order };
        Self {
            key: by_name.unwrap_or(declared),
            guild: place(known::GUILD),
            people: known::PEOPLE.iter().filter_map(|name| place(name)).collect(),
            changed: known::CHANGED.iter().find_map(|name| place(name)),
            refers: Vec::new(),
            referred: false,
            select: format!(
                "SELECT {}, {} FROM {} ORDER BY {order} LIMIT -1 OFFSET $1",
                number.unwrap_or("0"),
                listed.join(", "),
                quoted(table)
            ),
            count: format!("SELECT COUNT(*) FROM {}", quoted(table)),
            numbered: number.is_some(),
            columns: names
                .into_iter()
                .map(|name| Column {
                    label: format!("{}:", serde_json::Value::from(name.as_str())),
                    kind: Kind::of(&name),
                    name,
                })
                .collect(),
            source,
        }
    }

    /// Finds out which tables refer to which, and puts those that are referred to first.
    pub(crate) fn connect(layouts: &mut [Self]) {
        let keyed: Vec<(String, Vec<String>)> = layouts
            .iter()
            .map(|layout| {
                let key = layout.key.iter().map(|at| layout.columns[*at].name.clone()).collect();
                (layout.source.clone(), key)
            })
            .collect();
        for layout in layouts.iter_mut() {
            for refers in known::table(&layout.source).map_or(&[][..], |known| known.refers) {
                let there = keyed.iter().any(|(source, key)| source == refers.table && *key == [refers.key]);
                let column = layout.columns.iter().position(|column| column.name == refers.column);
                if let (true, Some(column)) = (there, column) {
                    layout.refers.push((column, refers.table.to_owned()));
                }
            }
        }
        let referred: Vec<String> =
            layouts.iter().flat_map(|layout| layout.refers.iter().map(|(_, table)| table.clone())).collect();
        for layout in layouts.iter_mut() {
            layout.referred = referred.contains(&layout.source);
        }
        layouts.sort_by(|one, two| (!one.referred, &one.source).cmp(&(!two.referred, &two.source)));
    }
}

/// A name as SQL has it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(table: &str, columns: &[&str]) -> Layout {
        let columns: Vec<_> = columns.iter().map(|name| ((*name).to_owned(), 0)).collect();
        Layout::of(table, &columns, false)
    }

    fn key(layout: &Layout) -> Vec<&str> {
        layout.key.iter().map(|at| layout.columns[*at].name.as_str()).collect()
    }

    #[test]
    fn columns_are_found_by_name_wherever_they_stand() {
        let before = layout("users", &["id", "discord_id", "username", "created_at", "updated_at"]);
        let after = layout("Users", &["updated_at", "username", "guild_id", "DISCORD_ID", "id"]);
        for layout in [&before, &after] {
            assert_eq!(key(layout), ["discord_id"]);
            assert_eq!(layout.columns[layout.people[0]].name, "discord_id");
            assert_eq!(layout.columns[layout.changed.unwrap()].name, "updated_at");
            assert_eq!(layout.source, "users");
        }
        assert_eq!(before.guild, None);
        assert_eq!(after.guild, Some(2));
    }

    #[test]
    fn a_table_without_a_known_key_uses_its_own_or_the_row_number() {
        let columns = [("b".to_owned(), 2), ("a".to_owned(), 1), ("note".to_owned(), 0)];
        assert_eq!(key(&Layout::of("extra", &columns, false)), ["a", "b"]);
        assert_eq!(key(&layout("extra", &["note"])), [] as [&str; 0]);
        // A known table that lacks the columns of its key.
        assert_eq!(key(&layout("user_leaves", &["user_id"])), [] as [&str; 0]);
    }

    #[test]
    fn a_column_that_is_called_like_the_row_number_hides_nothing() {
        let taken = layout("odd", &["_ROWID_", "x"]);
        assert!(taken.select.starts_with("SELECT rowid, \"_ROWID_\", \"x\" FROM \"odd\" ORDER BY rowid"));
        assert!(!layout("odd", &["oid", "rowid", "_rowid_"]).numbered);
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn tables_that_others_refer_to_come_first() {
        let mut layouts = [
            layout("achievements", &["discord_id", "achievement"]),
            layout("guild_challenge_manga", &["challenge_id", "manga_id"]),
            layout("users", &["discord_id"]),
            layout("guild_challenges", &["challenge_id"]),
        ];
        Layout::connect(&mut layouts);
        let order: Vec<_> = layouts.iter().map(|layout| layout.source.as_str()).collect();
        assert_eq!(order, ["guild_challenges", "users", "achievements", "guild_challenge_manga"]);
        assert_eq!(layouts[2].refers, [(0, "users".to_owned())]);
    }
}
