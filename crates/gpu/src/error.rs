//! The reasons why a plan cannot run on a device.

use gradloom_core::Dtype;

/// The reason why a plan cannot run on a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The plan is not valid.
    #[error("{0}")]
    Plan(String),
    /// A leaf that is not in single precision.
    #[error("leaf {leaf} is {dtype}: a GPU computes in f32")]
    LeafType {
        /// The index of the leaf.
        leaf: usize,
        /// The type of the leaf.
        dtype: Dtype,
    },
    /// A type in which a GPU stores nothing.
    #[error("{what} cannot be stored as {dtype} on a GPU")]
    Storage {
        /// The buffer.
        what: String,
        /// The requested type.
        dtype: Dtype,
    },
    /// A leafwise kernel without a shader.
    #[error("the kernel \"{kernel}\" has no shader")]
    Kernel {
        /// The name of the kernel.
        kernel: &'static str,
    },
    /// A leaf of more axes than a leafwise kernel's shader reads.
    #[error("the kernel \"{kernel}\" has no shader for a leaf of {axes} axes")]
    Axes {
        /// The name of the kernel.
        kernel: String,
        /// The number of axes.
        axes: usize,
    },
    /// A request that is not valid.
    #[error("the request is not valid: {0}")]
    Request(String),
    /// A leaf with a broadcast slot and more elements than a shader counts.
    #[error(
        "leaf {leaf} has {elements} elements: where its state lacks some of its axes, a GPU allows at most {allowed}"
    )]
    Elements {
        /// The index of the leaf.
        leaf: usize,
        /// The number of its elements.
        elements: u64,
        /// The most elements that a shader counts.
        allowed: u64,
    },
    /// A limit of the device is exceeded.
    #[error("{what} needs {needed}, and the device's {limit} is {allowed}")]
    Limit {
        /// The buffer, binding or kernel.
        what: String,
        /// WebGPU's name of the limit.
        limit: &'static str,
        /// The amount that is needed.
        needed: u64,
        /// The amount that the device allows.
        allowed: u64,
    },
}

impl Error {
    /// Returns the code of the TypeScript `GradloomError`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::LeafType { .. } | Error::Storage { .. } | Error::Kernel { .. } | Error::Axes { .. } => {
                "UNSUPPORTED"
            }
            Error::Plan(_) => "INVALID_PLAN",
            Error::Request(_) => "INTERNAL",
            Error::Limit { .. } | Error::Elements { .. } => "LIMIT_EXCEEDED",
        }
    }
}
