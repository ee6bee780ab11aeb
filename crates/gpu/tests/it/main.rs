//! Tests of the lowering, which need no GPU.

#[path = "../shared/clipped_adamw.rs"]
mod clipped_adamw;
mod documentation;
mod every_formula;
mod golden;
mod leafwise;
#[path = "../shared/leafwise_cases.rs"]
mod leafwise_cases;
mod limits;
mod plans;
mod validation;
