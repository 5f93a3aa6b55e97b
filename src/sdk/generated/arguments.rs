//! Arguments as the parts of a tuple, and as the keys of one JSON object.

use super::super::handler::Parameter;
use super::fields::Fields;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;

/// What a parameter of a task may be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a task",
    label = "an argument is stored as JSON and read back by a worker: it needs `Serialize`, `Deserialize` and `Send`",
    note = "for a type of your own: `#[derive(Serialize, Deserialize)]`"
)]
pub trait Argument: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> Argument for T {}

/// An argument that every send gives.
pub struct Required<T>(pub T);

/// An argument that may be left out: then it is not stored, and its default is what the worker's code says.
pub struct Defaulted<T>(pub Option<T>);

/// One part of the tuple.
pub trait Part: Sized {
    /// Writes it under its name.
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;

    /// Reads what stands under its name.
    fn read(name: &'static str, fields: &mut Fields<'_>) -> Result<Self, String>;
}

impl<T: Argument> Part for Required<T> {
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, &self.0)
    }

    fn read(name: &'static str, fields: &mut Fields<'_>) -> Result<Self, String> {
        match fields.take(name)? {
            Some(value) => Ok(Self(value)),
            None => Fields::missing(name).map(Self),
        }
    }
}

impl<T: Argument> Part for Defaulted<T> {
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match &self.0 {
            Some(value) => map.serialize_entry(name, value),
            None => Ok(()),
        }
    }

    fn read(name: &'static str, fields: &mut Fields<'_>) -> Result<Self, String> {
        fields.take(name).map(Self)
    }
}

/// The arguments of a task: a tuple of [`Required`] and [`Defaulted`].
pub trait Arguments: Sized + Send + 'static {
    /// Writes each under its name.
    fn write<M: SerializeMap>(&self, parameters: &'static [Parameter], map: &mut M) -> Result<(), M::Error>;

    /// Reads each from under its name.
    ///
    /// # Errors
    /// What does not fit, with the path of the field.
    fn read(parameters: &'static [Parameter], fields: &mut Fields<'_>) -> Result<Self, String>;
}

/// The name of the parameter at a place of the tuple.
fn name(parameters: &'static [Parameter], at: usize) -> &'static str {
    parameters.get(at).map_or("", |parameter| parameter.name)
}

macro_rules! tuples {
    ($(($($part:ident $at:tt),*))*) => {$(
        impl<$($part: Part + Send + 'static),*> Arguments for ($($part,)*) {
            #[allow(unused_variables)]
            fn write<__M: SerializeMap>(
                &self,
                parameters: &'static [Parameter],
                map: &mut __M,
            ) -> Result<(), __M::Error> {
                $(self.$at.write(name(parameters, $at), map)?;)*
                Ok(())
            }

            #[allow(unused_variables)]
            fn read(parameters: &'static [Parameter], fields: &mut Fields<'_>) -> Result<Self, String> {
                Ok(($($part::read(name(parameters, $at), fields)?,)*))
            }
        }
    )*};
}
tuples! {
    ()
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}
