use gradloom_core::formulas::{self, reductions};

use crate::both::{Start, on_cpu, on_gpu, request};
use crate::clipped_adamw::plan;

/// The kernels that give the bits of the CPU: WGSL lets a driver divide by a uniform through its reciprocal and reorder sums of several
/// products, but these kernels have neither.
const SAME_BITS: &[&str] = &[
    "add_decayed_weights",
    "apply",
    "clip",
    "clip_by_block_rms",
    "clip_by_global_norm",
    "emit_mean",
    "emit_sum",
    "hold_mean",
    "hold_sum",
    "scale",
    "scale_by_adam",
    "scale_by_adam_nesterov",
    "scale_by_amsgrad",
    "scale_by_lion",
    "scale_by_novograd",
    "scale_by_param_block",
    "scale_by_rms",
    "scale_by_rss",
    "scale_by_sign",
    "scale_by_trust_ratio",
    "set_to_zero",
    "trace",
    "trace_nesterov",
    "zero_nans",
];

/// Returns operands as JSON: each name with its index.
fn named(names: &[&str]) -> String {
    let pairs: Vec<String> = names.iter().enumerate().map(|(i, name)| format!(r#""{name}": {i}"#)).collect();
    pairs.join(", ")
}

fn agree(step: &str, slots: usize, scalars: usize, exact: bool) {
    let slots = vec![r#"{ "set": 0 }"#; slots].join(", ");
    let plan = plan(&format!(
        r#"{{ "leaves": [{{ "dtype": "f32", "shape": [1500] }}, {{ "dtype": "f32", "shape": [7] }}], "sets": [[0, 1]], "slots": [{slots}],
        "scalars": {scalars}, "registers": 1, "phases": [{{ "input": "grads", "output": "apply", "steps": [{step}] }}] }}"#
    ));
    let scalars: Vec<f64> = (0..scalars).map(|i| [0.9, 0.1, 0.25, 1.5][i % 4]).collect();
    let start = Start { plan: &plan, scalars: &scalars, steps: 2 };
    let (gpu, cpu) = (on_gpu(&start, &request()), on_cpu(&start, &request()));
    if exact { gpu.assert_same_bits(&cpu) } else { gpu.assert_close(&cpu, 1e-6) }
}

#[test]
fn every_kernel_agrees_with_the_cpu() {
    for formula in formulas::all() {
        let step = format!(
            r#"{{ "map": "{}", "set": 0, "slots": {{ {} }}, "scalars": {{ {} }} }}"#,
            formula.name,
            named(formula.slots),
            named(formula.scalars)
        );
        let exact = SAME_BITS.contains(&formula.name);
        agree(&step, formula.slots.len(), formula.scalars.len(), exact);
    }
}

#[test]
fn the_kernels_of_same_bits_are_there() {
    assert!(SAME_BITS.iter().all(|name| formulas::find(name).is_some()));
}

#[test]
fn every_reduction_agrees_with_the_cpu() {
    for formula in reductions::ALL {
        for scope in ["tree", "leaf"] {
            let step = format!(
                r#"{{ "reduce": "{}", "set": 0, "slots": {{ {} }}, "scalars": {{ {} }}, "scope": "{scope}", "into": 0 }}"#,
                formula.name,
                named(formula.slots),
                named(formula.scalars)
            );
            agree(&step, formula.slots.len(), formula.scalars.len(), true);
        }
    }
}
