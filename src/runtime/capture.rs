//! Keeps what tasks log through `tracing`, attempt by attempt.

use crate::sdk::context::current_log_sink;
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// A layer that keeps each line that is logged while an attempt runs, with that attempt: put it beside the layers
/// that write to the terminal or elsewhere. Lines logged outside attempts cost one look at a task-local.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let subscriber = tracing_subscriber::registry().with(hyrex::runtime::LogLayer::new());
/// tracing::subscriber::with_default(subscriber, || tracing::info!("outside a task: not kept"));
/// ```
#[derive(Clone, Debug)]
pub struct LogLayer {
    most: LevelFilter,
}

impl LogLayer {
    /// Keeps INFO and what is graver.
    pub fn new() -> Self {
        Self { most: LevelFilter::INFO }
    }

    /// Keeps lines up to this level, as far as the subscriber's own filters let them pass.
    pub fn max_level(mut self, most: LevelFilter) -> Self {
        self.most = most;
        self
    }
}

impl Default for LogLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > self.most {
            return;
        }
        let Some(sink) = current_log_sink() else { return };
        let mut line = Line::default();
        event.record(&mut line);
        sink.push(*metadata.level(), metadata.target(), line.text());
    }
}

/// An event's message and fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn text(mut self) -> String {
        if self.message.is_empty() {
            return self.fields.trim_start().to_owned();
        }
        self.message.push_str(&self.fields);
        self.message
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail; a `Debug` that fails leaves what it had written.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            name => self.record_text(name, value),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_text(field.name(), &value.to_string());
    }
}

impl Line {
    fn record_text(&mut self, name: &str, value: &str) {
        let _ = match value.contains([' ', '"']) {
            true => write!(self.fields, " {name}={value:?}"),
            false => write!(self.fields, " {name}={value}"),
        };
    }
}
