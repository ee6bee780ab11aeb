//! Tests of the public API: plans, sessions and formulas.

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
