//! A plan with its memory, at work.

mod broadcast;
pub(crate) mod buffer;
mod memory;
mod run;
mod scratch;
pub(crate) mod session;
mod span_run;
mod tile;
