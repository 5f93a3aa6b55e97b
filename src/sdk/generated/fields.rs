//! The keys of stored arguments, read one by one.

use super::super::codec::{self, PassedOver};
use serde::de::value::Error as Missing;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The keys of stored arguments that nobody has taken yet.
pub struct Fields<'a> {
    left: BTreeMap<String, &'a RawValue>,
    passed_over: PassedOver,
}

impl<'a> Fields<'a> {
    /// The keys of one JSON object.
    ///
    /// # Errors
    /// Where it is none.
    pub(super) fn of(text: &'a str) -> Result<Self, String> {
        let left = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self { left, passed_over: PassedOver::default() })
    }

    /// What stands under a key.
    pub(super) fn take<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, String> {
        let Some(value) = self.left.remove(name) else { return Ok(None) };
        codec::read(value.get(), name, &mut self.passed_over).map(Some)
    }

    /// What a value is where its key is missing: an `Option` is `None`, as in a struct.
    pub(super) fn missing<'de, T: Deserialize<'de>>(name: &'static str) -> Result<T, String> {
        T::deserialize(Absent(name)).map_err(|error| error.to_string())
    }

    /// The keys that nobody knew.
    pub(super) fn rest(mut self) -> PassedOver {
        for key in self.left.into_keys() {
            self.passed_over.note(key);
        }
        self.passed_over
    }
}

/// A value that is not there.
struct Absent(&'static str);

impl<'de> Deserializer<'de> for Absent {
    type Error = Missing;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Missing> {
        Err(Missing::missing_field(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Missing> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
