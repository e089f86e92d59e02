//! The reports. They only listen to events, and none of them changes a verdict.

mod directory;
mod events;
pub mod html;
pub mod json;
pub mod junit;
mod listener;
mod progress;
pub mod summary_md;
pub mod terminal;

pub use directory::Directory;
pub use events::Events;
pub use listener::{Report, Reports};
pub use progress::Progress;
pub use terminal::Terminal;
pub(crate) use terminal::cleaned_up;
