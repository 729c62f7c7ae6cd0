//! Looks at one row: whether it can be taken, what names it, whom it is about, and how it is kept.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sqlx::{Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _, sqlite::SqliteRow};

use crate::{known::Kind, layout::Layout, reason::Reason};

/// Bytes that one value may have. The longest text that Discord ever took is a tenth of this.
pub const VALUE_BYTES: usize = 65_536;

/// Bytes that a row may have as it is kept.
pub const ROW_BYTES: usize = 262_144;

/// Bytes that a key may have, so that every database can index it.
pub const KEY_BYTES: usize = 512;

/// One value of the source as it is stored, whatever its column declares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'r> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'r str),
    Bytes(&'r [u8]),
    /// Text that is not UTF-8.
    Garbled,
}

/// A row that can be taken.
#[derive(Debug)]
pub(crate) struct Checked {
    /// What names the row within its guild and table.
    pub(crate) key: String,
    /// The person it is about.
    pub(crate) user: Option<i64>,
    /// The other person whom it names.
    pub(crate) other: Option<i64>,
    /// When it was last changed, in a form that compares.
    pub(crate) changed: Changed,
}

/// A row that cannot be taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refused {
    pub(crate) reason: Reason,
    /// The column, where it is about one.
    pub(crate) detail: Option<String>,
}

/// When a row was last changed: nothing, then numbers, then texts, each in their order. Old bots write one
/// form throughout a table; the first 23 characters of a text reach to milliseconds.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Changed([u8; 24]);

/// The cells of a row, without its number.
pub(crate) fn cells(row: &SqliteRow) -> Result<Vec<Cell<'_>>, sqlx::Error> {
    (1..row.len()).map(|at| cell(row, at)).collect()
}

fn cell(row: &SqliteRow, at: usize) -> Result<Cell<'_>, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Cell::Null);
    }
    let kind = raw.type_info().into_owned();
    Ok(match kind.name() {
        "TEXT" => <&str as Decode<Sqlite>>::decode(raw).map_or(Cell::Garbled, Cell::Text),
        "REAL" => Cell::Real(<f64 as Decode<Sqlite>>::decode(raw).map_err(sqlx::Error::Decode)?),
        "BLOB" => Cell::Bytes(<&[u8] as Decode<Sqlite>>::decode(raw).map_err(sqlx::Error::Decode)?),
        _ => Cell::Int(<i64 as Decode<Sqlite>>::decode(raw).map_err(sqlx::Error::Decode)?),
    })
}

/// Whether the row can be taken for this guild.
pub(crate) fn check(
    layout: &Layout,
    cells: &[Cell<'_>],
    number: i64,
    guild: i64,
) -> Result<Checked, Refused> {
    let refused = |reason, at: usize| Refused { reason, detail: Some(layout.columns[at].name.clone()) };
    // First of all whose row it is: what is wrong with rows of another guild is nobody's business here.
    if let Some(at) = layout.guild {
        match id(&cells[at]) {
            Ok(None) => return Err(refused(Reason::NoGuild, at)),
            Ok(Some(found)) if found != guild => {
                return Err(Refused { reason: Reason::OtherGuild, detail: Some(found.to_string()) });
            }
            Ok(Some(_)) => {}
            Err(reason) => return Err(refused(reason, at)),
        }
    }
    for (at, (column, cell)) in layout.columns.iter().zip(cells).enumerate() {
        let sound = match (column.kind, cell) {
            (_, Cell::Garbled) => Err(Reason::BadText),
            (_, Cell::Text(text)) if text.len() > VALUE_BYTES => Err(Reason::TooLong),
            (_, Cell::Bytes(bytes)) if bytes.len() > VALUE_BYTES => Err(Reason::TooLong),
            (Kind::Id, cell) => id(cell).map(|_| ()),
            (Kind::IdOrName, Cell::Real(_)) => Err(Reason::IdLostDigits),
            (Kind::Plain, Cell::Real(number)) if !number.is_finite() => Err(Reason::NotFinite),
            _ => Ok(()),
        };
        sound.map_err(|reason| refused(reason, at))?;
    }
    let mut key = String::new();
    for (nth, at) in layout.key.iter().enumerate() {
        if nth > 0 {
            key.push('/');
        }
        push_key(&mut key, &cells[*at]).map_err(|reason| refused(reason, *at))?;
    }
    if layout.key.is_empty() {
        key = format!("#{number}");
    }
    if key.len() > KEY_BYTES {
        return Err(Refused { reason: Reason::TooLong, detail: Some("the key".to_owned()) });
    }
    let mut people = layout.people.iter().filter_map(|at| id(&cells[*at]).ok().flatten());
    let user = people.next();
    let other = people.find(|other| Some(*other) != user);
    let changed = layout.changed.map_or_else(Changed::default, |at| Changed::of(&cells[at]));
    Ok(Checked { key, user, other, changed })
}

/// The row as JSON: an object by the names of the columns. Ids are strings, as everywhere in this program;
/// bytes are an object with their base 64.
pub(crate) fn payload(layout: &Layout, cells: &[Cell<'_>]) -> Result<String, Refused> {
    let mut json = String::with_capacity(layout.columns.len() * 24);
    json.push('{');
    for (column, cell) in layout.columns.iter().zip(cells) {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&column.label);
        match cell {
            Cell::Null | Cell::Garbled => json.push_str("null"),
            Cell::Int(number) if column.kind == Kind::Plain => json.push_str(&number.to_string()),
            Cell::Int(number) => {
                json.push('"');
                json.push_str(&number.to_string());
                json.push('"');
            }
            Cell::Real(number) => json.push_str(&serde_json::Value::from(*number).to_string()),
            Cell::Text(text) => push_text(&mut json, text),
            Cell::Bytes(bytes) => {
                json.push_str("{\"base64\":\"");
                STANDARD.encode_string(bytes, &mut json);
                json.push_str("\"}");
            }
        }
    }
    json.push('}');
    if json.len() > ROW_BYTES {
        return Err(Refused { reason: Reason::TooLong, detail: Some("the row".to_owned()) });
    }
    Ok(json)
}

/// Whether the row as it is kept could be longer than the archive takes: only such rows need their payload
/// made to find out. A byte becomes at most six, and
/// a number stays below 64.
pub(crate) fn may_be_too_long(layout: &Layout, cells: &[Cell<'_>]) -> bool {
    let bytes: usize = cells
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => text.len() * 6,
            Cell::Bytes(bytes) => bytes.len() * 2,
            _ => 0,
        })
        .sum();
    let labels: usize = layout.columns.iter().map(|column| column.label.len() + 64).sum();
    bytes + labels > ROW_BYTES
}

/// The id in a cell; `None` where it is empty.
fn id(cell: &Cell<'_>) -> Result<Option<i64>, Reason> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Int(number) if *number > 0 => Ok(Some(*number)),
        Cell::Int(_) => Err(Reason::IdOutOfRange),
        Cell::Real(_) => Err(Reason::IdLostDigits),
        Cell::Text(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            // A leading zero or plus sign would give one id two names.
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Reason::NotAnId);
            }
            if digits.starts_with('0') && digits.len() > 1 {
                return Err(Reason::NotAnId);
            }
            text.parse::<i64>().ok().filter(|number| *number > 0).map(Some).ok_or(Reason::IdOutOfRange)
        }
        Cell::Bytes(_) => Err(Reason::NotAnId),
        Cell::Garbled => Err(Reason::BadText),
    }
}

/// The key of a row that is named by this one value.
pub(crate) fn key_of(cell: &Cell<'_>) -> Option<String> {
    let mut key = String::new();
    push_key(&mut key, cell).ok().map(|()| key)
}

/// Adds a value to a key. Numbers and texts of the same digits are the same key, because old tables hold
/// ids in either form. A slash stands between values; within them it is escaped, and so are signs that a
/// database may refuse.
fn push_key(key: &mut String, cell: &Cell<'_>) -> Result<(), Reason> {
    match cell {
        Cell::Null => return Err(Reason::NullKey),
        Cell::Int(number) => key.push_str(&number.to_string()),
        Cell::Real(number) => key.push_str(&number.to_string()),
        Cell::Text(text) => {
            for sign in text.chars() {
                match sign {
                    '/' | '\\' => key.extend(['\\', sign]),
                    sign if sign.is_control() => key.extend(sign.escape_unicode()),
                    sign => key.push(sign),
                }
            }
        }
        Cell::Bytes(bytes) => key.push_str(&STANDARD.encode(bytes)),
        Cell::Garbled => return Err(Reason::BadText),
    }
    Ok(())
}

fn push_text(json: &mut String, text: &str) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    let text = if text.bytes().all(plain) {
        json.push('"');
        json.push_str(text);
        json.push('"');
        return;
    } else {
        Cow::<str>::Owned(serde_json::Value::from(text).to_string())
    };
    json.push_str(&text);
}

impl Changed {
    fn of(cell: &Cell<'_>) -> Self {
        let mut form = [0; 24];
        match cell {
            Cell::Int(number) => {
                form[0] = 1;
                form[1..9].copy_from_slice(&ordered(*number));
            }
            Cell::Real(number) => {
                form[0] = 1;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a time; a fraction of it does not matter"
                )]
                form[1..9].copy_from_slice(&ordered(*number as i64));
            }
            Cell::Text(text) => {
                form[0] = 2;
                for (place, byte) in form[1..].iter_mut().zip(text.bytes()) {
                    *place = byte;
                }
            }
            Cell::Null | Cell::Bytes(_) | Cell::Garbled => {}
        }
        Self(form)
    }
}

/// Bytes that compare as the numbers do.
const fn ordered(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

#[cfg(test)]
mod tests;
