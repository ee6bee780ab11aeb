//! Reductions: their results, the order of their sums, and their refusals.

use gradloom_core::{GRADS, PARAMS, Session};
use serde_json::json;

use crate::machines::sessions;
use crate::plans::{fill, leaves, numbers, plan};

const SIZES: [usize; 9] = [0, 1, 255, 256, 257, 1024, 1025, 5000, 1_050_000];

/// Sums as `ARCHITECTURE.md` says: blocks of 1024 with 256 strided accumulators, folded by halving, until one sum is left.
fn tree<T: Copy + Default + std::ops::Add<Output = T>>(mut values: Vec<T>) -> T {
    while values.len() > 1 {
        let block_sum = |block: &[T]| {
            let mut sums = [T::default(); 256];
            for (i, x) in block.iter().enumerate() {
                sums[i % 256] = sums[i % 256] + *x;
            }
            for half in [128, 64, 32, 16, 8, 4, 2, 1] {
                for i in 0..half {
                    sums[i] = sums[i] + sums[i + half];
                }
            }
            sums[0]
        };
        values = values.chunks(1024).map(block_sum).collect();
    }
    values.first().copied().unwrap_or_default()
}

fn squares32(session: &Session, buffer: usize, leaf: usize) -> f32 {
    tree(session.view::<f32>(buffer, leaf).expect("an f32 leaf").iter().map(|x| x * x).collect())
}

fn squares64(session: &Session, buffer: usize, leaf: usize) -> f64 {
    tree(session.view::<f64>(buffer, leaf).expect("an f64 leaf").iter().map(|x| x * x).collect())
}

#[test]
fn sums_have_the_documented_shape_in_single_precision() {
    let all: Vec<usize> = (0..SIZES.len()).collect();
    let reduce = |name: &str, scope: &str, into: usize| json!({ "reduce": name, "set": 0, "scope": scope, "into": into });
    let plan = plan(&json!({
        "leaves": leaves("f32", &SIZES), "sets": [all], "slots": [], "scalars": 0, "registers": 4,
        "phases": [{ "input": "grads", "output": "none", "steps": [
            reduce("norm", "tree", 0), reduce("param_norm", "leaf", 1), reduce("rms", "leaf", 2), reduce("param_rms", "tree", 3),
        ] }]
    }));
    for (how, mut session) in sessions(&plan) {
        fill(&mut session, &plan);
        session.run(0).expect("phase 0 exists");
        let total =
            |buffer| tree(all.iter().map(|leaf| squares32(&session, buffer, *leaf)).collect::<Vec<_>>());
        let count: usize = SIZES.iter().sum();
        for (leaf, size) in SIZES.into_iter().enumerate() {
            let expected = [
                total(GRADS).sqrt(),
                squares32(&session, PARAMS, leaf).sqrt(),
                (squares32(&session, GRADS, leaf) / size as f32).sqrt(),
                (total(PARAMS) / count as f32).sqrt(),
            ];
            for (register, expected) in expected.into_iter().enumerate() {
                let found = session.register(register, leaf).expect("the register exists");
                let same =
                    found.to_bits() == f64::from(expected).to_bits() || (found.is_nan() && expected.is_nan());
                assert!(same, "{how}: register {register} of leaf {leaf} is {found}, not {expected}");
            }
        }
    }
}

#[test]
fn a_tree_with_a_double_leaf_is_summed_in_double_precision() {
    let plan = plan(&json!({
        "leaves": ([leaves("f32", &[3000]), leaves("f64", &[2000])].concat()),
        "sets": [[0, 1]], "slots": [], "scalars": 0, "registers": 1,
        "phases": [{ "input": "grads", "output": "none", "steps": [{ "reduce": "norm", "set": 0, "scope": "tree", "into": 0 }] }]
    }));
    for (how, mut session) in sessions(&plan) {
        fill(&mut session, &plan);
        session.run(0).expect("phase 0 exists");
        let expected = (f64::from(squares32(&session, GRADS, 0)) + squares64(&session, GRADS, 1)).sqrt();
        assert_eq!(session.register(0, 1), Some(expected), "{how}");
    }
}

#[test]
fn a_norm_between_kernels_sees_what_the_first_made() {
    let plan = plan(&json!({
        "leaves": leaves("f32", &[2600, 7]), "sets": [[0, 1]], "slots": [{ "set": 0 }], "scalars": 3, "registers": 1,
        "phases": [{ "input": "grads", "output": "updates", "steps": [
            { "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 0 } },
            { "reduce": "rms", "set": 0, "scope": "leaf", "into": 0 },
            { "map": "clip_by_block_rms", "set": 0, "scalars": { "rms": { "register": 0 }, "threshold": 1 } },
        ] }]
    }));
    for (how, mut session) in sessions(&plan) {
        fill(&mut session, &plan);
        let grads = numbers(&session, GRADS, 0);
        session.run(0).expect("phase 0 exists");
        assert_eq!(numbers(&session, GRADS, 0), grads, "{how}: a phase changed the gradients");
        let threshold = session.scalars_mut()[1] as f32;
        for leaf in 0..2 {
            let trace = session.view::<f32>(gradloom_core::SLOTS, leaf).expect("an f32 slot").to_vec();
            let rms = session.register(0, leaf).expect("the register exists") as f32;
            assert_eq!(
                rms,
                (tree(trace.iter().map(|x| x * x).collect()) / trace.len() as f32).sqrt(),
                "{how}"
            );
            let updates = session.view::<f32>(gradloom_core::UPDATES, leaf).expect("updates exist");
            let expected: Vec<f32> = trace.iter().map(|x| x / 1f32.max(rms / threshold)).collect();
            assert_eq!(updates, expected, "{how}");
        }
    }
}

#[test]
fn a_reduction_reads_slots_and_scalars() {
    let sizes = [0, 1, 255, 256, 257, 1025, 5000];
    let plan = plan(&json!({
        "leaves": leaves("f32", &sizes), "sets": [[0, 1, 2, 3, 4, 5, 6]],
        "slots": [{ "set": 0 }, { "set": 0, "dtype": "bf16" }], "scalars": 1, "registers": 4,
        "phases": [
            { "input": "grads", "output": "none", "steps": [
                { "reduce": "abs_sum", "set": 0, "slots": { "x": 1 }, "scope": "leaf", "into": 0 },
                { "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 0 } },
                { "reduce": "dot", "set": 0, "slots": { "x": 0 }, "scope": "leaf", "into": 1 },
                { "reduce": "scaled_dot", "set": 0, "slots": { "x": 0, "squares": 1 },
                  "scalars": { "eps": { "register": 1 } }, "scope": "leaf", "into": 2 },
            ] },
            { "input": "grads", "output": "none", "steps": [
                { "reduce": "abs_sum", "set": 0, "slots": { "x": 1 }, "scope": "leaf", "into": 3 },
            ] },
        ]
    }));
    for (how, mut session) in sessions(&plan) {
        fill(&mut session, &plan);
        session.run(0).expect("phase 0 exists");
        session.run(1).expect("phase 1 exists");
        for leaf in 0..sizes.len() {
            let trace = session.view::<f32>(gradloom_core::SLOTS, leaf).expect("an f32 slot");
            let squares: Vec<f32> =
                numbers(&session, gradloom_core::SLOTS + 1, leaf).iter().map(|x| *x as f32).collect();
            let sum: f32 = tree(squares.clone());
            let dot: f32 = tree(trace.iter().map(|x| x * x).collect());
            let scaled = trace.iter().zip(&squares).map(|(x, v)| x * (x / (v.sqrt() + dot)));
            let expected = [sum, dot, tree(scaled.collect()), sum];
            for (register, expected) in expected.into_iter().enumerate() {
                let found = session.register(register, leaf).expect("the register exists");
                assert_eq!(found, f64::from(expected), "{how}: register {register} of leaf {leaf}");
            }
        }
    }
}

#[test]
fn a_reduction_without_its_slot_is_refused() {
    let refused = |slots: serde_json::Value, shapes: serde_json::Value, problem: &str| {
        let plan = json!({
            "leaves": leaves("f32", &[4]), "sets": [[0]], "slots": [shapes], "scalars": 0, "registers": 1,
            "phases": [{ "input": "grads", "output": "none", "steps": [
                { "reduce": "dot", "set": 0, "slots": slots, "scope": "tree", "into": 0 }
            ] }]
        });
        let error = gradloom_core::Plan::decode(plan.to_string().as_bytes()).expect_err(problem);
        assert!(error.to_string().contains(problem), "{error}");
    };
    let like_the_leaf = json!({ "set": 0 });
    refused(json!({}), like_the_leaf.clone(), "slot \"x\" is missing");
    refused(json!({ "x": 0, "y": 0 }), like_the_leaf.clone(), "no slot \"y\"");
    refused(json!({ "x": 1 }), like_the_leaf, "no slot 1");
    refused(json!({ "x": 0 }), json!({ "set": 0, "shapes": [[2]] }), "must have the shapes of its leaves");
}
