//! Rows as bytes: one form for each value, so that equal rows have equal bytes whatever database they are
//! read from.

use guildhall_store::Value;

use crate::{
    digest::{Digest, Owner, Sum},
    manifest::ColumnShape,
};

const NULL: u8 = 0;
const INT: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

/// What stands in a chunk, in order.
#[derive(Debug, PartialEq)]
pub(crate) enum Record<'a> {
    /// The rows of this owner follow.
    Owner(Owner),
    /// The rows of this table of the header follow.
    Table(usize),
    /// A row, in its canonical form.
    Row(&'a [u8]),
    /// The table's rows of this owner are complete.
    TableEnd(Digest),
    /// The owner is complete.
    OwnerEnd(Digest),
}

/// The canonical form of a row. `skip` is the place of the owner's id, which is not part of it.
pub(crate) fn encode_row(values: &[Value], columns: &[ColumnShape], skip: Option<usize>, out: &mut Vec<u8>) {
    let kept = values.iter().enumerate().filter(|(place, _)| Some(*place) != skip).map(|(_, value)| value);
    for (value, column) in kept.zip(columns) {
        match value {
            Value::Null => out.push(NULL),
            // A whole fraction may come back as a whole number.
            Value::Int(number) if column.real => real(*number as f64, out),
            Value::Int(number) => {
                out.push(INT);
                out.extend_from_slice(&number.to_le_bytes());
            }
            Value::Real(number) => real(*number, out),
            Value::Text(text) => counted(TEXT, text.as_bytes(), out),
            Value::Blob(bytes) => counted(BLOB, bytes, out),
        }
    }
}

fn real(number: f64, out: &mut Vec<u8>) {
    out.push(REAL);
    out.extend_from_slice(&number.to_bits().to_le_bytes());
}

fn counted(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// The values of a row; `None` where the bytes are no row of this many columns.
pub(crate) fn decode_row(mut bytes: &[u8], columns: usize) -> Option<Vec<Value>> {
    let from = &mut bytes;
    let mut values = Vec::with_capacity(columns);
    for _ in 0..columns {
        values.push(match byte(from)? {
            NULL => Value::Null,
            INT => Value::Int(i64::from_le_bytes(array(from)?)),
            REAL => Value::Real(f64::from_bits(u64::from_le_bytes(array(from)?))),
            TEXT => Value::Text(String::from_utf8(counted_bytes(from)?.to_vec()).ok()?),
            BLOB => Value::Blob(counted_bytes(from)?.to_vec()),
            _ => return None,
        });
    }
    bytes.is_empty().then_some(values)
}

/// Appends a record.
pub(crate) fn write(record: &Record<'_>, out: &mut Vec<u8>) {
    match record {
        Record::Owner(owner) => {
            let (kind, id) = owner.parts();
            out.extend_from_slice(&[b'o', kind]);
            out.extend_from_slice(&id.to_le_bytes());
        }
        Record::Table(index) => {
            out.push(b't');
            out.extend_from_slice(&(*index as u64).to_le_bytes());
        }
        Record::Row(row) => counted(b'r', row, out),
        Record::TableEnd(digest) => end(b'e', digest, out),
        Record::OwnerEnd(digest) => end(b'x', digest, out),
    }
}

fn end(kind: u8, digest: &Digest, out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&digest.count.to_le_bytes());
    out.extend_from_slice(&digest.sum.to_bytes());
}

/// Takes the next record from the front; `None` where there is none that makes sense.
pub(crate) fn read<'a>(from: &mut &'a [u8]) -> Option<Record<'a>> {
    Some(match byte(from)? {
        b'o' => {
            let kind = byte(from)?;
            Record::Owner(Owner::from_parts(kind, i64::from_le_bytes(array(from)?))?)
        }
        b't' => Record::Table(usize::try_from(u64::from_le_bytes(array(from)?)).ok()?),
        b'r' => Record::Row(counted_bytes(from)?),
        b'e' => Record::TableEnd(digest(from)?),
        b'x' => Record::OwnerEnd(digest(from)?),
        _ => return None,
    })
}

fn digest(from: &mut &[u8]) -> Option<Digest> {
    let count = u64::from_le_bytes(array(from)?);
    Some(Digest { count, sum: Sum::from_bytes(array(from)?) })
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    from.split_off_first().copied()
}

fn array<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    from.split_off(..N)?.try_into().ok()
}

fn counted_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u64::from_le_bytes(array(from)?)).ok()?;
    from.split_off(..length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(real: bool) -> ColumnShape {
        ColumnShape { name: "c".to_owned(), real }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Int),
            any::<f64>().prop_filter("a number", |number| !number.is_nan()).prop_map(Value::Real),
            any::<String>().prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Blob),
        ]
    }

    proptest! {
        #[test]
        fn rows_come_back(values in prop::collection::vec(any_value(), 0..6)) {
            let columns = vec![column(false); values.len()];
            let mut bytes = Vec::new();
            encode_row(&values, &columns, None, &mut bytes);
            prop_assert_eq!(decode_row(&bytes, values.len()), Some(values));
        }

        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>(), columns in 0_usize..5) {
            let _ = decode_row(&bytes, columns);
            let mut rest = &bytes[..];
            while read(&mut rest).is_some() {}
        }
    }

    #[test]
    fn the_owner_is_left_out_and_whole_fractions_are_fractions() {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        let columns = [column(true)];
        encode_row(&[Value::Int(7), Value::Int(2)], &columns, Some(0), &mut one);
        encode_row(&[Value::Int(8), Value::Real(2.0)], &columns, Some(0), &mut two);
        assert_eq!(one, two);
        assert_eq!(decode_row(&one, 1), Some(vec![Value::Real(2.0)]));
    }

    #[test]
    fn records_come_back() {
        let mut digest = Digest::default();
        digest.row(b"x");
        let records = [
            Record::Owner(Owner::Guild(5)),
            Record::Table(3),
            Record::Row(b"bytes"),
            Record::TableEnd(digest),
            Record::OwnerEnd(digest),
        ];
        let mut bytes = Vec::new();
        for record in &records {
            write(record, &mut bytes);
        }
        let mut rest = &bytes[..];
        for record in &records {
            assert_eq!(read(&mut rest).as_ref(), Some(record));
        }
        assert!(rest.is_empty());
    }
}
