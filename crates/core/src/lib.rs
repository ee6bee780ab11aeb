//! Optax's gradient transformations as one streaming pass over memory.
//!
//! A [`Plan`] lists kernels and the leaves over which they run; a [`Session`] has the memory of a plan and runs it. An example: AdamW with
//! clipping by the global norm, for two leaves.
//!
//! ```
//! use gradloom_core::{GRADS, Options, PARAMS, Plan, Session};
//!
//! let plan = Plan::decode(br#"{
//!   "leaves": [{ "dtype": "f32", "shape": [2] }, { "dtype": "f32", "shape": [1] }],
//!   "sets": [[0, 1]], "slots": [{ "set": 0 }, { "set": 0 }], "scalars": 11, "registers": 1,
//!   "phases": [{ "input": "grads", "output": "apply", "steps": [
//!     { "reduce": "norm", "set": 0, "scope": "tree", "into": 0 },
//!     { "map": "clip_by_global_norm", "set": 0, "scalars": { "norm": { "register": 0 }, "max_norm": 0 } },
//!     { "map": "scale_by_adam", "set": 0, "slots": { "mu": 0, "nu": 1 }, "scalars": {
//!       "b1": 1, "one_minus_b1": 2, "b2": 3, "one_minus_b2": 4, "c1": 5, "c2": 6, "eps": 7, "eps_root": 8 } },
//!     { "map": "add_decayed_weights", "set": 0, "scalars": { "weight_decay": 9 } },
//!     { "map": "scale", "set": 0, "scalars": { "step_size": 10 } }
//!   ] }]
//! }"#)?;
//! let mut session = Session::open(&plan, Options::default())?;
//! session.view_mut(PARAMS, 0)?.copy_from_slice(&[1.0f32, -2.0]);
//! session.view_mut(PARAMS, 1)?.copy_from_slice(&[0.5f32]);
//! for t in 1..=2 {
//!     session.view_mut(GRADS, 0)?.copy_from_slice(&[3.0f32, 4.0]);
//!     session.view_mut(GRADS, 1)?.copy_from_slice(&[-12.0f32]);
//!     let (b1, b2) = (0.9f64, 0.999f64);
//!     let (c1, c2) = (1.0 / (1.0 - b1.powi(t)), 1.0 / (1.0 - b2.powi(t)));
//!     session.scalars_mut().copy_from_slice(&[1.0, b1, 1.0 - b1, b2, 1.0 - b2, c1, c2, 1e-8, 0.0, 0.01, -0.1]);
//!     session.run(0)?;
//! }
//! assert_eq!(session.register(0, 0), Some(13.0)); // the norm of 3, 4 and -12
//! // Equal gradients move every parameter by the learning rate 0.1, and decay it by 0.1 * 0.01.
//! let expected = [[0.798101, -2.195902], [0.698901, 0.0]];
//! for (leaf, expected) in expected.iter().enumerate() {
//!     for (found, expected) in session.view::<f32>(PARAMS, leaf)?.iter().zip(expected) {
//!         assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
//!     }
//! }
//! # Ok::<(), gradloom_core::Error>(())
//! ```

pub mod compile;
mod error;
mod execute;
pub mod formulas;
pub mod lanes;
pub mod leafwise;
pub mod plan;
pub mod sums;
mod threads;

pub use error::Error;
pub use execute::buffer::{ALIGNMENT, Buffer};
pub use execute::session::{Options, Session};
pub use lanes::dtype::{Dtype, Element};
pub use lanes::isa::{Isa, UnknownIsa, available_isas};
pub use plan::broadcast::Broadcast;
pub use plan::{GRADS, PARAMS, Plan, SLOTS, UPDATES};
