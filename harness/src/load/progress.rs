//! How far a load is, on one line of the terminal that is overwritten.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const BAR: &str = "{elapsed:>4} [{bar:30}] {msg}";
const SPINNER: &str = "{elapsed:>4} {spinner} {msg}";

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(200);

/// A line on standard error, if that is a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
}

/// A part of a load whose end is known. The line is its until this is dropped.
pub(super) struct Part {
    moving: Option<JoinHandle<()>>,
}

impl Progress {
    /// A line that is not shown yet.
    pub(crate) fn new() -> Progress {
        let target = match stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Progress {
            bar: ProgressBar::with_draw_target(None, target),
        }
    }

    /// Shows what is done for a time that is not known.
    pub(super) fn does(&self, what: &str) {
        self.style(SPINNER);
        self.bar.set_message(what.to_owned());
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(TICK);
        }
    }

    /// Shows what is done for so long.
    pub(super) fn takes(&self, what: &str, time: Duration) -> Part {
        self.does(what);
        self.style(BAR);
        self.bar.set_length(millis(time));
        self.bar.set_position(0);
        let moving = (!self.bar.is_hidden()).then(|| {
            let (bar, begun) = (self.bar.clone(), Instant::now());
            tokio::spawn(async move {
                loop {
                    bar.set_position(millis(begun.elapsed()));
                    tokio::time::sleep(TICK).await;
                }
            })
        });
        Part { moving }
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(moving) = &self.moving {
            moving.abort();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_drawn_where_nobody_looks() {
        let progress = Progress {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
        };
        let part = progress.takes("measuring", Duration::from_secs(3));
        assert!(part.moving.is_none());
        assert_eq!(progress.bar.length(), Some(3000));
        assert_eq!(progress.bar.message(), "measuring");
    }
}
