//! The verb `load`: how fast a target answers, measured honestly, and whether it answers right
//! meanwhile.

mod aftermath;
mod books;
mod closed;
mod gate;
mod history;
mod judging;
mod knee;
mod latencies;
mod measuring;
mod open;
mod options;
mod outcome;
mod paired;
mod progress;
mod report;
mod run;
mod served;
mod tape;
mod window;
mod work;

pub(crate) use options::{Against, Drive, LoadOptions, Operation, rate};
pub(crate) use progress::Progress;
pub(crate) use report::{Directory, terminal};
pub(crate) use run::load;
