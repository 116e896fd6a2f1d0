//! From rows to domain values. What does not convert is an error that names its place.

use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Display, str::FromStr};
use tidings_kernel::{Currency, Money, StoreError};
use uuid::Uuid;

/// Where a value stands, for the error.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) table: &'static str,
    pub(crate) id: Uuid,
}

impl Place {
    pub(crate) const fn new(table: &'static str, id: Uuid) -> Self {
        Self { table, id }
    }

    pub(crate) fn bad(self, column: &str, problem: impl Display) -> StoreError {
        StoreError::inconsistent(format!("{}.{column} of {}: {problem}", self.table, self.id))
    }

    pub(crate) fn parse<T: FromStr<Err: Display>>(
        self,
        column: &str,
        text: &str,
    ) -> Result<T, StoreError> {
        text.parse().map_err(|error| self.bad(column, error))
    }

    pub(crate) fn parse_some<T: FromStr<Err: Display>>(
        self,
        column: &str,
        text: Option<&str>,
    ) -> Result<Option<T>, StoreError> {
        text.map(|text| self.parse(column, text)).transpose()
    }

    pub(crate) fn parse_all<T: FromStr<Err: Display>>(
        self,
        column: &str,
        texts: &[String],
    ) -> Result<Vec<T>, StoreError> {
        texts.iter().map(|text| self.parse(column, text)).collect()
    }

    /// Reads with a constructor that is not `FromStr`.
    pub(crate) fn read<T, E: Display>(
        self,
        column: &str,
        text: Option<&str>,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        text.map(|text| read(text).map_err(|error| self.bad(column, error)))
            .transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(
        self,
        column: &str,
        value: serde_json::Value,
    ) -> Result<T, StoreError> {
        serde_json::from_value(value).map_err(|error| self.bad(column, error))
    }

    pub(crate) fn number<T, N: TryInto<T> + Display + Copy>(
        self,
        column: &str,
        number: N,
    ) -> Result<T, StoreError> {
        number
            .try_into()
            .map_err(|_| self.bad(column, format_args!("{number} is out of range")))
    }

    pub(crate) fn bytes(self, column: &str, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
        bytes
            .try_into()
            .map_err(|_| self.bad(column, "not 32 bytes"))
    }

    pub(crate) fn money(
        self,
        column: &str,
        micros: Option<i64>,
        currency: Option<&str>,
    ) -> Result<Option<Money>, StoreError> {
        match (micros, currency) {
            (Some(micros), Some(currency)) => Currency::parse(currency)
                .map(|currency| Some(Money::from_micros(micros, currency)))
                .map_err(|error| self.bad(column, error)),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(self.bad(column, "half an amount")),
        }
    }
}

/// Our own types always serialize; a failure would be a bug of ours. PostgreSQL keeps no NUL, which a
/// provider may send: U+FFFD takes its place, so that the rest is kept.
pub(crate) fn to_json<T: Serialize>(
    what: &str,
    value: &T,
) -> Result<serde_json::Value, StoreError> {
    let mut value = serde_json::to_value(value).map_err(|error| StoreError::Inconsistent {
        context: format!("{what} does not serialize"),
        source: Some(error.into()),
    })?;
    replace_nul(&mut value);
    Ok(value)
}

fn replace_nul(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if text.contains('\0') => *text = without_nul(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(replace_nul),
        serde_json::Value::Object(members) => {
            members.iter_mut().for_each(|(_, value)| replace_nul(value));
        }
        serde_json::Value::String(_)
        | serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_) => {}
    }
}

/// The text, with U+FFFD for every NUL.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// The names of a list of channels, purposes or the like.
pub(crate) fn names<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}
