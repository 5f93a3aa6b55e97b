//! What the `cron` crate lacks of crontab(5), and nothing else: expressions go in as crontab(5) has them, and come out as
//! one or two of the crate's.
//!
//! The rules, and where they stand in crontab(5) of Debian's cron 3.0pl1:
//!
//! - *"0–7 (0 or 7 is Sunday, or use names)"*: the crate counts the days of the week from 1, Sunday, to 7.
//! - *"Names can also be used for the 'month' and 'day of week' fields. Use the first three letters of the particular day
//!   or month (case does not matter)."* A name stands wherever a number may. `sun` at the end of a range is 7.
//! - *"Ranges of numbers are allowed. […] Lists are allowed. […] Following a range with `/<number>` specifies skips of the
//!   number's value through the range. […] Steps are also permitted after an asterisk."* Nothing is said of a step after a
//!   single number, and crons differ about it, so it is refused.
//! - *"If both fields \[day of month, day of week\] are restricted (i.e., don't contain the '*' character), the command
//!   will be run when either field matches the current time."* The program looks at the first character alone, and so is
//!   it done here: `*/2` is not restricted. The crate asks for both.
//! - The nicknames `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`, and what each stands
//!   for. `@reboot` is refused.
//!
//! A sixth field, seconds, may stand in front; crontab(5) does not know it.

use cron::TimeUnitSpec;

use super::error::quoted;
use super::{Field, MAX_EXPRESSION, ScheduleError, Values};

/// An expression that was read.
#[derive(Clone, Debug)]
pub(super) struct Crontab {
    /// The values of each field, in the order of [`Field::ALL`].
    pub(super) values: [Values; 6],
    /// Whether seconds were written.
    pub(super) seconds: bool,
    /// Whether the minute or the hour begins with `*`: cron(8) treats these in their own way.
    pub(super) wildcard: bool,
    /// Whether it comes on days of which either field holds; else both must.
    pub(super) either_day: bool,
    /// What it comes to in the crate's terms: it comes when one of them does.
    pub(super) parts: Vec<cron::Schedule>,
}

impl Crontab {
    /// Reads an expression.
    pub(super) fn read(expression: &str) -> Result<Self, ScheduleError> {
        let expression = expression.trim_ascii();
        let texts = texts(expression)?;
        let fields = fields(expression, &texts)?;
        let starred = |field: Field| texts[field as usize].starts_with('*');
        let either_day = !starred(Field::DayOfMonth) && !starred(Field::DayOfWeek);
        let parts = match either_day {
            true => vec![part(&fields, Some(Field::DayOfWeek))?, part(&fields, Some(Field::DayOfMonth))?],
            false => vec![part(&fields, None)?],
        };
        Ok(Self {
            values: values(&parts[0], &parts[parts.len() - 1]),
            seconds: expression.split_ascii_whitespace().count() == 6,
            wildcard: starred(Field::Minute) || starred(Field::Hour),
            either_day,
            parts,
        })
    }

    /// Five fields of numbers, when they mean the same wherever `*` is a field that is not restricted, and two restricted
    /// days are either.
    pub(super) fn portable(&self) -> Option<String> {
        let open = |field: Field| self.of(field) == field.all();
        let (any_day, any_weekday) = (open(Field::DayOfMonth), open(Field::DayOfWeek));
        if self.seconds || !(any_day || any_weekday || self.either_day) {
            return None;
        }
        let every_day = self.either_day && (any_day || any_weekday);
        let text = |field: Field| match field {
            Field::DayOfMonth | Field::DayOfWeek if every_day => "*".to_owned(),
            _ if open(field) => "*".to_owned(),
            _ => numbers(self.of(field)),
        };
        Some(Field::ALL[1..].iter().copied().map(text).collect::<Vec<_>>().join(" "))
    }

    /// The values of a field.
    pub(super) fn of(&self, field: Field) -> Values {
        self.values[field as usize]
    }
}

/// `1,3,5-9`
fn numbers(values: Values) -> String {
    let run = |(first, last)| if first == last { format!("{first}") } else { format!("{first}-{last}") };
    values.runs().into_iter().map(run).collect::<Vec<_>>().join(",")
}

/// The text of each field.
fn texts(expression: &str) -> Result<[&str; 6], ScheduleError> {
    if expression.len() > MAX_EXPRESSION {
        return Err(ScheduleError::TooLong { size: expression.len() });
    }
    let written = if expression.starts_with('@') { nickname(expression)? } else { expression };
    let texts: Vec<&str> = written.split_ascii_whitespace().collect();
    match texts[..] {
        [] => Err(ScheduleError::Empty),
        [minute, hour, day, month, weekday] => Ok(["0", minute, hour, day, month, weekday]),
        [second, minute, hour, day, month, weekday] => Ok([second, minute, hour, day, month, weekday]),
        _ => Err(ScheduleError::FieldCount { expression: expression.to_owned(), count: texts.len() }),
    }
}

/// The fields in the crate's terms.
fn fields(expression: &str, texts: &[&str; 6]) -> Result<[String; 6], ScheduleError> {
    let mut fields: [String; 6] = Default::default();
    for (field, text) in Field::ALL.into_iter().zip(texts) {
        fields[field as usize] = translated(field, text).map_err(|why| ScheduleError::Field {
            expression: expression.to_owned(),
            field: field.name(),
            text: (*text).to_owned(),
            why,
            values: field.values(),
        })?;
    }
    Ok(fields)
}

/// The fields as the crate takes them, one of them left open.
fn part(fields: &[String; 6], open: Option<Field>) -> Result<cron::Schedule, ScheduleError> {
    let text = |field| if open == Some(field) { "*" } else { fields[field as usize].as_str() };
    let expression = Field::ALL.map(text).join(" ");
    expression.parse().map_err(|why: cron::error::Error| ScheduleError::Unreadable { expression, why: why.to_string() })
}

/// The values of each field; Sunday is 0.
fn values(of_days: &cron::Schedule, of_weekdays: &cron::Schedule) -> [Values; 6] {
    [
        of_days.seconds().iter().collect(),
        of_days.minutes().iter().collect(),
        of_days.hours().iter().collect(),
        of_days.days_of_month().iter().collect(),
        of_days.months().iter().collect(),
        of_weekdays.days_of_week().iter().map(|day| day - 1).collect(),
    ]
}

/// What a nickname stands for.
fn nickname(written: &str) -> Result<&'static str, ScheduleError> {
    match written.to_ascii_lowercase().as_str() {
        "@hourly" => Ok("0 * * * *"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@monthly" => Ok("0 0 1 * *"),
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        "@reboot" => Err(ScheduleError::Reboot),
        _ => Err(ScheduleError::Nickname { expression: written.to_owned() }),
    }
}

/// A field in the crate's terms.
fn translated(field: Field, text: &str) -> Result<String, String> {
    let elements: Vec<String> =
        text.split(',').map(|element| self::element(field, element)).collect::<Result<_, _>>()?;
    Ok(elements.join(","))
}

/// One element of a list: `*`, a value or a range, and a step.
fn element(field: Field, text: &str) -> Result<String, String> {
    let (base, step) = match text.split_once('/') {
        Some((base, step)) => (base, Some(self::step(field, step)?)),
        None => (text, None),
    };
    let (first, last) = match base.split_once('-') {
        _ if base == "*" => match field {
            Field::DayOfWeek => (0, 6),
            _ => field.bounds(),
        },
        Some((first, last)) => range(field, first, last)?,
        None => single(field, base, step)?,
    };
    let step = step.unwrap_or(1);
    Ok(match field {
        Field::DayOfWeek if (base, step) != ("*", 1) => {
            let days: Vec<String> =
                (first..=last).step_by(step as usize).map(|day| (day % 7 + 1).to_string()).collect();
            days.join(",")
        }
        _ if base == "*" && step == 1 => "*".into(),
        _ => format!("{first}-{last}/{step}"),
    })
}

fn single(field: Field, text: &str, step: Option<u32>) -> Result<(u32, u32), String> {
    let value = value(field, text)?;
    let (_, high) = field.bounds();
    match step {
        Some(step) => Err(format!("'{value}/{step}' is a step without a range: write '{value}-{high}/{step}'")),
        None => Ok((value, value)),
    }
}

fn range(field: Field, first: &str, last: &str) -> Result<(u32, u32), String> {
    let from = value(field, first)?;
    let to = match value(field, last)? {
        0 if field == Field::DayOfWeek && from > 0 && last.eq_ignore_ascii_case("sun") => 7,
        to => to,
    };
    match from <= to {
        true => Ok((from, to)),
        false => Err(format!("the range {from}-{to} runs backwards")),
    }
}

fn value(field: Field, text: &str) -> Result<u32, String> {
    let (low, high) = field.bounds();
    let named = field.names().iter().position(|name| name.eq_ignore_ascii_case(text));
    match (number(text), named) {
        (Some(value), _) if (low..=high).contains(&value) => Ok(value),
        (_, Some(place)) => Ok(low + place as u32),
        (Some(_), None) => Err(format!("{} is not within {low}-{high}", quoted(text))),
        _ if text.is_empty() => Err("a value is missing".into()),
        _ => Err(format!("{} is not a value", quoted(text))),
    }
}

fn step(field: Field, text: &str) -> Result<u32, String> {
    let (_, high) = field.bounds();
    match number(text) {
        Some(step) if (1..=high).contains(&step) => Ok(step),
        _ => Err(format!("the step {} is not within 1-{high}", quoted(text))),
    }
}

/// Digits; a number too large for anything is still one.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}
