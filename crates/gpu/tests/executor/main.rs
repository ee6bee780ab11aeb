//! The executor on a GPU, of software or not, with plans written by hand. Without any these tests fail.

#![cfg(feature = "wgpu")]

mod faults;
mod plan;
mod steps;
