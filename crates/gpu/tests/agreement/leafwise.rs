use gradloom_core::{Dtype, leafwise};
use gradloom_gpu::{Placement, Request};

use crate::both::{Start, cramped, on_cpu, on_gpu, request};
use crate::clipped_adamw::plan;
use crate::leafwise_cases::{lower_alone, plan_of};

/// The tolerance: sums are in another order, and in single precision where the CPU has double.
const TOLERANCE: f32 = 2e-5;

#[test]
fn every_case_of_a_kernel_with_a_shader_agrees() {
    for (kernel, cases) in leafwise::CASES {
        for case in cases.iter().filter(|case| lower_alone(kernel, case).is_ok()) {
            // The output of a test is shown if it fails.
            eprintln!("{kernel}: {:?} over {:?}", case.steps, case.leaves);
            let (plan, scalars) = plan_of(case, case.steps);
            let start = Start { plan: &plan, scalars: &scalars, steps: 2 };
            on_gpu(&start, &request()).assert_close(&on_cpu(&start, &request()), TOLERANCE);
        }
    }
}

#[test]
fn factored_moments_of_packed_gradients_agree() {
    let plan = plan(
        r#"{ "leaves": [{ "dtype": "f32", "shape": [40, 60] }, { "dtype": "f32", "shape": [7, 3] }], "sets": [[0, 1]],
        "slots": [{ "set": 0, "shapes": [[40], [3]] }, { "set": 0, "shapes": [[60], [7]] },
          { "set": 0, "shapes": [[40, 1], [7, 1]] }, { "set": 0, "shapes": [[1, 60], [1, 3]] }],
        "scalars": 4, "registers": 1, "phases": [{ "input": "grads", "output": "updates", "steps": [
          { "leafwise": "factored_rms", "set": 0, "axes": [0, 1], "slots": { "v_row": 0, "v_col": 1, "row": 2, "column": 3 },
            "scalars": { "decay": 0, "one_minus_decay": 1, "epsilon": 2 } },
          { "map": "scale_by_factors", "set": 0, "slots": { "row": 2, "column": 3 } },
          { "reduce": "rms", "set": 0, "scope": "leaf", "into": 0 },
          { "map": "clip_by_block_rms", "set": 0, "scalars": { "rms": { "register": 0 }, "threshold": 3 } } ] }] }"#,
    );
    for dtype in [Dtype::F32, Dtype::Bf16, Dtype::F16] {
        let grads = Placement { dtype, lent: false };
        let start = Start { plan: &plan, scalars: &[0.8, 0.2, 1e-30, 1.0], steps: 2 };
        for limits in [request(), cramped()] {
            let request = Request { grads, ..limits };
            on_gpu(&start, &request).assert_close(&on_cpu(&start, &request), TOLERANCE);
        }
    }
}
