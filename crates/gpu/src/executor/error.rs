/// What a call of the executor gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a device could not be had or did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// This machine has no such GPU, or no driver for it.
    #[error("{0}")]
    Unavailable(String),
    /// The plan needs what this executor does not have.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The device has no memory left.
    #[error("the GPU has no memory left: {0}")]
    OutOfMemory(String),
    /// The device is gone, and all that lay on it.
    #[error("the GPU was lost: {0}")]
    Lost(String),
    /// A call with indices or places that the plan does not have.
    #[error("{0}")]
    Call(String),
    /// The device refused something: an error of this library or of a driver.
    #[error("the GPU refused: {0}")]
    Refused(String),
}

impl Error {
    /// A stable code, one of those of the TypeScript `GradloomError`.
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
