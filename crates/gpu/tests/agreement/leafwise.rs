use gradloom_core::Dtype;
use gradloom_gpu::{Placement, Request};

use crate::both::{Start, cramped, on_cpu, on_gpu, request};
use crate::clipped_adamw::plan;

fn agree(shape: &[usize], slots: &[&[usize]], steps: &str, scalars: &[f64]) {
    let slots: Vec<String> =
        slots.iter().map(|shape| format!(r#"{{ "set": 0, "shapes": [{shape:?}] }}"#)).collect();
    let plan = plan(&format!(
        r#"{{ "leaves": [{{ "dtype": "f32", "shape": {shape:?} }}], "sets": [[0]], "slots": [{}], "scalars": {}, "registers": 0,
        "phases": [{{ "input": "grads", "output": "apply", "steps": [{steps}] }}] }}"#,
        slots.join(", "),
        scalars.len()
    ));
    let start = Start { plan: &plan, scalars, steps: 2 };
    // Sums run in another order, in single precision where the CPU has double.
    on_gpu(&start, &request()).assert_close(&on_cpu(&start, &request()), 2e-5);
}

const STACKS: &[(&[usize], &str)] = &[
    (&[5, 7], r#""axes": [0]"#),
    (&[70, 130], r#""axes": [0]"#),
    (&[130, 70], r#""axes": [0]"#),
    (&[4, 3, 2, 5], r#""axes": [1, 2], "columns": [0]"#),
    (&[3, 17, 33], r#""axes": [1], "columns": [2]"#),
];

#[test]
fn newton_schulz_agrees() {
    for (shape, axes) in STACKS {
        for first in ["newton_schulz", "newton_schulz_aol", "newton_schulz_schatten"] {
            let step = |name: &str| {
                let scalars = r#""scalars": { "a": 0, "b": 1, "c": 2 }"#;
                format!(r#"{{ "leafwise": "{name}", "set": 0, {scalars}, {axes} }}"#)
            };
            let norm = format!(
                r#"{{ "leafwise": "normalize_by_frobenius", "set": 0, "scalars": {{ "eps": 3 }}, {axes} }}"#
            );
            let steps = [norm, step(first), step("newton_schulz"), step("newton_schulz")].join(", ");
            agree(shape, &[], &steps, &[3.4445, -4.775, 2.0315, 1e-8]);
        }
    }
}

#[test]
fn factors_of_shapes_agree() {
    for (shape, axes) in STACKS {
        let steps = format!(
            r#"{{ "leafwise": "scale_by_width", "set": 0, {axes} }},
            {{ "leafwise": "scale_by_consistent_rms", "set": 0, "scalars": {{ "consistent_rms": 0 }}, {axes} }}"#
        );
        agree(shape, &[], &steps, &[0.2]);
    }
}

#[test]
fn factored_moments_agree() {
    for (shape, axes, slots) in [
        (&[60, 40][..], "[0, 1]", [&[40][..], &[60], &[60, 1], &[1, 40]]),
        (&[40, 600], "[0, 1]", [&[40], &[600], &[40, 1], &[1, 600]]),
        (&[3, 8, 2, 5], "[1, 3]", [&[3, 2, 5], &[3, 8, 2], &[3, 8, 2, 1], &[3, 1, 2, 5]]),
        (&[3, 5, 2, 8], "[1, 3]", [&[3, 5, 2], &[3, 2, 8], &[3, 5, 2, 1], &[3, 1, 2, 8]]),
    ] {
        let steps = format!(
            r#"{{ "leafwise": "factored_rms", "set": 0, "axes": {axes},
            "slots": {{ "v_row": 0, "v_col": 1, "row": 2, "column": 3 }},
            "scalars": {{ "decay": 0, "one_minus_decay": 1, "epsilon": 2 }} }},
            {{ "map": "scale_by_factors", "set": 0, "slots": {{ "row": 2, "column": 3 }} }}"#
        );
        agree(shape, &slots, &steps, &[0.8, 0.2, 1e-30]);
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
            on_gpu(&start, &request).assert_close(&on_cpu(&start, &request), 2e-5);
        }
    }
}
