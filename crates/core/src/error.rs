//! Errors of this crate, each with a stable code.

use crate::lanes::dtype::Dtype;
use crate::lanes::isa::Isa;

/// The reason why a plan is refused or a call fails. A function that returns an error has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is not the JSON of a plan, as `ARCHITECTURE.md` describes it.
    #[error("this is not the JSON of a plan: {0}")]
    Syntax(#[from] serde_json::Error),
    /// The plan is well-formed but contradicts itself.
    #[error("{at}: {problem}")]
    Plan {
        /// The path of the part that is wrong, for example `phases[0].steps[1]`.
        at: String,
        /// The problem with that part, as a clause.
        problem: String,
    },
    /// There is too little memory for a plan.
    #[error("there is not enough memory for {what}")]
    OutOfMemory {
        /// The purpose of the memory, for example `the gradients`.
        what: &'static str,
    },
    /// The machine does not support an instruction set.
    #[error("this machine does not support the instruction set {0}")]
    IsaUnavailable(Isa),
    /// The operating system could not start threads.
    #[error("the threads could not be started: {0}")]
    Threads(String),
    /// The plan does not have a phase.
    #[error("there is no phase {phase}: the plan has {phases}")]
    NoSuchPhase {
        /// The index of the phase.
        phase: usize,
        /// The number of phases in the plan.
        phases: usize,
    },
    /// A buffer does not have a leaf.
    #[error("buffer {buffer} has no leaf {leaf}")]
    NoSuchLeaf {
        /// The index of the buffer.
        buffer: usize,
        /// The index of the leaf.
        leaf: usize,
    },
    /// The elements of a leaf have another type than the one asked for.
    #[error("leaf {leaf} of buffer {buffer} has elements of type {found}, not {asked}")]
    Dtype {
        /// The index of the buffer.
        buffer: usize,
        /// The index of the leaf.
        leaf: usize,
        /// The type asked for.
        asked: Dtype,
        /// The type of the elements.
        found: Dtype,
    },
}

impl Error {
    /// Returns a stable code: one of those of the TypeScript `GradloomError`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Syntax(_) | Error::Plan { .. } => "INVALID_PLAN",
            Error::OutOfMemory { .. } => "OUT_OF_MEMORY",
            Error::IsaUnavailable(_) => "ENGINE_UNAVAILABLE",
            Error::Dtype { .. } => "DTYPE_MISMATCH",
            Error::Threads(_) | Error::NoSuchPhase { .. } | Error::NoSuchLeaf { .. } => "INTERNAL",
        }
    }
}
