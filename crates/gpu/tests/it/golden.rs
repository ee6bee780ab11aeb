//! The golden texts of whole shaders.

use std::fmt::Write;
use std::path::Path;

use gradloom_core::{Dtype, Plan};
use gradloom_gpu::{Placement, Request, lower};

use crate::plans::{clipped_adamw, masked_trust_ratio, request};
use crate::validation::validate;

/// Compares the shaders of a lowered plan with a golden file; `UPDATE_GOLDEN=1` writes the file again.
fn check(name: &str, plan: &Plan, request: &Request) {
    let lowered = lower(plan, request).expect("it can be lowered");
    validate(&lowered);
    let mut text = String::new();
    for pipeline in &lowered.pipelines {
        writeln!(text, "// {}\n{}", pipeline.label, pipeline.wgsl).expect("a string takes all");
    }
    for (i, phase) in lowered.phases.iter().enumerate() {
        for dispatch in phase {
            let label = &lowered.pipelines[dispatch.pipeline].label;
            let words = dispatch.storage.iter().map(|range| {
                let buffer = &lowered.buffers[range.buffer].label;
                let leaf = range.leaf.map_or(String::new(), |leaf| format!(" of leaf {leaf}"));
                format!("{buffer}{leaf} {}..{}", range.offset, range.offset + range.size)
            });
            let storage: Vec<String> = words.collect();
            writeln!(text, "// phase {i}: {:?} {label} on {}", dispatch.workgroups, storage.join(", "))
                .expect("a string takes all");
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.wgsl"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &text).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(golden == text, "the shaders differ from {file:?}; UPDATE_GOLDEN=1 writes it again:\n{text}");
}

#[test]
fn clipped_adamw_is_what_it_was() {
    check("clipped_adamw", &clipped_adamw(&[3000, 10], ""), &request());
}

#[test]
fn packed_storage_is_what_it_was() {
    let lent = Placement { dtype: Dtype::F16, lent: true };
    let request = Request { grads: lent, params: Placement { dtype: Dtype::Bf16, lent: false }, ..request() };
    check("packed_adamw", &clipped_adamw(&[3000, 9], r#", "dtype": "bf16""#), &request);
}

#[test]
fn norms_of_masked_leaves_are_what_they_were() {
    check("masked_trust_ratio", &masked_trust_ratio(), &request());
}

#[test]
fn the_same_plan_gives_the_same_shaders() {
    let plan = clipped_adamw(&[5000, 1, 7], "");
    assert_eq!(lower(&plan, &request()), lower(&plan, &request()));
}
