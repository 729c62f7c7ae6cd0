//! Fills tables: most rows are good, and some have a flaw that is written down as it is planted.

use std::{collections::HashMap, fmt::Write as _};

use guildhall_core::random::{Random as _, Seeded};

use super::{
    Recipe,
    tables::{Fill, Spec},
};
use crate::{Note, Reason, VALUE_BYTES, known::Kind};

/// One row in this many has a flaw.
const FLAWED: u64 = 40;

/// Long texts in one table, so that they do not become most of the file.
const LONG: u32 = 2;

/// How many good rows tables have that others refer to, by name in lower case.
#[derive(Debug, Default)]
pub(super) struct Pools(HashMap<String, u64>);

impl Pools {
    pub(super) fn set(&mut self, table: &str, good: u64) {
        self.0.insert(table.to_ascii_lowercase(), good);
    }

    /// Never zero. A table that is just being filled goes on without an end.
    fn size(&self, table: &str) -> u64 {
        self.0.get(table).copied().map_or(u64::MAX, |good| good.max(1))
    }
}

/// A value, as it is written into the SQL text.
#[derive(Clone, Debug)]
enum Made {
    Null,
    Int(i64),
    Real(f64),
    Infinite,
    Text(String),
    Bytes(Vec<u8>),
    /// Text that is not UTF-8.
    Garbled,
}

/// A good row, of which a later one may be a duplicate.
struct Good {
    number: u64,
    index: u64,
}

/// Makes the rows of one table.
pub(super) struct Filler<'a> {
    spec: &'a Spec,
    recipe: &'a Recipe,
    pools: &'a Pools,
    random: &'a Seeded,
    /// Good rows so far.
    good: u64,
    last: Option<Good>,
    long: u32,
    notes: Vec<Note>,
}

impl<'a> Filler<'a> {
    pub(super) const fn new(
        spec: &'a Spec,
        recipe: &'a Recipe,
        pools: &'a Pools,
        random: &'a Seeded,
    ) -> Self {
        Self { spec, recipe, pools, random, good: 0, last: None, long: 0, notes: Vec::new() }
    }

    /// The number of good rows, and what was planted.
    pub(super) fn finish(self) -> (u64, Vec<Note>) {
        (self.good, self.notes)
    }

    /// Adds one row to the text.
    pub(super) fn row(&mut self, number: u64, sql: &mut String) {
        let flaw = if self.random.below(FLAWED) == 0 { self.flaw() } else { None };
        let values = match flaw {
            None => {
                let index = self.good;
                self.good += 1;
                self.last = Some(Good { number, index });
                self.values(number, index, 5)
            }
            Some(reason) => self.flawed(number, reason),
        };
        sql.push('(');
        for (nth, value) in values.iter().enumerate() {
            if nth > 0 {
                sql.push(',');
            }
            value.write(sql);
        }
        sql.push(')');
    }

    /// Chooses a flaw that this table can have.
    fn flaw(&mut self) -> Option<Reason> {
        let reason = Reason::ALL[usize::try_from(self.random.below(Reason::ALL.len() as u64)).unwrap_or(0)];
        let possible = match reason {
            Reason::NullKey => !self.spec.key.is_empty(),
            Reason::Duplicate => self.last.is_some() && !self.spec.unique && !self.spec.key.is_empty(),
            Reason::OtherGuild | Reason::NoGuild => {
                self.column(|(_, _, fill)| *fill == Fill::Guild).is_some()
            }
            Reason::NotAnId | Reason::IdOutOfRange => self.id_column(true).is_some(),
            Reason::IdLostDigits => self.id_column(false).is_some(),
            Reason::BadText => self.column(|(_, _, fill)| *fill == Fill::Word).is_some(),
            Reason::TooLong => {
                self.long += 1;
                self.long <= LONG && self.column(|(_, _, fill)| *fill == Fill::Word).is_some()
            }
            Reason::NotFinite => self.column(|(_, _, fill)| *fill == Fill::Score).is_some(),
            Reason::Orphan => self.spec.refers.is_some(),
        };
        possible.then_some(reason)
    }

    /// A row with this flaw. What is not taken uses the key of the next good row, so that the flaw and
    /// nothing else decides.
    fn flawed(&mut self, number: u64, reason: Reason) -> Vec<Made> {
        // Where SQLite itself keeps keys apart, the row has one of its own.
        let index = if self.spec.unique { (1 << 40) + number } else { self.good };
        let mut values = self.values(number, index, 5);
        let found = match reason {
            Reason::NullKey => self.column(|(name, _, _)| name.eq_ignore_ascii_case(self.spec.key[0])),
            Reason::OtherGuild | Reason::NoGuild => self.column(|(_, _, fill)| *fill == Fill::Guild),
            Reason::NotAnId | Reason::IdOutOfRange => self.id_column(true),
            Reason::IdLostDigits => self.id_column(false),
            Reason::BadText | Reason::TooLong => self.column(|(_, _, fill)| *fill == Fill::Word),
            Reason::NotFinite => self.column(|(_, _, fill)| *fill == Fill::Score),
            Reason::Orphan => self
                .spec
                .refers
                .and_then(|(child, _)| self.column(|(name, _, _)| name.eq_ignore_ascii_case(child))),
            Reason::Duplicate => None,
        };
        let at = found.unwrap_or(0);
        let mut detail = Some(self.spec.columns[at].0.to_ascii_lowercase());
        let mut noted = number;
        let unknown = 990_000_000_000_000_000_i64.saturating_add_unsigned(number);
        match reason {
            Reason::NullKey | Reason::NoGuild => values[at] = Made::Null,
            Reason::OtherGuild => {
                let other = self.recipe.guild.to_db() + 1;
                detail = Some(other.to_string());
                values[at] = Made::Int(other);
            }
            Reason::NotAnId => values[at] = Made::Text("ada \u{1f600}".to_owned()),
            // A column of integers would make a fraction of it.
            Reason::IdOutOfRange if self.spec.columns[at].1.is_empty() && self.coin() => {
                values[at] = Made::Text("99999999999999999999".to_owned());
            }
            Reason::IdOutOfRange => values[at] = Made::Int(-7),
            Reason::IdLostDigits => values[at] = Made::Real(175_928_847_299.5),
            Reason::BadText => values[at] = Made::Garbled,
            Reason::TooLong => values[at] = Made::Text("\u{e9}".repeat(VALUE_BYTES / 2 + 1)),
            Reason::NotFinite => values[at] = Made::Infinite,
            Reason::Orphan => {
                values[at] = Made::Int(unknown);
                self.last = None;
                detail = self.spec.refers.map(|(_, table)| table.to_owned());
            }
            Reason::Duplicate => {
                if let Some(last) = self.last.take() {
                    let dated = self.column(|(_, _, fill)| *fill == Fill::Changed).is_some();
                    let newer = !dated || self.coin();
                    values = self.values(number, last.index, if newer { 8 } else { 2 });
                    let (loser, winner) = if newer { (last.number, number) } else { (number, last.number) };
                    noted = loser;
                    detail = Some(winner.to_string());
                }
            }
        }
        let table = self.spec.name.to_ascii_lowercase();
        self.notes.push(Note { table, row: noted.cast_signed(), reason, detail });
        values
    }

    /// The values of a good row. `day` makes it older or newer than others of its key.
    fn values(&self, number: u64, index: u64, day: u32) -> Vec<Made> {
        self.spec.columns.iter().map(|(_, kind, fill)| self.value(*fill, kind, number, index, day)).collect()
    }

    fn value(&self, fill: Fill, kind: &str, number: u64, index: u64, day: u32) -> Made {
        let turn = |table: &str| index % self.pools.size(table);
        let below = |bound: u64| self.random.below(bound).cast_signed();
        match fill {
            Fill::Number => Made::Int(number.cast_signed()),
            Fill::Serial => Made::Int(index.cast_signed() + 1),
            Fill::Person => self.id(100_000_000_000_000_000 + turn("users") * 4_194_304),
            Fill::Stranger => self.id(200_000_000_000_000_000 + index * 4_194_304),
            Fill::Place => self.id(300_000_000_000_000_000 + self.random.below(1_000)),
            Fill::Guild => self.id(self.recipe.guild.get()),
            Fill::Challenge(table) => Made::Int(turn(table).cast_signed() + 1),
            Fill::Code => Made::Text(format!("code/{}", turn("invites"))),
            Fill::Round(table) => {
                let round = index / self.pools.size(table);
                // In a text column this is a word, such as the name of an achievement.
                if kind == "TEXT" {
                    Made::Text(format!("step {round}"))
                } else {
                    Made::Int(round.cast_signed())
                }
            }
            Fill::Word => self.word(),
            Fill::Changed if kind == "INTEGER" => Made::Int(1_700_000_000 + i64::from(day) * 86_400),
            Fill::Changed => Made::Text(format!("2025-10-{day:02} 12:{:02}:00", self.random.below(60))),
            Fill::Score => {
                self.at_times(|| Made::Real(f64::from(u32::try_from(below(100)).unwrap_or(0)) / 8.0))
            }
            Fill::Small => self.at_times(|| Made::Int(below(500) - 20)),
            Fill::Bytes => Made::Bytes((0..below(40)).map(|byte| byte.to_le_bytes()[0]).collect()),
        }
    }

    /// An id as a number or as text.
    fn id(&self, id: u64) -> Made {
        if self.coin() { Made::Int(id.cast_signed()) } else { Made::Text(id.to_string()) }
    }

    fn word(&self) -> Made {
        const WORDS: &[&str] = &[
            "Planetes",
            "",
            "O'Brien's \"best\"",
            "\u{1f469}\u{200d}\u{1f680} \u{2728}",
            "Stra\u{df}e",
            "%_\\",
            "\u{202e}sdrawkcab",
            "two\nlines\tand a tab",
            "\u{6f2b}\u{753b}",
            "NULL",
            "12",
            "-",
            "a; DROP TABLE users;",
        ];
        self.at_times(|| {
            let at = usize::try_from(self.random.below(WORDS.len() as u64)).unwrap_or(0);
            Made::Text(WORDS[at].to_owned())
        })
    }

    fn at_times(&self, make: impl FnOnce() -> Made) -> Made {
        if self.random.below(12) == 0 { Made::Null } else { make() }
    }

    fn coin(&self) -> bool {
        self.random.below(2) == 0
    }

    fn column(&self, wanted: impl Fn(&(&str, &str, Fill)) -> bool) -> Option<usize> {
        self.spec.columns.iter().position(wanted)
    }

    /// A column that holds ids and nothing else, besides the guild's. In a column declared as text a
    /// fraction would become text.
    fn id_column(&self, text_too: bool) -> Option<usize> {
        self.column(|(name, kind, fill)| {
            let id = Kind::of(&name.to_ascii_lowercase()) == Kind::Id && *fill != Fill::Guild;
            id && (text_too || *kind != "TEXT")
        })
    }
}

impl Made {
    fn write(&self, sql: &mut String) {
        let _ = match self {
            Self::Null => write!(sql, "NULL"),
            Self::Int(number) => write!(sql, "{number}"),
            Self::Real(number) => write!(sql, "{number:?}"),
            Self::Infinite => write!(sql, "9e999"),
            Self::Text(text) => write!(sql, "'{}'", text.replace('\'', "''")),
            Self::Bytes(bytes) => {
                sql.push_str("X'");
                for byte in bytes {
                    let _ = write!(sql, "{byte:02x}");
                }
                write!(sql, "'")
            }
            Self::Garbled => write!(sql, "CAST(X'616ec3' AS TEXT)"),
        };
    }
}
