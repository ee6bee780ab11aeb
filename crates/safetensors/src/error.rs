//! Errors of this crate, each with a stable code.

use safetensors::SafeTensorError;

/// The longest JSON that the format allows, in bytes.
pub(crate) const LONGEST: u64 = 100_000_000;

/// The reason why a header is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file ends within its header.
    #[error("the file has {0} bytes, fewer than its header needs")]
    Truncated(u64),
    /// The header is longer than any that the format allows.
    #[error("the header is said to have {0} bytes, more than the {limit} that are allowed", limit = LONGEST)]
    HeaderLength(u64),
    /// The header is not UTF-8.
    #[error("the header is no UTF-8: {0}")]
    Encoding(#[from] std::str::Utf8Error),
    /// The header is not the JSON that the format asks for.
    #[error("the header is not that of a safetensors file: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A name occurs twice.
    #[error("the name {0:?} occurs twice")]
    Duplicate(String),
    /// A tensor has a dimension that no JavaScript number can hold.
    #[error("the tensor {0:?} has a dimension over 2^53")]
    Dimension(String),
    /// Types, shapes and places of the tensors contradict each other.
    #[error("the tensors do not fit together: {0}")]
    Tensors(SafeTensorError),
    /// The tensors cover more or less than the data of the file.
    #[error("the tensors cover {expected} bytes, and the file has {found} of data")]
    DataLength {
        /// The bytes that the tensors cover.
        expected: u64,
        /// The bytes of data that the file has.
        found: u64,
    },
    /// The file is larger than this machine can address.
    #[error("{0} bytes in one file are more than a 32-bit machine such as WebAssembly can address")]
    FileLength(u64),
    /// The entries of a new header are not what `write_header` asks for.
    #[error("the entries cannot be read: {0}")]
    Entries(serde_json::Error),
    /// A new header would be longer than readers accept.
    #[error("the header has {0} bytes, more than the {limit} that readers accept", limit = LONGEST)]
    TooManyTensors(u64),
}

impl Error {
    /// Returns a stable code: one of those of the TypeScript `GradloomError`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::FileLength(_) | Error::TooManyTensors(_) => "LIMIT_EXCEEDED",
            Error::Entries(_) => "INTERNAL",
            _ => "INVALID_FILE",
        }
    }
}
