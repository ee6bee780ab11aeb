//! Optax's gradient transformations as compute shaders.
//!
//! [`lower`] turns a plan into a [`GpuPlan`]: shaders, written from the same formulas that run on the CPU, and their
//! dispatches. It needs no GPU, and gives the same text everywhere, so a browser's WebGPU and wgpu run the same shaders.
//!
//! ```
//! use gradloom_core::Plan;
//! use gradloom_gpu::{Limits, Placement, Request, lower};
//!
//! let plan = Plan::decode(br#"{
//!   "leaves": [{ "dtype": "f32", "shape": [3000] }], "sets": [[0]], "slots": [], "scalars": 1, "registers": 0,
//!   "phases": [{ "input": "grads", "output": "apply", "steps": [
//!     { "map": "scale", "set": 0, "scalars": { "step_size": 0 } }
//!   ] }]
//! }"#)?;
//! let gpu = lower(&plan, &Request { limits: Limits::default(), grads: Placement::default(), params: Placement::default() })?;
//! assert_eq!(gpu.phases[0].len(), 1); // one dispatch
//! assert_eq!(gpu.phases[0][0].workgroups, [3, 1, 1]); // of three blocks of 1024 elements
//! assert!(gpu.pipelines[0].wgsl.contains("scalars[0].x"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod arena;
mod builder;
mod chunks;
mod error;
#[cfg(feature = "wgpu")]
pub mod executor;
mod folds;
mod gpu_plan;
mod leafwise;
mod lower;
mod pass;
mod shader;
mod stream;
mod wgsl;

pub use error::Error;
pub use gpu_plan::*;
pub use lower::{lower, lower_to_json};
