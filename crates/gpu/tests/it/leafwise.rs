//! Kernels of whole leaves: valid shaders, or a refusal that names the kernel.

use gradloom_core::leafwise;
use gradloom_gpu::{Error, Limits, Request, lower};

use crate::plans::{plan, request};
use crate::validation::validate;

/// A plan with one leafwise step on one leaf, its slots of given shapes.
fn step(name: &str, shape: &[usize], axes: &str, slots: &[&[usize]]) -> gradloom_core::Plan {
    let formula = leafwise::find(name).expect("a kernel of the registry");
    let named = |names: &[&str]| -> String {
        let pairs: Vec<_> = names.iter().enumerate().map(|(i, name)| format!(r#""{name}": {i}"#)).collect();
        pairs.join(", ")
    };
    let shapes: Vec<String> =
        slots.iter().map(|shape| format!(r#"{{ "set": 0, "shapes": [{shape:?}] }}"#)).collect();
    plan(&format!(
        r#"{{ "leaves": [{{ "dtype": "f32", "shape": {shape:?} }}], "sets": [[0]], "slots": [{}], "scalars": {}, "registers": 0,
        "phases": [{{ "input": "grads", "output": "apply", "steps": [
          {{ "leafwise": "{name}", "set": 0, "slots": {{ {} }}, "scalars": {{ {} }}{axes} }} ] }}] }}"#,
        shapes.join(", "),
        formula.scalars.len(),
        named(&formula.slot_names()),
        named(formula.scalars),
    ))
}

#[test]
fn matrix_kernels_are_valid() {
    let names = [
        "newton_schulz",
        "newton_schulz_aol",
        "newton_schulz_schatten",
        "normalize_by_frobenius",
        "scale_by_consistent_rms",
        "scale_by_width",
    ];
    for name in names {
        for (shape, axes) in [
            (&[5, 7][..], r#", "axes": [0]"#),
            (&[200, 3], r#", "axes": [0]"#),
            (&[4, 3, 2, 5], r#", "axes": [1, 2], "columns": [0]"#),
        ] {
            let lowered = lower(&step(name, shape, axes, &[]), &request()).expect("it can be lowered");
            validate(&lowered);
        }
    }
}

#[test]
fn factored_moments_are_valid() {
    for (shape, axes, slots) in [
        (&[6, 4][..], "[0, 1]", [&[4][..], &[6], &[6, 1], &[1, 4]]),
        (&[4, 6], "[0, 1]", [&[4], &[6], &[4, 1], &[1, 6]]),
        (&[3, 8, 2, 5], "[1, 3]", [&[3, 2, 5], &[3, 8, 2], &[3, 8, 2, 1], &[3, 1, 2, 5]]),
    ] {
        let axes = format!(r#", "axes": {axes}"#);
        let plan = step("factored_rms", shape, &axes, &slots);
        validate(&lower(&plan, &request()).expect("it can be lowered"));
    }
}

#[test]
fn a_kernel_without_a_shader_is_refused_by_name() {
    let error = lower(&step("centralize", &[2, 3], "", &[]), &request()).expect_err("no shader");
    assert_eq!(error, Error::Kernel { kernel: "centralize" });
    assert_eq!(error.code(), "UNSUPPORTED");
}

#[test]
fn too_many_axes_or_too_few_buffers_are_refused() {
    let shape = [1; 40];
    let error = lower(&step("newton_schulz", &shape, r#", "axes": [0]"#, &[]), &request()).expect_err("axes");
    assert_eq!(error.code(), "UNSUPPORTED");
    let limits = Limits { max_storage_buffers_per_shader_stage: 3, ..Limits::default() };
    let plan = step("newton_schulz", &[4, 5], r#", "axes": [0]"#, &[]);
    assert_eq!(lower(&plan, &Request { limits, ..request() }).expect_err("buffers").code(), "LIMIT_EXCEEDED");
}
