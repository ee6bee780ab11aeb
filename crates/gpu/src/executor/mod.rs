//! Runs a [`GpuPlan`](crate::GpuPlan) with wgpu on a GPU of this machine: Vulkan, Metal or Direct3D 12.
//!
//! A [`Device`] is opened once for each [`Choice`] and shared. A [`Session`] is a plan with its memory on one: once it is
//! open, a step writes a few words of scalars and submits one compute pass.

mod choice;
mod command_queue;
mod device;
mod error;
mod memory;
mod reading;
mod session;
mod shaders;

pub use choice::{Choice, Power};
pub use device::Device;
pub use error::{Error, Result};
pub use reading::Reading;
pub use session::Session;
