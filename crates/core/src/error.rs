use crate::lanes::dtype::Dtype;
use crate::lanes::isa::Isa;

/// Why a plan was refused or a call failed; nothing has been changed when one is returned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plan is not the JSON that `ARCHITECTURE.md` describes.
    #[error("the plan is not valid JSON of a plan: {0}")]
    Syntax(#[from] serde_json::Error),
    /// The plan is well-formed but contradicts itself; `at` is the path of the offending part.
    #[error("{at}: {problem}")]
    Plan {
        /// Path inside the plan, for example `phases[0].steps[1]`.
        at: String,
        /// What is wrong there.
        problem: String,
    },
    /// The memory the plan asks for cannot be had.
    #[error("no memory for {what}")]
    OutOfMemory {
        /// What it was for.
        what: &'static str,
    },
    /// This machine cannot run the instruction set asked for.
    #[error("this machine has no {0}")]
    IsaUnavailable(Isa),
    /// The operating system refused to start the threads.
    #[error("the thread pool could not be started: {0}")]
    Threads(String),
    /// `run` was asked for a phase that the plan does not have.
    #[error("the plan has {phases} phases, there is no phase {phase}")]
    NoSuchPhase {
        /// The phase asked for.
        phase: usize,
        /// How many there are.
        phases: usize,
    },
    /// A view was asked for of memory that does not exist.
    #[error("buffer {buffer} holds nothing for leaf {leaf}")]
    NoSuchLeaf {
        /// The buffer asked for.
        buffer: usize,
        /// The leaf asked for.
        leaf: usize,
    },
    /// A view was asked for with another element type than the memory has.
    #[error("buffer {buffer} holds {found} for leaf {leaf}, not {asked}")]
    Dtype {
        /// The buffer asked for.
        buffer: usize,
        /// The leaf asked for.
        leaf: usize,
        /// The type asked for.
        asked: Dtype,
        /// The type of the memory.
        found: Dtype,
    },
}

impl Error {
    /// A stable code, one of those of the TypeScript `GradloomError`.
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
