//! What the help of `cron` teaches.

/// `hyrex cron --help`.
pub(crate) const CRON: &str = "\
Examples:
  hyrex cron list
  hyrex cron next '0 2 * * mon-fri' --tz Europe/Berlin
  hyrex cron history clean_up
  hyrex cron run clean_up
  hyrex cron disable clean_up

Schedules stand in the application's code: #[hyrex::task(cron = \"0 2 * * *\", tz = \"Europe/Berlin\")].";

/// `hyrex cron list --help`.
pub(crate) const CRON_LIST: &str = "\
Examples:
  hyrex cron list
  hyrex cron list --json | jq -r '.[] | select(.enabled) | [.next, .job] | @tsv'

`no worker` stands beside what would be sent, and that no worker at work has a handler for. The jobs of the Python SDK \
stand here too; its own upkeep is never run by ours.

JSON: an array of {job, source, kind, target, app, expression, words, time_zone, missed, enabled, enabled_by, last, next, \
handled, error}; source is application, python_task, sql or system; handled is null where that is not known.";

/// `hyrex cron next --help`.
pub(crate) const CRON_NEXT: &str = "\
Examples:
  hyrex cron next '*/15 * * * *'
  hyrex cron next '30 2 * * *' --tz Europe/Berlin --from 2026-03-28T00:00:00Z   across the night of the clock's change
  hyrex cron next @monthly -n 12 --json

Fields: minute 0-59, hour 0-23, day of month 1-31, month 1-12 or jan-dec, day of week 0-7 or sun-sat; in front of them \
a second, 0-59, may stand. Each is *, a value, a range a-b, a step */n or a-b/n, or a list of these.

JSON: an array of RFC 3339 times in UTC.";

/// `hyrex cron run --help`.
pub(crate) const CRON_RUN: &str = "\
Examples:
  hyrex cron run clean_up
  hyrex cron run workflow:etl --json | jq -r .run

Also of one that is off. It prints the run's id, and stands in the schedule's history.

JSON: {job, kind, target, run}.";

/// `hyrex cron enable --help`.
pub(crate) const CRON_ENABLE: &str = "\
Examples:
  hyrex cron enable clean_up

JSON: {job, enabled, enabled_by}.";

/// `hyrex cron disable --help`.
pub(crate) const CRON_DISABLE: &str = "\
Examples:
  hyrex cron disable clean_up

It stays off until an operator switches it on, also when the application is deployed anew. Runs that were sent go on: \
`hyrex tasks cancel` ends them.

JSON: {job, enabled, enabled_by}.";

/// `hyrex cron history --help`.
pub(crate) const CRON_HISTORY: &str = "\
Examples:
  hyrex cron history clean_up
  hyrex cron history clean_up --json | jq -r '.[] | select(.error) | .time'

A time with fractions of a second is that of `cron run`. What became of a run tells `hyrex tasks show`.

JSON: an array of {time, status, run, done, error}; status is SUCCESS (it was sent), FAILED, or QUEUED (left to the \
Python SDK's scheduler).";
