//! Every elementwise kernel and every reduction has a valid shader, whatever the types of slots, gradients and parameters.

use gradloom_core::Dtype;
use gradloom_core::formulas::{self, reductions};
use gradloom_gpu::{Placement, Request, lower};

use crate::plans::{plan, request};
use crate::validation::validate;

/// Returns operands as JSON: each name with its index.
fn names(names: &[&str]) -> String {
    let pairs: Vec<String> = names.iter().enumerate().map(|(i, name)| format!(r#""{name}": {i}"#)).collect();
    pairs.join(", ")
}

fn check(step: &str, slots: usize, scalars: usize, request: &Request) {
    for dtype in ["f32", "bf16", "f16"] {
        let slots = vec![format!(r#"{{ "set": 0, "dtype": "{dtype}" }}"#); slots].join(", ");
        let plan = plan(&format!(
            r#"{{ "leaves": [{{ "dtype": "f32", "shape": [1500] }}], "sets": [[0]], "slots": [{slots}], "scalars": {scalars},
            "registers": 1, "phases": [{{ "input": "grads", "output": "apply", "steps": [{step}] }}] }}"#
        ));
        let lowered = lower(&plan, request).expect("it can be lowered");
        validate(&lowered);
        let most = request.limits.max_storage_buffers_per_shader_stage;
        assert!(lowered.pipelines.iter().all(|pipeline| pipeline.storage.len() <= most), "{step}");
    }
}

fn requests() -> [Request; 2] {
    let packed = |dtype| Placement { dtype, lent: true };
    [request(), Request { grads: packed(Dtype::Bf16), params: packed(Dtype::F16), ..request() }]
}

#[test]
fn every_kernel() {
    for formula in formulas::all() {
        let step = format!(
            r#"{{ "map": "{}", "set": 0, "slots": {{ {} }}, "scalars": {{ {} }} }}"#,
            formula.name,
            names(formula.slots),
            names(formula.scalars)
        );
        for request in requests() {
            check(&step, formula.slots.len(), formula.scalars.len(), &request);
        }
    }
}

#[test]
fn every_reduction() {
    for formula in reductions::ALL {
        for scope in ["tree", "leaf"] {
            let step = format!(
                r#"{{ "reduce": "{}", "set": 0, "slots": {{ {} }}, "scalars": {{ {} }}, "scope": "{scope}", "into": 0 }}"#,
                formula.name,
                names(formula.slots),
                names(formula.scalars)
            );
            for request in requests() {
                check(&step, formula.slots.len(), formula.scalars.len(), &request);
            }
        }
    }
}
