//! The definition of a task that a macro made.

use super::super::client_error::ClientError;
use super::super::codec::{self, PassedOver};
use super::super::config::TaskConfig;
use super::super::handler::{ErrorHook, Handler, HandlerError, Parameter};
use super::super::registry::RegisteredTask;
use super::super::task::{Overrides, TaskDef};
use super::arguments::Arguments;
use super::fields::Fields;
use super::returns::TaskResult;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::any::TypeId;
use std::borrow::Cow;
use std::panic::Location;

/// What the macro knows of a task. Its type is the task's own.
pub trait Definition: Clone + Send + Sync + 'static {
    /// What a run gives.
    type Output: TaskResult;
    /// What it takes.
    type Arguments: Arguments;
    /// The name under which it is stored.
    const NAME: &'static str;
    /// Its parameters, in their order.
    const PARAMETERS: &'static [Parameter];

    /// Where it is defined.
    fn place() -> &'static Location<'static>;
    /// The settings in its attribute.
    fn settings() -> &'static TaskConfig;
    /// The `on_error` in its attribute.
    fn on_error() -> Option<ErrorHook>;
    /// Its function.
    fn handler() -> Handler;
    /// What `with_config` and `on` changed.
    fn kept(&self) -> &Option<Box<Overrides>>;
    /// The same, to change it.
    fn kept_mut(&mut self) -> &mut Option<Box<Overrides>>;
}

impl<D: Definition> TaskDef for D {
    type Output = D::Output;

    fn name(&self) -> &str {
        D::NAME
    }

    fn config(&self) -> Cow<'_, TaskConfig> {
        Cow::Borrowed(D::settings())
    }

    fn define(&self) -> RegisteredTask {
        RegisteredTask {
            on_error: D::on_error(),
            place: Some(D::place()),
            identity: Some(TypeId::of::<D>()),
            check_arguments: Some(check::<D>),
            ..RegisteredTask::new(D::NAME, D::settings().clone(), D::handler())
        }
    }

    fn overrides(&self) -> Option<&Overrides> {
        self.kept().as_deref()
    }

    fn overrides_mut(&mut self) -> &mut Overrides {
        self.kept_mut().get_or_insert_default()
    }
}

/// Arguments as they are stored.
struct Stored<'a, D: Definition>(&'a D::Arguments);

impl<D: Definition> Serialize for Stored<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.write(D::PARAMETERS, &mut map)?;
        map.end()
    }
}

/// Arguments as one JSON object.
pub(in super::super) fn encode<D: Definition>(arguments: &D::Arguments) -> Result<String, ClientError> {
    codec::encode_args(D::NAME, &Stored::<D>(arguments))
}

/// Stored arguments as the function takes them. What it does not know is logged.
pub(super) fn decode<D: Definition>(text: &str) -> Result<D::Arguments, HandlerError> {
    let (arguments, passed_over) = read::<D>(text).map_err(|why| codec::do_not_fit(D::NAME, &why))?;
    passed_over.log(D::NAME);
    Ok(arguments)
}

fn read<D: Definition>(text: &str) -> Result<(D::Arguments, PassedOver), String> {
    let mut fields = Fields::of(text)?;
    let arguments = D::Arguments::read(D::PARAMETERS, &mut fields)?;
    Ok((arguments, fields.rest()))
}

fn check<D: Definition>(text: &str) -> Result<(), String> {
    let (_, passed_over) = read::<D>(text).map_err(|why| format!("do not fit: {why}"))?;
    passed_over.refuse()
}
