//! Values to and from SQLite.

use std::sync::Arc;

use sqlx::{
    Arguments, Column, Decode, Row as _, Sqlite, TypeInfo, ValueRef,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{backend::Scope, row::Row, value::Value};

/// The ids of the scope, then the caller's values.
pub(super) fn bind(scope: Scope, params: Vec<Value>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(scope.len() + params.len(), 0);
    for id in scope.ids() {
        arguments.add(id).map_err(sqlx::Error::Encode)?;
    }
    for value in params {
        match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Int(number) => arguments.add(number),
            Value::Real(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Blob(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Decodes the rows of one result, which share their column names.
#[derive(Default)]
pub(super) struct Decoder {
    columns: Option<Arc<[Box<str>]>>,
}

impl Decoder {
    pub(super) fn decode(&mut self, row: &SqliteRow) -> Result<Row, sqlx::Error> {
        let columns = self
            .columns
            .get_or_insert_with(|| row.columns().iter().map(|column| column.name().into()).collect());
        let values = (0..columns.len()).map(|index| value(row, index)).collect::<Result<_, _>>()?;
        Ok(Row::new(Arc::clone(columns), values))
    }
}

/// One value by what SQLite actually stored, which decides over the declared type.
fn value(row: &SqliteRow, index: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().into_owned();
    match kind.name() {
        "TEXT" => <String as Decode<Sqlite>>::decode(raw).map(Value::Text),
        "REAL" => <f64 as Decode<Sqlite>>::decode(raw).map(Value::Real),
        "BLOB" => <Vec<u8> as Decode<Sqlite>>::decode(raw).map(Value::Blob),
        _ => <i64 as Decode<Sqlite>>::decode(raw).map(Value::Int),
    }
    .map_err(sqlx::Error::Decode)
}
