//! Values to and from PostgreSQL.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use sqlx::{
    Arguments as _, Column as _, Decode, Either, Encode, Executor as _, PgConnection, Postgres, Row as _,
    SqlSafeStr as _, Statement as _, TypeInfo as _, ValueRef as _,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgRow, PgTypeInfo, PgValueRef, types::Oid},
};

pub(super) use sqlx::postgres::PgArguments;

use crate::{backend::Scope, row::Row, value::Value};

/// The types of PostgreSQL that a value of ours can be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Int8,
    Float8,
    Text,
    Bytes,
    /// A type that no statement of ours should have.
    Foreign,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "INT8" => Self::Int8,
            "FLOAT8" => Self::Float8,
            "TEXT" | "VARCHAR" | "NAME" => Self::Text,
            "BYTEA" => Self::Bytes,
            _ => Self::Foreign,
        }
    }
}

/// What the server takes each parameter of a statement for. Asked once: a statement keeps its types, and a
/// value that is sent as another type would be misread.
static SHAPES: LazyLock<RwLock<Shapes>> = LazyLock::new(RwLock::default);

type Shapes = HashMap<&'static str, Arc<[Kind]>>;

pub(super) async fn shape(
    connection: &mut PgConnection,
    sql: &'static str,
) -> Result<Arc<[Kind]>, sqlx::Error> {
    let known = SHAPES.read().unwrap_or_else(PoisonError::into_inner).get(sql).map(Arc::clone);
    if let Some(shape) = known {
        return Ok(shape);
    }
    let statement = connection.prepare(sql.into_sql_str()).await?;
    let kinds: Arc<[Kind]> = match statement.parameters() {
        Some(Either::Left(types)) => types.iter().map(|kind| Kind::of(kind.name())).collect(),
        _ => Arc::from([]),
    };
    SHAPES.write().unwrap_or_else(PoisonError::into_inner).insert(sql, Arc::clone(&kinds));
    Ok(kinds)
}

/// Which parameters and columns of a statement have a type that SQLite would not understand in the same way.
pub(super) async fn check(
    connection: &mut PgConnection,
    sql: &'static str,
) -> Result<Vec<String>, sqlx::Error> {
    let statement = connection.prepare(sql.into_sql_str()).await?;
    let mut faults = Vec::new();
    if let Some(Either::Left(types)) = statement.parameters() {
        for (number, kind) in (1..).zip(types) {
            if Kind::of(kind.name()) == Kind::Foreign {
                faults.push(format!("takes ${number} for {}; cast it", kind.name()));
            }
        }
    }
    for column in statement.columns() {
        if Kind::of(column.type_info().name()) == Kind::Foreign {
            faults.push(format!("gives `{}` as {}; cast it", column.name(), column.type_info().name()));
        }
    }
    Ok(faults)
}

/// The ids of the scope, then the caller's values: as the types of `shape`, or by what they are.
pub(super) fn bind(
    scope: Scope,
    params: Vec<Value>,
    shape: Option<&[Kind]>,
) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    let values = scope.ids().map(Value::Int).chain(params);
    for (index, value) in values.enumerate() {
        let kind = shape.and_then(|shape| shape.get(index)).copied();
        match (value, kind) {
            (Value::Null, _) => arguments.add(Null),
            (Value::Int(number), Some(Kind::Float8)) => arguments.add(number as f64),
            (Value::Int(number), None | Some(Kind::Int8)) => arguments.add(number),
            (Value::Real(number), None | Some(Kind::Float8)) => arguments.add(number),
            (Value::Text(text), None | Some(Kind::Text)) => arguments.add(text),
            (Value::Blob(bytes), None | Some(Kind::Bytes)) => arguments.add(bytes),
            (value, Some(kind)) => {
                Err(format!("{} was given for ${}, which is {kind:?}", value.kind(), index + 1).into())
            }
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// No value, of whatever type the server takes it for.
struct Null;

impl sqlx::Type<Postgres> for Null {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Null {
    fn encode_by_ref(&self, _buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// Decodes the rows of one result, which share their column names.
#[derive(Default)]
pub(super) struct Decoder {
    columns: Option<Arc<[Box<str>]>>,
}

impl Decoder {
    pub(super) fn decode(&mut self, row: &PgRow) -> Result<Row, sqlx::Error> {
        let columns = self
            .columns
            .get_or_insert_with(|| row.columns().iter().map(|column| column.name().into()).collect());
        let values = (0..columns.len()).map(|index| value(row, index)).collect::<Result<_, _>>()?;
        Ok(Row::new(Arc::clone(columns), values))
    }
}

fn value(row: &PgRow, index: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().into_owned();
    let read = match kind.name() {
        "INT8" => read::<i64>(raw).map(Value::Int),
        "INT4" => read::<i32>(raw).map(|number| Value::Int(number.into())),
        "INT2" => read::<i16>(raw).map(|number| Value::Int(number.into())),
        "BOOL" => read::<bool>(raw).map(|truth| Value::Int(truth.into())),
        "FLOAT8" => read::<f64>(raw).map(Value::Real),
        "BYTEA" => read::<Vec<u8>>(raw).map(Value::Blob),
        "TEXT" | "VARCHAR" | "NAME" | "UNKNOWN" | "CHAR" => read::<String>(raw).map(Value::Text),
        other => Err(format!("column {index} is {other}, which no value of the store can hold").into()),
    };
    read.map_err(sqlx::Error::Decode)
}

fn read<'r, T: Decode<'r, Postgres>>(raw: PgValueRef<'r>) -> Result<T, BoxDynError> {
    T::decode(raw)
}
