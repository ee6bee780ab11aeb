//! Lowering for devices with small limits.

use std::collections::BTreeMap;

use gradloom_core::Dtype;
use gradloom_gpu::{Error, GpuPlan, Limits, Placement, Request, lower};

use crate::plans::{clipped_adamw, plan, request};
use crate::validation::validate;

fn with(limits: Limits) -> Request {
    Request { limits, ..request() }
}

/// Checks that shaders are valid, and that bindings and dispatches are within the limits.
fn check(plan: &GpuPlan, limits: &Limits) {
    validate(plan);
    for dispatch in plan.phases.iter().flatten() {
        assert!(dispatch.workgroups.iter().all(|n| *n as u64 <= limits.max_compute_workgroups_per_dimension));
        for range in &dispatch.storage {
            assert!(range.size <= limits.max_storage_buffer_binding_size, "{range:?}");
            assert!(range.offset % 256 == 0 && range.size % 4 == 0 && range.size > 0, "{range:?}");
            let buffer = &plan.buffers[range.buffer];
            assert!(buffer.lent || range.offset + range.size <= buffer.size, "{range:?}");
        }
        assert!(dispatch.storage.len() <= limits.max_storage_buffers_per_shader_stage);
    }
}

/// Counts the workgroups of each pipeline.
fn workgroups(plan: &GpuPlan) -> BTreeMap<&str, u32> {
    let mut counts = BTreeMap::new();
    for dispatch in plan.phases.iter().flatten() {
        *counts.entry(&*plan.pipelines[dispatch.pipeline].label).or_insert(0) += dispatch.workgroups[0];
    }
    counts
}

#[test]
fn large_leaves_are_cut_by_bytes_and_by_workgroups() {
    let plan = clipped_adamw(&[100_000, 5000, 3, 2_000_000], "");
    let whole = lower(&plan, &request()).expect("it fits");
    for limits in [
        Limits { max_storage_buffer_binding_size: 64 << 10, ..Limits::default() },
        Limits { max_compute_workgroups_per_dimension: 7, ..Limits::default() },
        Limits {
            max_storage_buffer_binding_size: 40_000,
            max_compute_workgroups_per_dimension: 5,
            ..Limits::default()
        },
    ] {
        let cut = lower(&plan, &with(limits)).expect("it fits in pieces");
        check(&cut, &limits);
        assert_eq!(workgroups(&cut), workgroups(&whole), "the same work in more dispatches");
        assert!(cut.phases[0].len() > whole.phases[0].len());
    }
}

#[test]
fn slots_that_lack_axes_are_bound_whole() {
    let plan = plan(
        r#"{ "leaves": [{ "dtype": "f32", "shape": [300, 700] }, { "dtype": "f32", "shape": [2, 3, 5] }], "sets": [[0, 1]],
        "slots": [{ "set": 0, "shapes": [[300, 1], [2, 1, 5]] }, { "set": 0, "shapes": [[1, 700], [1, 1, 5]] }],
        "scalars": 0, "registers": 0, "phases": [{ "input": "grads", "output": "apply", "steps": [
          { "map": "scale_by_factors", "set": 0, "slots": { "row": 0, "column": 1 } } ] }] }"#,
    );
    let whole = lower(&plan, &request()).expect("it fits");
    check(&whole, &Limits::default());
    let limits = Limits { max_storage_buffer_binding_size: 20_000, ..Limits::default() };
    let cut = lower(&plan, &with(limits)).expect("it fits in pieces");
    check(&cut, &limits);
    assert_eq!(workgroups(&cut), workgroups(&whole), "the same work in more dispatches");
    assert!(cut.phases[0].len() > whole.phases[0].len());
}

#[test]
fn a_slot_that_lacks_axes_and_cannot_be_bound_is_refused() {
    let plan = plan(
        r#"{ "leaves": [{ "dtype": "f32", "shape": [3, 1100] }], "sets": [[0]],
        "slots": [{ "set": 0, "shapes": [[3, 1]] }, { "set": 0, "shapes": [[1, 1100]] }],
        "scalars": 0, "registers": 0, "phases": [{ "input": "grads", "output": "apply", "steps": [
          { "map": "scale_by_factors", "set": 0, "slots": { "row": 0, "column": 1 } } ] }] }"#,
    );
    let limits = Limits { max_storage_buffer_binding_size: 4096, ..Limits::default() };
    let error = lower(&plan, &with(limits)).expect_err("a slot is larger");
    assert_eq!(error.code(), "LIMIT_EXCEEDED");
    assert!(error.to_string().contains("slot 1"), "{error}");
}

#[test]
fn a_leaf_that_a_shader_cannot_count_is_refused_with_a_broadcast_slot() {
    let scale = |rows: u32| {
        plan(&format!(
            r#"{{ "leaves": [{{ "dtype": "f32", "shape": [{rows}, 65536] }}], "sets": [[0]],
            "slots": [{{ "set": 0, "shapes": [[{rows}, 1]] }}, {{ "set": 0, "shapes": [[1, 65536]] }}],
            "scalars": 0, "registers": 0, "phases": [{{ "input": "grads", "output": "apply", "steps": [
              {{ "map": "scale_by_factors", "set": 0, "slots": {{ "row": 0, "column": 1 }} }} ] }}] }}"#
        ))
    };
    let limits =
        Limits { max_storage_buffer_binding_size: 1 << 40, max_buffer_size: 1 << 40, ..Limits::default() };
    lower(&scale(65535), &with(limits)).expect("a u32 counts its elements");
    let error = lower(&scale(65536), &with(limits)).expect_err("no u32 counts its elements");
    assert_eq!(error.code(), "LIMIT_EXCEEDED");
    let text = "leaf 0 has 4294967296 elements: where its state lacks some of its axes, a GPU allows at most 4294967295";
    assert_eq!(error.to_string(), text);
}

#[test]
fn lent_leaves_have_dispatches_of_their_own() {
    let lent = Placement { dtype: Dtype::F32, lent: true };
    let plan = clipped_adamw(&[1500, 20, 1024], "");
    let lowered = lower(&plan, &Request { grads: lent, ..request() }).expect("it fits");
    check(&lowered, &Limits::default());
    let grads = lowered.phases[0].iter().flat_map(|dispatch| &dispatch.storage);
    let leaves: Vec<_> = grads.filter(|range| range.buffer == 0).map(|range| range.leaf).collect();
    assert_eq!(leaves, [Some(0), Some(1), Some(2), Some(0), Some(1), Some(2)]);
    assert_eq!(lowered.buffers[0].size, 0);
}

#[test]
fn few_storage_buffers_mean_more_passes() {
    let limits = Limits { max_storage_buffers_per_shader_stage: 5, ..Limits::default() };
    let plan = plan(
        r#"{ "leaves": [{ "dtype": "f32", "shape": [10] }], "sets": [[0]], "slots": [{ "set": 0 }, { "set": 0 }, { "set": 0 }],
        "scalars": 9, "registers": 0, "phases": [{ "input": "grads", "output": "apply", "steps": [
          { "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 0 } },
          { "map": "scale_by_adam", "set": 0, "slots": { "mu": 1, "nu": 2 }, "scalars": {
            "b1": 1, "one_minus_b1": 2, "b2": 3, "one_minus_b2": 4, "c1": 5, "c2": 6, "eps": 7, "eps_root": 8 } }
        ] }] }"#,
    );
    let one = lower(&plan, &request()).expect("it fits");
    let two = lower(&plan, &with(limits)).expect("it fits in two");
    check(&two, &limits);
    assert_eq!((one.phases[0].len(), two.phases[0].len()), (1, 2));
}

#[test]
fn what_does_not_fit_is_refused() {
    let plan = clipped_adamw(&[3000], "");
    let tiny = [
        Limits { max_storage_buffer_binding_size: 2048, ..Limits::default() },
        Limits { max_buffer_size: 8192, ..Limits::default() },
        Limits { max_uniform_buffer_binding_size: 16, ..Limits::default() },
        Limits { max_storage_buffers_per_shader_stage: 3, ..Limits::default() },
    ];
    for limits in tiny {
        let error = lower(&plan, &with(limits)).expect_err("too small");
        assert!(matches!(error, Error::Limit { .. }), "{error}");
        assert_eq!(error.code(), "LIMIT_EXCEEDED");
    }
}

#[test]
fn buffers_of_more_bytes_than_a_u64_counts_are_refused() {
    let unlimited =
        Limits { max_storage_buffer_binding_size: u64::MAX, max_buffer_size: u64::MAX, ..Limits::default() };
    let leaf = r#"{ "dtype": "f32", "shape": [3] }"#;
    let plan = |leaves: usize, slots: &str, registers: u64| {
        let leaves = vec![leaf; leaves].join(", ");
        plan(&format!(
            r#"{{ "leaves": [{leaves}], "sets": [[0]], "slots": [{slots}], "scalars": 0, "registers": {registers}, "phases": [] }}"#
        ))
    };
    let slot = |elements: u64| format!(r#"{{ "set": 0, "shapes": [[{elements}]] }}"#);
    for (plan, buffer) in [
        (plan(4, "", 1 << 62), "info"),
        (plan(1, "", 1 << 62), "info"),
        (plan(1, "", (1 << 62) - 1), "info"),
        (plan(1, &slot(1 << 62), 0), "slot 0"),
        (plan(1, &slot(u64::MAX), 0), "slot 0"),
    ] {
        for limits in [Limits::default(), unlimited] {
            let error = lower(&plan, &with(limits)).expect_err("more bytes than a u64 counts");
            assert_eq!(error.code(), "LIMIT_EXCEEDED");
            assert!(
                error.to_string().starts_with(&format!("{buffer} needs 18446744073709551615,")),
                "{error}"
            );
        }
    }
    lower(&plan(4, &slot(1 << 60), 1 << 20), &request()).expect("a slot that no step uses needs no memory");
    let error = lower(&plan(4, "", 1 << 40), &request()).expect_err("registers are used");
    assert_eq!(error.code(), "LIMIT_EXCEEDED");
}

#[test]
fn double_precision_is_refused() {
    let plan = plan(
        r#"{ "leaves": [{ "dtype": "f64", "shape": [3] }], "sets": [], "slots": [], "scalars": 0, "registers": 0, "phases": [] }"#,
    );
    assert_eq!(lower(&plan, &request()).expect_err("f64").code(), "UNSUPPORTED");
}

#[test]
fn sums_over_nothing_have_something_to_bind() {
    let lowered = lower(&clipped_adamw(&[0], ""), &request()).expect("it fits");
    check(&lowered, &Limits::default());
    let bound = lowered.phases.iter().flatten().flat_map(|dispatch| &dispatch.storage);
    assert!(
        bound.clone().count() > 0 && bound.into_iter().all(|range| lowered.buffers[range.buffer].size > 0)
    );
}

#[test]
fn more_than_an_address_space_of_a_page_is_cut_like_any_other() {
    let limits =
        Limits { max_storage_buffer_binding_size: 1 << 40, max_buffer_size: 1 << 40, ..Limits::default() };
    let plan = clipped_adamw(&[3 << 30, 5], "");
    let lowered = lower(&plan, &with(limits)).expect("it fits");
    check(&lowered, &limits);
    assert!(lowered.phases.iter().flatten().flat_map(|d| &d.storage).all(|range| range.size <= 8 << 30));
}
