//! Acts on several runs: each done or refused on its own, then one answer for all.

use super::error::CliError;
use super::session::Session;
use serde::Serialize;

/// One run done, or refused: the scripts' view, and what people are told.
pub(crate) type Acted<V> = (V, Result<String, CliError>);

/// Answers for all; ends in an error when one was refused, in that one when it was alone.
///
/// # Errors
/// As it says.
pub(crate) fn answer<V: Serialize>(session: &mut Session, acted: Vec<Acted<V>>) -> Result<(), CliError> {
    let asked = acted.len();
    let (views, told): (Vec<_>, Vec<_>) = acted.into_iter().unzip();
    let (done, mut refused): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
    let lines: String = done.into_iter().flatten().map(|line| line + "\n").collect();
    session.answer(&views, |_| lines)?;
    if asked > 1 {
        for error in refused.iter().flat_map(|refused| refused.as_ref().err()) {
            session.note(&error.to_string());
        }
    }
    match refused.len() {
        0 => Ok(()),
        1 if asked == 1 => refused.remove(0).map(|_| ()),
        refused => Err(CliError::Refused { refused, asked }),
    }
}
