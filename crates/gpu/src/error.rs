use gradloom_core::Dtype;

/// Why a plan cannot run on a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The plan contradicts itself.
    #[error("{0}")]
    Plan(String),
    /// Shaders compute in single precision.
    #[error("leaf {leaf} is {dtype}: a GPU computes in f32")]
    LeafType {
        /// Its index.
        leaf: usize,
        /// Its type.
        dtype: Dtype,
    },
    /// A placement that does not exist.
    #[error("{what} cannot be stored as {dtype} on a GPU")]
    Storage {
        /// What is stored.
        what: String,
        /// The type that was asked for.
        dtype: Dtype,
    },
    /// A kernel of whole leaves without a shader.
    #[error("the kernel \"{kernel}\" has no shader")]
    Kernel {
        /// Its name.
        kernel: &'static str,
    },
    /// A leaf of more axes than a shader is told of.
    #[error("the kernel \"{kernel}\" has no shader for a leaf of so many axes")]
    Axes {
        /// Its name.
        kernel: String,
    },
    /// What asks for the lowering is wrong.
    #[error("not a request: {0}")]
    Request(String),
    /// The device is too small.
    #[error("{what} needs {needed}, and the device's {limit} is {allowed}")]
    Limit {
        /// What exceeds it.
        what: String,
        /// The limit, by WebGPU's name.
        limit: &'static str,
        /// How much it would take.
        needed: u64,
        /// How much there is.
        allowed: u64,
    },
}

impl Error {
    /// The code under which JavaScript sees it.
    pub fn code(&self) -> &'static str {
        match self {
            Error::LeafType { .. } | Error::Storage { .. } | Error::Kernel { .. } | Error::Axes { .. } => {
                "UNSUPPORTED"
            }
            Error::Plan(_) => "INVALID_PLAN",
            Error::Request(_) => "INTERNAL",
            Error::Limit { .. } => "LIMIT_EXCEEDED",
        }
    }
}
