//! What a key can mean: the vocabulary of the keymap, of the screens and of tests.

/// Something that a person wants. Which keys mean it stands in the keymap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Leave, whatever is open.
    Quit,
    /// Leave this screen; at the root, the monitor.
    Leave,
    /// Hand the terminal back to the shell for a while.
    Suspend,
    /// Open the command prompt.
    Command,
    /// Open the filter prompt (in a pane of text: search).
    Filter,
    /// Show what the keys do.
    Help,
    /// One level up; closes what is open, clears what is filtered.
    Up,
    /// Open what is under the cursor.
    Open,
    /// The screen of that digit.
    Tab(u8),
    /// One step back in what was seen.
    HistoryBack,
    /// One step forward.
    HistoryForward,
    /// The screen seen before this one.
    HistoryLast,
    /// Stop, or go on, asking the store.
    Pause,
    /// Ask the store now.
    Refresh,
    /// Fold the header into one row.
    Header,
    /// Show every column, whatever its width.
    Wide,
    /// How times are shown.
    TimeFormat,
    /// The cursor, a row up.
    RowUp,
    /// A row down.
    RowDown,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Mark the row, or take its mark away.
    Mark,
    /// Mark every row from the last mark to this one.
    MarkRange,
    /// Take all marks away.
    ClearMarks,
    /// Sort by the column of that letter; again: the other way round.
    Sort(char),
    /// Choose the column to the left for sorting.
    SortLeft,
    /// Choose the column to the right for sorting.
    SortRight,
    /// Turn the order round.
    SortTurn,
    /// The next choice of the strip of states.
    NextChoice,
    /// The one before.
    PreviousChoice,
    /// Look further back than the search's bound.
    Further,
    /// Copy the id under the cursor.
    Copy,
    /// Show the row as JSON.
    Raw,
    /// Say why a run does not run.
    Why,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// Fold or unfold what is under the cursor.
    Fold,
    /// Fold or unfold all.
    FoldAll,
    /// The next place that the search found.
    FindNext,
    /// The place before.
    FindPrevious,
    /// Wrap long lines, or cut them.
    Wrap,
    /// Keep to the newest line.
    Follow,
    /// The run that sent this one.
    Parent,
    /// Another view of the same.
    NextView,
    /// As large as fits.
    ZoomFit,
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// The workflow's run that this is a node of; of all workflows the runs.
    Workflow,
}
