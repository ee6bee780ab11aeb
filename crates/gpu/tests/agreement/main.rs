//! The same plans on the CPU and on a GPU, which may be a software GPU. These tests fail on a machine without any.

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
