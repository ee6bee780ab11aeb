//! The errors of the executor.

/// The result of a call of the executor.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a device or of a call to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The machine has no such GPU, or no driver for it.
    #[error("{0}")]
    Unavailable(String),
    /// The plan needs a feature that this executor lacks.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The device is out of memory.
    #[error("the GPU has no memory left: {0}")]
    OutOfMemory(String),
    /// The device was lost, and with it all its memory.
    #[error("the GPU was lost: {0}")]
    Lost(String),
    /// A call named an index or a range that the plan lacks.
    #[error("{0}")]
    Call(String),
    /// The device refused a command: an error of this library or of the driver.
    #[error("the GPU refused: {0}")]
    Refused(String),
}

impl Error {
    /// Returns the code of the TypeScript `GradloomError`; codes are stable.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Unavailable(_) => "ENGINE_UNAVAILABLE",
            Error::Unsupported(_) => "UNSUPPORTED",
            Error::OutOfMemory(_) => "OUT_OF_MEMORY",
            Error::Lost(_) => "DEVICE_LOST",
            Error::Call(_) | Error::Refused(_) => "INTERNAL",
        }
    }
}

impl From<wgpu::Error> for Error {
    fn from(error: wgpu::Error) -> Error {
        match error {
            wgpu::Error::OutOfMemory { source } => Error::OutOfMemory(source.to_string()),
            wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
                Error::Refused(description)
            }
        }
    }
}
