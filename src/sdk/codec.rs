//! Arguments and results as they are stored: JSON as text, arguments always one object, a key a parameter.

use super::client_error::{ClientError, ClientErrorKind};
use super::handler::HandlerError;
pub(super) use super::passed_over::PassedOver;
use crate::model::{RunId, TaskError};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::any::TypeId;
use std::collections::BTreeMap;

/// Arguments as one JSON object; nothing (`()`) is `{}`.
///
/// # Errors
/// When they cannot be JSON, or are JSON but no object: Python's tasks could not take them.
pub(super) fn encode_args<A: Serialize>(task: &str, args: &A) -> Result<String, ClientError> {
    encode_object(args).map_err(|why| ClientErrorKind::Arguments { task: task.to_owned(), why }.into())
}

/// A value as one JSON object; nothing is `{}`.
///
/// # Errors
/// Why it cannot be that, as the end of a sentence about arguments.
pub(super) fn encode_object<A: Serialize>(args: &A) -> Result<String, String> {
    let text = serde_json::to_string(args).map_err(|error| format!("cannot be JSON: {error}"))?;
    match text.as_bytes().first() {
        Some(b'{') => Ok(text),
        _ if text == "null" => Ok("{}".into()),
        first => Err(format!("are {}: give a struct or a map, a key a parameter", what(first.copied()))),
    }
}

fn what(first: Option<u8>) -> &'static str {
    match first {
        Some(b'[') => "a list",
        Some(b'"') => "a text",
        Some(b't' | b'f') => "true or false",
        _ => "a number",
    }
}

/// Arguments as the function takes them.
///
/// # Errors
/// A failure that names the field. It is for good: the same arguments would fail again; after a deploy that
/// understands them, an operator can retry the run.
pub(super) fn decode_args<A: DeserializeOwned + 'static>(task: &str, text: &str) -> Result<A, HandlerError> {
    let (args, passed_over) = read_args(text).map_err(|why| do_not_fit(task, &why))?;
    passed_over.log(task);
    Ok(args)
}

/// Whether arguments are what the function takes, and no more than that: for those who send by name.
///
/// # Errors
/// What does not fit, or is not known, as the end of a sentence about the arguments.
pub(super) fn check_args<A: DeserializeOwned + 'static>(text: &str) -> Result<(), String> {
    let (_, passed_over) = read_args::<A>(text).map_err(|why| format!("do not fit: {why}"))?;
    passed_over.refuse()
}

fn read_args<A: DeserializeOwned + 'static>(text: &str) -> Result<(A, PassedOver), String> {
    let mut passed_over = PassedOver::default();
    match read(text, "", &mut passed_over) {
        Ok(args) => Ok((args, passed_over)),
        Err(why) => nothing(text).ok_or(why),
    }
}

/// A function without parameters takes every object; what is no struct takes an empty one as nothing.
fn nothing<A: DeserializeOwned + 'static>(text: &str) -> Option<(A, PassedOver)> {
    let keys: BTreeMap<String, IgnoredAny> = serde_json::from_str(text).ok()?;
    if !keys.is_empty() && TypeId::of::<A>() != TypeId::of::<()>() {
        return None;
    }
    let mut passed_over = PassedOver::default();
    keys.into_keys().for_each(|key| passed_over.note(key));
    Some((serde_json::from_str("null").ok()?, passed_over))
}

/// The failure of an attempt whose arguments do not fit. It is for good: the same arguments would fail again.
pub(super) fn do_not_fit(task: &str, why: &str) -> HandlerError {
    let message = format!("the arguments do not fit task '{task}': {why}");
    HandlerError::FailedForGood(TaskError { kind: "arguments".into(), message, ..TaskError::default() })
}

/// A value of JSON text, which stands under `name` (empty: under none). What the type has no place for is noted.
///
/// # Errors
/// What does not fit, with the path of the field.
pub(super) fn read<T: DeserializeOwned>(text: &str, name: &str, passed_over: &mut PassedOver) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_ignored::deserialize(&mut reader, |path| passed_over.note(under(name, &shown_path(&path))));
    match read.and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(_) => Err(mismatch::<T>(text, name)),
    }
}

/// A path within what stands under `name`.
fn under(name: &str, path: &str) -> String {
    match name.is_empty() || path.is_empty() || path.starts_with('[') {
        true => format!("{name}{path}"),
        false => format!("{name}.{path}"),
    }
}

/// The path of a key, as one would write it.
fn shown_path(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path::*;
    match path {
        Root => String::new(),
        Seq { parent, index } => format!("{}[{index}]", shown_path(parent)),
        Map { parent, key } => under(&shown_path(parent), key),
        Some { parent } | NewtypeStruct { parent } | NewtypeVariant { parent } => shown_path(parent),
    }
}

/// What does not fit, with the path of the field.
fn mismatch<T: DeserializeOwned>(text: &str, name: &str) -> String {
    let mut reader = serde_json::Deserializer::from_str(text);
    let (path, why) = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) if error.path().iter().next().is_some() => (error.path().to_string(), error.inner().to_string()),
        Err(error) => (String::new(), error.into_inner().to_string()),
        Ok(_) => (String::new(), "there is more after the JSON".into()),
    };
    let at = under(name, &path);
    if at.is_empty() { why } else { format!("{at}: {why}") }
}

/// A result as JSON; `null` is no result, and needs no row.
///
/// # Errors
/// When it cannot be JSON: for good, since the work itself is done.
pub(super) fn encode_result<O: Serialize>(result: &O) -> Result<Option<String>, HandlerError> {
    match serde_json::to_string(result) {
        Ok(text) if text == "null" => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let message = format!("the result cannot be JSON: {error}");
            Err(HandlerError::FailedForGood(TaskError { kind: "result".into(), message, ..TaskError::default() }))
        }
    }
}

/// A stored result as the type asked for; none is `null`.
///
/// # Errors
/// What does not fit.
pub(super) fn decode_result<T: DeserializeOwned>(run: RunId, text: Option<&str>) -> Result<T, ClientError> {
    typed(text.unwrap_or("null")).map_err(|why| ClientErrorKind::Result { run, why }.into())
}

/// Stored JSON as the type asked for.
///
/// # Errors
/// What does not fit, with the path of the field.
pub(super) fn typed<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|_| mismatch::<T>(text, ""))
}

/// Stored arguments as the type asked for; where there are none, also as nothing.
///
/// # Errors
/// What does not fit, with the path of the field.
pub(super) fn typed_args<T: DeserializeOwned + 'static>(text: &str) -> Result<T, String> {
    typed(text).or_else(|why| nothing(text).map(|(args, _)| args).ok_or(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Order {
        id: u64,
        lines: Vec<Line>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Line {
        article: String,
    }

    fn complaint<A: DeserializeOwned + std::fmt::Debug + 'static>(text: &str) -> String {
        match decode_args::<A>("ship", text) {
            Err(HandlerError::FailedForGood(error)) => error.message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn arguments_are_one_object_and_come_back() {
        let order = Order { id: 7, lines: vec![Line { article: "tea".into() }] };
        let text = encode_args("ship", &order).unwrap();
        assert_eq!(text, r#"{"id":7,"lines":[{"article":"tea"}]}"#);
        assert_eq!(decode_args::<Order>("ship", &text).unwrap(), order);
    }

    #[test]
    fn nothing_is_an_empty_object() {
        assert_eq!(encode_args("ship", &()).unwrap(), "{}");
        decode_args::<()>("ship", "{}").unwrap();
        decode_args::<()>("ship", " { } ").unwrap();
    }

    #[test]
    fn arguments_that_are_no_object_are_refused_at_send() {
        let said = encode_args("ship", &"tea").unwrap_err().to_string();
        assert_eq!(said, "the arguments of task 'ship' are a text: give a struct or a map, a key a parameter");
        assert!(encode_args("ship", &(1, 2)).unwrap_err().to_string().contains("are a list"));
        assert!(encode_args("ship", &5.0).unwrap_err().to_string().contains("are a number"));
    }

    #[test]
    fn a_key_that_json_cannot_have_is_refused_at_send() {
        let map = BTreeMap::from([(vec![1u8], 1)]);
        assert!(encode_args("ship", &map).unwrap_err().to_string().contains("cannot be JSON"));
    }

    #[test]
    fn wrong_arguments_name_the_field() {
        let said = complaint::<Order>(r#"{"id":1,"lines":[{"article":"tea"},{"article":5}]}"#);
        assert!(said.starts_with("the arguments do not fit task 'ship': lines[1].article: invalid type"), "{said}");
        assert!(complaint::<Order>(r#"{"id":1}"#).contains("missing field `lines`"));
        assert!(complaint::<Order>(r#"{"id":1,"lines":[{}]}"#).contains("lines[0]: missing field `article`"));
    }

    #[test]
    fn a_result_of_nothing_is_no_result() {
        assert_eq!(encode_result(&()).unwrap(), None);
        assert_eq!(encode_result(&Some(1)).unwrap().as_deref(), Some("1"));
        let run = RunId::new();
        decode_result::<()>(run, None).unwrap();
        assert_eq!(decode_result::<Option<u8>>(run, None).unwrap(), None);
        let said = decode_result::<Order>(run, Some(r#"{"id":"x"}"#)).unwrap_err().to_string();
        assert!(said.contains(&run.to_string()) && said.contains("id: invalid type"), "{said}");
    }
}
