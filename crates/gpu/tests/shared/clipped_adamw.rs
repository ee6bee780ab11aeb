//! Clipped AdamW, the plan that most tests lower.

use gradloom_core::Plan;

/// Decodes a plan.
pub fn plan(json: &str) -> Plan {
    Plan::decode(json.as_bytes()).expect("a plan")
}

/// Returns the plan of AdamW after clipping by the global norm, for leaves of these lengths; `mu` are fields of the slot mu.
pub fn clipped_adamw(lengths: &[usize], mu: &str) -> Plan {
    let leaves: Vec<String> =
        lengths.iter().map(|n| format!(r#"{{ "dtype": "f32", "shape": [{n}] }}"#)).collect();
    let set: Vec<usize> = (0..lengths.len()).collect();
    plan(&format!(
        r#"{{ "leaves": [{}], "sets": [{set:?}], "slots": [{{ "set": 0{mu} }}, {{ "set": 0 }}], "scalars": 11, "registers": 1,
        "phases": [{{ "input": "grads", "output": "apply", "steps": [
          {{ "reduce": "norm", "set": 0, "scope": "tree", "into": 0 }},
          {{ "map": "clip_by_global_norm", "set": 0, "scalars": {{ "norm": {{ "register": 0 }}, "max_norm": 0 }} }},
          {{ "map": "scale_by_adam", "set": 0, "slots": {{ "mu": 0, "nu": 1 }}, "scalars": {{
            "b1": 1, "one_minus_b1": 2, "b2": 3, "one_minus_b2": 4, "c1": 5, "c2": 6, "eps": 7, "eps_root": 8 }} }},
          {{ "map": "add_decayed_weights", "set": 0, "scalars": {{ "weight_decay": 9 }} }},
          {{ "map": "scale", "set": 0, "scalars": {{ "step_size": 10 }} }}
        ] }}] }}"#,
        leaves.join(", ")
    ))
}
