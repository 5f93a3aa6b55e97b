//! Figures: how much ended in the last minutes, and how it stands now.

use super::{counted, framed};
use crate::model::text::human;
use crate::model::{ExecutorStatus, TaskStatus};
use crate::store::{ActivitySource, QueueMinute};
use crate::tui::state::model::Model;
use crate::tui::state::prefs::coarse;
use crate::tui::state::screens::overview::OverviewAnswer;
use crate::tui::state::screens::overview::figures::{self, Course, MINUTES, quantiles, rate};
use crate::tui::view::pen::{Pen, Piece};
use crate::tui::view::theme::Slot;
use crate::tui::view::widgets::gauge::{gauge, spark};
use ratatui::layout::Rect;

/// How much ended in each minute, and how long it took.
pub(super) fn course(pen: &mut Pen<'_>, area: Rect, data: &OverviewAnswer) {
    let note = match data.activity.source {
        ActivitySource::Counters => format!("  runs/min, {MINUTES} min"),
        ActivitySource::LookBack { complete: true, .. } => format!("  runs/min, {MINUTES} min, from the newest rows"),
        ActivitySource::LookBack { looked_at, .. } => {
            format!("  runs/min, from the newest {} rows alone", human::number(looked_at))
        }
    };
    let inner = framed(pen, area, true, &[(Slot::Strong, "Throughput".into()), (Slot::Dim, note)], false);
    let rows: [(&str, Course, Slot); 2] = [
        ("done", course_of(data, |minute| minute.succeeded), Slot::Good),
        ("failed", course_of(data, |minute| minute.failed + minute.lost + minute.stopped), Slot::Bad),
    ];
    for ((name, course, slot), y) in rows.into_iter().zip(inner.top()..inner.bottom()) {
        let width = inner.width.saturating_sub(20).min(MINUTES as u16);
        let slot = if course.iter().all(|count| *count == 0) { Slot::Dim } else { slot };
        pen.text(inner.x + 1, y, 7, name, Slot::Text);
        pen.right(inner.x + 8, y, 9, &human::number(rate(&course)), slot);
        let bars = spark(&pen.theme.glyphs, &course, width);
        pen.text(inner.x + 19, y, width, &bars, slot);
    }
    for ((name, runs), y) in [("wait", false), ("run", true)].into_iter().zip(inner.top() + 2..inner.bottom()) {
        let text = quantiles(&data.activity, runs).map_or_else(
            || "-".to_owned(),
            |(half, most)| format!("p50 {:<7} p95 {}", human::duration(half), human::duration(most)),
        );
        pen.text(inner.x + 1, y, 7, name, Slot::Text);
        pen.text(inner.x + 13, y, inner.width.saturating_sub(14), &text, Slot::Dim);
    }
}

fn course_of(data: &OverviewAnswer, figure: impl Fn(&QueueMinute) -> u64) -> Course {
    figures::course(&data.activity, figure)
}

/// How it stands now.
pub(super) fn now(pen: &mut Pen<'_>, area: Rect, model: &Model, data: &OverviewAnswer) {
    let inner = framed(pen, area, true, &[(Slot::Strong, "Now".into())], false);
    let lines = [running(pen, data), queued(pen, data), scheduled(pen, model, data), failed(pen, data)];
    for (line, y) in lines.iter().zip(inner.top()..inner.bottom()) {
        pen.pieces(inner.x + 1, y, inner.width.saturating_sub(2), line);
    }
}

/// The same in three lines.
pub(super) fn short(pen: &mut Pen<'_>, area: Rect, data: &OverviewAnswer) {
    let done = course_of(data, |minute| minute.succeeded);
    let bars = spark(&pen.theme.glyphs, &done, MINUTES as u16);
    let throughput = vec![
        (Slot::Text, "  done/min   ".to_owned()),
        (Slot::Good, format!("{:>9}  {bars}", human::number(rate(&done)))),
    ];
    let mut waiting = queued(pen, data);
    waiting.extend(failed(pen, data).into_iter().map(|(slot, text)| (slot, format!("  {}", text.trim_start()))));
    for (line, y) in [running(pen, data), waiting, throughput].iter().zip(area.top()..area.bottom()) {
        pen.pieces(area.x + 1, y, area.width.saturating_sub(2), line);
    }
}

fn head(pen: &Pen<'_>, status: TaskStatus, name: &str, count: &str) -> Vec<Piece> {
    let slot = crate::tui::view::theme::status(status);
    vec![
        (slot, format!("{} ", pen.theme.glyphs.status(status))),
        (Slot::Text, format!("{name:<10}")),
        (Slot::Strong, format!("{count:>9}  ")),
    ]
}

fn running(pen: &Pen<'_>, data: &OverviewAnswer) -> Vec<Piece> {
    let mut line = head(pen, TaskStatus::Running, "running", &counted(data, &TaskStatus::HELD));
    let at_work = || data.executors.iter().filter(|row| row.status == ExecutorStatus::Running);
    let slots: u32 = at_work().filter_map(|row| row.slots).sum();
    let held: u32 = at_work().map(|row| row.held).sum();
    if slots > 0 {
        let share = u64::from(held) * 100 / u64::from(slots);
        line.push((Slot::Dim, format!("of {slots} slots {share:>3}% ")));
        line.push((Slot::Active, gauge(&pen.theme.glyphs, held, slots, 10)));
    } else {
        line.push((Slot::Warn, "no executor of ours is at work".into()));
    }
    line
}

fn queued(pen: &Pen<'_>, data: &OverviewAnswer) -> Vec<Piece> {
    let mut line = head(pen, TaskStatus::Queued, "queued", &counted(data, &[TaskStatus::Queued]));
    let oldest = data.queues.iter().filter_map(|queue| Some((queue.oldest?, queue))).max_by_key(|(oldest, _)| *oldest);
    if let Some((oldest, queue)) = oldest {
        line.push((Slot::Dim, format!("oldest {} in {}", coarse(oldest), queue.settings.name)));
    }
    line
}

fn scheduled(pen: &Pen<'_>, model: &Model, data: &OverviewAnswer) -> Vec<Piece> {
    let mut line = head(pen, TaskStatus::AwaitStartTime, "scheduled", &counted(data, &[TaskStatus::AwaitStartTime]));
    if let Some(due) = data.next_due {
        line.push((Slot::Dim, format!("next {}", model.prefs.times.column(due, model.now()))));
    }
    line
}

fn failed(pen: &Pen<'_>, data: &OverviewAnswer) -> Vec<Piece> {
    let groups = &data.failures.groups;
    let sum: u64 = groups.iter().map(|group| u64::from(group.count.count)).sum();
    let more = if data.failures.looked_at.is_some() { "+" } else { "" };
    let mut line = head(pen, TaskStatus::Failed, "failed 1h", &format!("{}{more}", human::number(sum)));
    if !groups.is_empty() {
        line.push((Slot::Dim, human::counted(groups.len() as u64, "kind of error", "kinds of error")));
    }
    line
}
