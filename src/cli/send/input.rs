//! The arguments of a send, or of a node that runs again: on the command line, in a file, on standard input.

use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::model::bounds::MAX_JSON;
use serde_json::value::RawValue;
use std::fs::File;
use std::io::Read;

/// The arguments that `given` names: a JSON object, as it was written.
///
/// # Errors
/// What cannot be read; what is no JSON object, with line and column.
pub(crate) fn arguments(given: &str, session: &mut Session) -> Result<Box<RawValue>, CliError> {
    let (what, text) = read(given, session)?;
    object(&text).map_err(|why| CliError::NotArguments { what, why })
}

/// The text, and what to call it.
fn read(given: &str, session: &mut Session) -> Result<(String, String), CliError> {
    if given == "-" {
        let what = "standard input".to_owned();
        let text = bounded(&mut session.world.stdin, &what)?;
        return Ok((what, text));
    }
    let Some(path) = given.strip_prefix('@') else { return Ok(("--args".into(), given.to_owned())) };
    let what = format!("the file {path}");
    let file = File::open(session.world.dir.join(path));
    let mut file = file.map_err(|error| unread(&what, error.to_string()))?;
    let text = bounded(&mut file, &what)?;
    Ok((what, text))
}

/// All of it, read no further than arguments may be long.
fn bounded(from: &mut dyn Read, what: &str) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    from.take(MAX_JSON as u64 + 1).read_to_end(&mut bytes).map_err(|error| unread(what, error.to_string()))?;
    if bytes.len() > MAX_JSON {
        return Err(unread(what, format!("it is longer than the {MAX_JSON} bytes that arguments may have")));
    }
    String::from_utf8(bytes)
        .map_err(|error| unread(what, format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to())))
}

fn unread(what: &str, why: String) -> CliError {
    CliError::Input { what: format!("the arguments from {what}"), why }
}

fn object(text: &str) -> Result<Box<RawValue>, String> {
    let value: Box<RawValue> = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    let kind = match value.get().as_bytes().first() {
        Some(b'{') => return Ok(value),
        Some(b'[') => "a list",
        Some(b'"') => "a text",
        Some(b'n') => "null",
        Some(b't' | b'f') => "true or false",
        _ => "a number",
    };
    Err(format!("is {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_kept_as_it_was_written() {
        let text = r#"{"n": 12345678901234567890123,  "a": 1.0}"#;
        assert_eq!(object(&format!(" {text}\n")).unwrap().get(), text);
    }

    #[test]
    fn what_is_no_object_is_told_what_it_is() {
        assert_eq!(object("{\n  to: 1}").unwrap_err(), "is not JSON: key must be a string at line 2 column 3");
        assert!(object("").unwrap_err().contains("line 1 column 0"));
        for (text, kind) in [("[1]", "a list"), ("7", "a number"), ("null", "null"), ("\"x\"", "a text")] {
            assert_eq!(object(text).unwrap_err(), format!("is {kind}"));
        }
    }
}
