//! The same plans on the CPU and on a GPU, of software or not. Without any these tests fail.

#![cfg(feature = "wgpu")]

mod both;
#[path = "../shared/clipped_adamw.rs"]
mod clipped_adamw;
mod formulas;
mod leafwise;
#[path = "../shared/leafwise_cases.rs"]
mod leafwise_cases;
mod packed;
mod sums;
