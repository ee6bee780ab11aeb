//! The lowering, without a GPU.

mod every_formula;
mod golden;
mod leafwise;
mod limits;
mod plans;
mod validation;
