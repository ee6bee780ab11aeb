//! The lowering, without a GPU.

#[path = "../shared/clipped_adamw.rs"]
mod clipped_adamw;
mod every_formula;
mod golden;
mod leafwise;
mod limits;
mod plans;
mod validation;
