//! Optax's gradient transformations as one streaming pass over memory.
//!
//! A [`Plan`] says which kernels run over which leaves; a [`Session`] owns the memory and runs it.

mod buffer;
mod compile;
mod compiled;
mod dtype;
mod error;
pub mod formulas;
mod isa;
pub mod lane;
mod matrix;
mod memory;
mod needs;
pub mod pack;
pub mod plan;
mod program;
mod random;
mod reduce;
mod run;
mod schedule;
mod session;
mod storage;
mod tile;
pub mod tracing;
mod validate;
mod vectors;
mod workers;

pub use buffer::Buffer;
pub use dtype::{Dtype, Element};
pub use error::Error;
pub use formulas::kernel_names;
pub use isa::{Isa, UnknownIsa, available_isas};
pub use plan::Plan;
pub use session::{GRADS, Options, PARAMS, SLOTS, Session, UPDATES};
