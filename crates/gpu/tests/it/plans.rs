//! Plans and requests that several tests share.

use gradloom_core::Plan;
use gradloom_gpu::{Limits, Placement, Request};

pub use crate::clipped_adamw::{clipped_adamw, plan};

/// Returns a request for a device with WebGPU's default limits.
pub fn request() -> Request {
    Request { limits: Limits::default(), grads: Placement::default(), params: Placement::default() }
}

/// Returns a plan with a norm of each leaf after a kernel, and a leaf without any kernel.
pub fn masked_trust_ratio() -> Plan {
    plan(
        r#"{ "leaves": [{ "dtype": "f32", "shape": [2000] }, { "dtype": "f32", "shape": [3] }, { "dtype": "f32", "shape": [0] }],
        "sets": [[0, 2]], "slots": [{ "set": 0 }], "scalars": 5, "registers": 2,
        "phases": [{ "input": "grads", "output": "updates", "steps": [
          { "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 0 } },
          { "reduce": "param_norm", "set": 0, "scope": "leaf", "into": 0 },
          { "reduce": "norm", "set": 0, "scope": "leaf", "into": 1 },
          { "map": "scale_by_trust_ratio", "set": 0, "scalars": { "param_norm": { "register": 0 }, "update_norm": { "register": 1 },
            "min_norm": 1, "trust_coefficient": 2, "eps": 3 } }
        ] }] }"#,
    )
}
