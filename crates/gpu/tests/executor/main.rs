//! The executor on a real device, with plans written by hand. Without a GPU, a software one say, these tests fail.

#![cfg(feature = "wgpu")]

mod faults;
mod plan;
mod steps;
