//! Values on their way into and out of the database.

use guildhall_core::{
    clock::Timestamp,
    id::{ApplicationId, ChannelId, CommandId, GuildId, InteractionId, MessageId, RoleId, UserId},
};

/// One value of a column, in the five forms that every backend has.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number: also ids, milliseconds, and booleans as 0 and 1.
    Int(i64),
    /// A fraction.
    Real(f64),
    /// Words, also JSON.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// The values of a statement, in order, without those that the scope binds. Made by [`params!`](crate::params).
pub type Params = Vec<Value>;

/// The values of a statement: `params![channel, "text", Some(3_i64)]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        ::std::vec![$($crate::Value::from($value)),*]
    };
}

impl Value {
    /// What the value is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "a whole number",
            Self::Real(_) => "a fraction",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// The name of the type, for messages.
    const NAME: &'static str;

    /// The value as this type; `None` where it is something else.
    fn from_value(value: &Value) -> Option<Self>;
}

impl<T: FromValue> FromValue for Option<T> {
    const NAME: &'static str = T::NAME;

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T> From<Option<T>> for Value
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

macro_rules! into_value {
    ($($from:ty => |$value:ident| $make:expr),+ $(,)?) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $make
            }
        }
    )+};
}

// Counts beyond 2^63 do not occur; they saturate instead of turning negative.
into_value! {
    i64 => |value| Self::Int(value),
    i32 => |value| Self::Int(value.into()),
    u8 => |value| Self::Int(value.into()),
    u16 => |value| Self::Int(value.into()),
    u32 => |value| Self::Int(value.into()),
    u64 => |value| Self::Int(i64::try_from(value).unwrap_or(i64::MAX)),
    usize => |value| Self::Int(i64::try_from(value).unwrap_or(i64::MAX)),
    bool => |value| Self::Int(value.into()),
    f64 => |value| Self::Real(value),
    &str => |value| Self::Text(text(value.to_owned())),
    &String => |value| Self::Text(text(value.clone())),
    String => |value| Self::Text(text(value)),
    Vec<u8> => |value| Self::Blob(value),
    &[u8] => |value| Self::Blob(value.to_vec()),
    Timestamp => |value| Self::Int(value.as_millis()),
}

/// PostgreSQL's texts cannot hold the sign zero, so no text of the store does.
fn text(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

macro_rules! from_value {
    ($($type:ty = $name:literal, $value:pat => $read:expr);+ $(;)?) => {$(
        impl FromValue for $type {
            const NAME: &'static str = $name;

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $value => $read,
                    _ => None,
                }
            }
        }
    )+};
}

from_value! {
    i64 = "a whole number", Value::Int(number) => Some(*number);
    i32 = "a whole number of 32 bits", Value::Int(number) => (*number).try_into().ok();
    u8 = "a count of 8 bits", Value::Int(number) => (*number).try_into().ok();
    u16 = "a count of 16 bits", Value::Int(number) => (*number).try_into().ok();
    u32 = "a count of 32 bits", Value::Int(number) => (*number).try_into().ok();
    u64 = "a count", Value::Int(number) => (*number).try_into().ok();
    usize = "a count", Value::Int(number) => (*number).try_into().ok();
    bool = "a yes or no", Value::Int(number @ (0 | 1)) => Some(*number == 1);
    String = "text", Value::Text(text) => Some(text.clone());
    Vec<u8> = "bytes", Value::Blob(bytes) => Some(bytes.clone());
    Timestamp = "milliseconds", Value::Int(number) => Some(Self(*number));
}

impl FromValue for f64 {
    const NAME: &'static str = "a number";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Real(number) => Some(*number),
            // An integral REAL may come back as an integer.
            Value::Int(number) => Some(*number as Self),
            _ => None,
        }
    }
}

macro_rules! ids {
    ($($id:ident),+ $(,)?) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Self::Int(id.to_db())
            }
        }

        impl FromValue for $id {
            const NAME: &'static str = stringify!($id);

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Int(number) => Self::from_db(*number),
                    _ => None,
                }
            }
        }
    )+};
}

ids!(ApplicationId, ChannelId, CommandId, GuildId, InteractionId, MessageId, RoleId, UserId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_what_went_in() {
        fn back<T: FromValue + Into<Value> + Clone + PartialEq + std::fmt::Debug>(value: &T) {
            assert_eq!(T::from_value(&value.clone().into()).as_ref(), Some(value));
        }
        back(&-5_i64);
        back(&7_u32);
        back(&true);
        back(&2.5_f64);
        back(&"words".to_owned());
        back(&vec![0_u8, 255]);
        back(&Timestamp(1_700_000_000_000));
        back(&GuildId::new(42).unwrap());
        back(&Some(3_i64));
        back(&None::<String>);
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        assert_eq!(u32::from_value(&Value::Int(-1)), None);
        assert_eq!(bool::from_value(&Value::Int(2)), None);
        assert_eq!(i64::from_value(&Value::Null), None);
        assert_eq!(GuildId::from_value(&Value::Int(0)), None);
        assert_eq!(String::from_value(&Value::Blob(vec![1])), None);
    }
}
