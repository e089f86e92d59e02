//! What a load shows: the terminal, `load.json`, `latency.svg` and `load.html`.

mod directory;
mod document;
mod earlier;
mod html;
mod loaded;
mod svg;
mod terminal;

pub(crate) use directory::Directory;
pub(super) use earlier::Earlier;
pub(crate) use loaded::Loaded;
pub(super) use loaded::Told;
pub(crate) use terminal::render as terminal;
