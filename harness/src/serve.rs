//! Serving the reference emulator until somebody stops it.

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::options::ServeOptions;

/// Serves until the process is interrupted.
pub fn serve(_options: ServeOptions) -> Result<ExitCode, Error> {
    Err(Error::Internal("the emulator is not linked".to_owned()))
}
