use gradloom_core::Dtype;
use gradloom_gpu::{Placement, Request};

use crate::both::{CLIPPED_ADAMW, Start, cramped, on_cpu, on_gpu, request};
use crate::clipped_adamw::clipped_adamw;

#[test]
fn packed_gradients_parameters_and_slots_round_as_the_cpu_does() {
    for (params, grads, mu) in [
        (Dtype::Bf16, Dtype::F16, r#", "dtype": "bf16""#),
        (Dtype::F16, Dtype::Bf16, r#", "dtype": "f16""#),
        (Dtype::F32, Dtype::Bf16, ""),
    ] {
        for limits in [request(), cramped()] {
            let packed = |dtype| Placement { dtype, lent: false };
            let request = Request { params: packed(params), grads: packed(grads), ..limits };
            let plan = clipped_adamw(&[1, 2, 1023, 3001, 70_001], mu);
            let start = Start { plan: &plan, scalars: &CLIPPED_ADAMW, steps: 3 };
            on_gpu(&start, &request).assert_same_bits(&on_cpu(&start, &request));
        }
    }
}
