//! What a session does, seen from outside.

mod adam;
mod agreement;
mod foreign;
mod fuzz;
mod golden;
mod leafwise;
mod machines;
mod passes;
mod plans;
mod reductions;
mod refusals;
mod registry;
mod sets;
mod storage;
