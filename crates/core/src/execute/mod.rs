//! The executor: runs a compiled plan over the memory of its session.

mod broadcast;
pub(crate) mod buffer;
mod memory;
mod run;
mod scratch;
pub(crate) mod session;
mod span_run;
mod tile;
