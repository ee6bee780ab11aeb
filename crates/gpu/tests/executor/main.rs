//! The executor with plans written by hand, on a GPU, which may be a software GPU. These tests fail on a machine without any.

#![cfg(feature = "wgpu")]

mod faults;
mod plan;
mod steps;
