//! The report directory: `load.json`, `latency.svg` and `load.html`.

use super::{Loaded, document, html, svg};
use crate::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A directory that can be written.
#[derive(Debug)]
pub(crate) struct Directory {
    dir: PathBuf,
}

impl Directory {
    /// Makes the directory and writes into it, so that one that cannot be written is found before the
    /// load and not after it.
    pub(crate) fn create(dir: &Path) -> Result<Directory, Error> {
        let directory = Directory {
            dir: dir.to_owned(),
        };
        fs::create_dir_all(dir).map_err(|why| cannot_write(dir, &why))?;
        directory.write("load.json", "")?;
        Ok(directory)
    }

    /// Writes everything.
    pub(crate) fn write_all(&self, loaded: &Loaded) -> Result<(), Error> {
        self.write("load.json", &document::render(loaded)?)?;
        self.write("latency.svg", &svg::render(&loaded.measured))?;
        self.write("load.html", &html::render(loaded))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        fs::write(&path, text).map_err(|why| cannot_write(&path, &why))
    }
}

fn cannot_write(path: &Path, why: &io::Error) -> Error {
    Error::CannotWrite {
        path: path.to_owned(),
        why: why.to_string(),
    }
}
