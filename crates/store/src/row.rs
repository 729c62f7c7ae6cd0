//! One row of a result.

use std::sync::Arc;

use crate::{
    error::StoreError,
    value::{FromValue, Value},
};

/// A row, decoded and independent of the connection. All rows of one result share their column names.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[Box<str>]>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) const fn new(columns: Arc<[Box<str>]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The column with this name.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, StoreError> {
        let value = self.value(column);
        value.and_then(T::from_value).ok_or_else(|| StoreError::Column {
            column: column.to_owned(),
            wanted: T::NAME,
            found: value.map_or("there is no such column", Value::kind),
        })
    }

    /// The value of the column with this name, whatever it is.
    pub(crate) fn any(&self, column: &str) -> Result<Value, StoreError> {
        self.value(column).cloned().ok_or_else(|| StoreError::Column {
            column: column.to_owned(),
            wanted: "a value",
            found: "there is no such column",
        })
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|name| &**name)
    }

    /// The values in the order of the columns.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The same columns, with what `fold` makes of this row's value and another's.
    pub(crate) fn combined(&self, other: &Self, fold: fn(&Value, &Value) -> Value) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(one, other)| fold(one, other)).collect();
        Self { columns: Arc::clone(&self.columns), values }
    }

    fn value(&self, column: &str) -> Option<&Value> {
        // Results have a handful of columns: looking along them beats hashing.
        self.columns.iter().position(|name| &**name == column).and_then(|index| self.values.get(index))
    }
}
