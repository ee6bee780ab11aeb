//! Kernels of whole leaves: large leaves are shared by threads, small ones are not, and the bits stay.

use gradloom_core::{GRADS, Options, PARAMS, SLOTS, Session, UPDATES};
use serde_json::{Value, json};

use crate::machines::{assert_agreement, sessions};
use crate::plans::{fill, numbers, plan};

/// One large leaf, and small ones of the same rank.
const SHAPES: [[usize; 3]; 3] = [[2, 200, 201], [3, 5, 1], [1, 2, 17]];

/// Steps over all leaves, in single and in double precision, from gradients or from updates of a kernel before.
fn agree(slots: &[Value], scalars: usize, steps: &[Value]) {
    let before = json!({ "map": "scale", "set": 0, "scalars": { "step_size": scalars } });
    for dtype in ["f32", "f64"] {
        for steps in [steps.to_vec(), [std::slice::from_ref(&before), steps].concat()] {
            let leaves = SHAPES.map(|shape| json!({ "dtype": dtype, "shape": shape }));
            assert_agreement(&plan(&json!({
                "leaves": leaves, "sets": [[0, 1, 2]], "slots": slots, "scalars": scalars + 1, "registers": 0,
                "phases": [{ "input": "grads", "output": "apply", "steps": steps }]
            })));
        }
    }
}

fn slot(shape_of: impl Fn([usize; 3]) -> Value) -> Value {
    json!({ "set": 0, "shapes": SHAPES.map(shape_of) })
}

#[test]
fn noise_agrees_everywhere() {
    let scalars =
        json!({ "scale": 0, "key0_high": 1, "key0_low": 2, "key1_high": 3, "key1_low": 4, "index": 5 });
    agree(&[], 6, &[json!({ "leafwise": "add_noise", "set": 0, "scalars": scalars })]);
}

#[test]
fn covers_agree_everywhere() {
    let slots = [
        slot(|shape| json!([shape.iter().sum::<usize>()])),
        slot(|[a, b, _]| json!([a, b, 1])),
        slot(|[_, _, c]| json!([1, 1, c])),
        json!({ "set": 0 }),
    ];
    let scalars = json!({ "b1": 0, "one_minus_b1": 1, "b2": 2, "square_factor": 3, "eps": 4 });
    let own = json!({ "b2": 2, "square_factor": 3 });
    let steps = [
        json!({ "leafwise": "sm3_covers", "set": 0, "slots": { "mu": 0, "row": 1, "column": 2 }, "scalars": own }),
        json!({ "map": "scale_by_sm3", "set": 0, "slots": { "row": 1, "column": 2, "nu": 3 }, "scalars": scalars }),
    ];
    agree(&slots, 5, &steps);
}

#[test]
fn a_cover_is_the_largest_accumulator_of_its_slice() {
    const SHAPE: [usize; 2] = [6, 37];
    let scalars = json!({ "b2": 0, "square_factor": 1 });
    let covers = json!({ "leafwise": "sm3_covers", "set": 0, "slots": { "mu": 0, "row": 1, "column": 2 }, "scalars": scalars });
    let plan = plan(&json!({
        "leaves": [{ "dtype": "f64", "shape": SHAPE }], "sets": [[0]], "scalars": 2, "registers": 0,
        "slots": [{ "set": 0, "shapes": [[43]] }, { "set": 0, "shapes": [[6, 1]] }, { "set": 0, "shapes": [[1, 37]] }],
        "phases": [{ "input": "grads", "output": "none", "steps": [covers] }]
    }));
    // NaN nowhere, among the gradients of a row, and of a cover as well.
    let cases = [None, Some(0), Some(2), Some(5)].map(|row| [(row, None), (row, Some(5)), (row, Some(40))]);
    let runs = || {
        cases.into_iter().flatten().flat_map(|case| sessions(&plan).into_iter().map(move |run| (case, run)))
    };
    for ((row, cover), (how, mut session)) in runs() {
        fill(&mut session, &plan);
        session.scalars_mut().copy_from_slice(&[0.5, 0.25]);
        let how = format!("{how}, NaN in row {row:?} and cover {cover:?}");
        if let Some(row) = row {
            session.view_mut::<f64>(GRADS, 0).expect("gradients")[row * 37 + 35] = f64::NAN;
        }
        if let Some(cover) = cover {
            session.view_mut::<f64>(SLOTS, 0).expect("covers")[cover] = f64::NAN;
        }
        let [u, mu] = [GRADS, SLOTS].map(|buffer| numbers(&session, buffer, 0));
        session.run(0).expect("the phase exists");
        let mut expected = vec![f64::NEG_INFINITY; 43];
        let mut raise = |cover: usize, x: f64| {
            let nan = x.is_nan() || expected[cover].is_nan();
            expected[cover] = if nan { f64::NAN } else { expected[cover].max(x) };
        };
        for (i, u) in u.iter().enumerate() {
            let (row, column) = (i / 37, 6 + i % 37);
            let nan = mu[row].is_nan() || mu[column].is_nan();
            let least = if nan { f64::NAN } else { mu[row].min(mu[column]) };
            let accumulator = 0.25 * (u * u) + 0.5 * least;
            raise(row, accumulator);
            raise(column, accumulator);
        }
        let text = |numbers: &[f64]| format!("{numbers:?}");
        assert_eq!(text(&numbers(&session, SLOTS, 0)), text(&expected), "{how}");
        assert_eq!(text(&numbers(&session, SLOTS + 1, 0)), text(&mu[..6]), "{how}");
        assert_eq!(text(&numbers(&session, SLOTS + 2, 0)), text(&mu[6..]), "{how}");
    }
}

#[test]
fn second_moments_agree_everywhere() {
    let scalars = json!({ "decay": 0, "one_minus_decay": 1, "epsilon": 2 });
    let whole =
        json!({ "map": "scale_by_unfactored_rms", "set": 0, "slots": { "v": 0 }, "scalars": scalars });
    agree(&[json!({ "set": 0 })], 3, &[whole]);
    for [a, b] in [[1, 2], [0, 1], [0, 2]] {
        let without = |shape: [usize; 3], larger: bool| {
            let lacks_b = larger == (shape[b] >= shape[a]);
            let kept = (0..3).filter(|axis| *axis != if lacks_b { b } else { a });
            json!(kept.map(|axis| shape[axis]).collect::<Vec<_>>())
        };
        let lacking = |mut shape: [usize; 3], axis: usize| {
            shape[axis] = 1;
            json!(shape)
        };
        let slots = [
            slot(|shape| without(shape, true)),
            slot(|shape| without(shape, false)),
            slot(|shape| lacking(shape, b)),
            slot(|shape| lacking(shape, a)),
        ];
        let own = json!({ "v_row": 0, "v_col": 1, "row": 2, "column": 3 });
        let steps = [
            json!({ "leafwise": "factored_rms", "set": 0, "slots": own, "scalars": scalars, "axes": [a, b] }),
            json!({ "map": "scale_by_factors", "set": 0, "slots": { "row": 2, "column": 3 } }),
        ];
        agree(&slots, 3, &steps);
    }
}

#[test]
fn orthogonal_matrices_agree_everywhere() {
    let matrices = |name: &str, scalars: Value| json!({ "leafwise": name, "set": 0, "scalars": scalars, "axes": [1], "columns": [2] });
    for name in ["newton_schulz", "newton_schulz_aol", "newton_schulz_schatten"] {
        let normalize = matrices("normalize_by_frobenius", json!({ "eps": 0 }));
        agree(&[], 4, &[normalize, matrices(name, json!({ "a": 1, "b": 2, "c": 3 }))]);
    }
}

/// The steps of L-BFGS with a memory of three rows.
fn lbfgs(names: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let memory = || slot(|shape| json!([3, shape[0], shape[1], shape[2]]));
    let slots = [json!({ "set": 0 }), json!({ "set": 0 }), memory(), memory()].into_iter();
    let slots = slots.chain([slot(|_| json!([2, 25])), slot(|_| json!([2, 7]))]);
    let steps = names.iter().map(|name| {
        let mut step = json!({
            "leafwise": name, "set": 0, "scalars": { "row": 0, "first": 1 },
            "slots": { "params": 0, "updates": 1, "diff_params_memory": 2, "diff_updates_memory": 3 },
        });
        match *name {
            "lbfgs_products" => step["slots"]["products"] = json!(4),
            _ => step["slots"]["coefficients"] = json!(5),
        }
        step
    });
    (slots.collect(), steps.collect())
}

#[test]
fn memories_agree_everywhere() {
    let (slots, steps) = lbfgs(&["lbfgs_products", "lbfgs_combine"]);
    agree(&slots, 2, &steps);
}

/// A session with the steps of L-BFGS over all leaves, whose newest row is row 1.
fn lbfgs_session(dtype: &str, name: &str, first: f64) -> Session {
    let (slots, steps) = lbfgs(&[name]);
    let leaves = SHAPES.map(|shape| json!({ "dtype": dtype, "shape": shape }));
    let plan = plan(&json!({
        "leaves": leaves, "sets": [[0, 1, 2]], "slots": slots, "scalars": 2, "registers": 0,
        "phases": [{ "input": "grads", "output": "updates", "steps": steps }]
    }));
    let mut session = Session::open(&plan, Options::default()).expect("a valid plan");
    fill(&mut session, &plan);
    session.scalars_mut().copy_from_slice(&[1.0, first]);
    session
}

/// A memory of three rows with row 1 anew: differences rounded to the type, zeros at the first step.
fn remember(dtype: &str, memory: &[f64], now: &[f64], last: &[f64], first: f64) -> Vec<f64> {
    let rounded = |x: f64| if dtype == "f32" { f64::from(x as f32) } else { x };
    let difference = |i: usize| if first != 0.0 { 0.0 } else { rounded(now[i] - last[i]) };
    let n = now.len();
    (0..3 * n).map(|i| if i / n == 1 { difference(i % n) } else { memory[i] }).collect()
}

#[test]
fn products_are_those_of_the_memories_with_the_newest_row() {
    for (dtype, first) in [("f32", 0.0), ("f32", 1.0), ("f64", 0.0), ("f64", 1.0)] {
        let mut session = lbfgs_session(dtype, "lbfgs_products", first);
        let slots = [0, 1, 2, 3].map(|slot| SLOTS + slot);
        let all = |session: &Session| slots.map(|slot| [0, 1, 2].map(|leaf| numbers(session, slot, leaf)));
        let before = all(&session);
        session.run(0).expect("the phase exists");
        assert_eq!(all(&session), before, "it only reads them");
        for leaf in 0..SHAPES.len() {
            let [p, u, products] = [PARAMS, GRADS, SLOTS + 4].map(|buffer| numbers(&session, buffer, leaf));
            let [params, updates, w, g] = slots.map(|buffer| numbers(&session, buffer, leaf));
            let w = remember(dtype, &w, &p, &params, first);
            let g = remember(dtype, &g, &u, &updates, first);
            let row = |memory: &[f64], i: usize| memory[i * u.len()..][..u.len()].to_vec();
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            // Row 2 is the oldest, then 0, then 1.
            let older = |j: usize, i: usize| (j + 1) % 3 < (i + 1) % 3;
            let mut expected = Vec::new();
            for i in 0..3 {
                expected
                    .extend((0..3).map(|j| if older(j, i) { 0.0 } else { dot(&row(&w, i), &row(&g, j)) }));
            }
            expected.extend((0..9).map(|at| dot(&row(&g, at / 3), &row(&g, at % 3))));
            expected.extend([&w, &g].iter().flat_map(|memory| (0..3).map(|i| dot(&row(memory, i), &u))));
            expected.push(dot(&u, &u));
            for (at, expected) in expected.iter().enumerate() {
                let (found, size) = (products[at] + products[25 + at], u.len() as f64);
                assert!(
                    (found - expected).abs() < 1e-12 * size,
                    "{dtype} {leaf} {at}: {found} is not {expected}"
                );
            }
        }
    }
}

#[test]
fn combinations_keep_the_step_and_its_differences() {
    for (dtype, first) in [("f32", 0.0), ("f32", 1.0), ("f64", 0.0), ("f64", 1.0)] {
        let mut session = lbfgs_session(dtype, "lbfgs_combine", first);
        let slots = [0, 1, 2, 3, 5].map(|slot| SLOTS + slot);
        let before = [0, 1, 2].map(|leaf| slots.map(|slot| numbers(&session, slot, leaf)));
        session.run(0).expect("the phase exists");
        for (leaf, [params, updates, w, g, coefficients]) in before.iter().enumerate() {
            let [p, u, combined] = [PARAMS, GRADS, UPDATES].map(|buffer| numbers(&session, buffer, leaf));
            let w = remember(dtype, w, &p, params, first);
            let g = remember(dtype, g, &u, updates, first);
            let coefficient = |i: usize| coefficients[i] + coefficients[7 + i];
            for (i, combined) in combined.iter().enumerate() {
                let sum = |memory: &[f64], at: usize| -> f64 {
                    (0..3).map(|row| coefficient(at + row) * memory[row * u.len() + i]).sum()
                };
                let expected = sum(&w, 0) + sum(&g, 3) + coefficient(6) * u[i];
                assert!(
                    (combined - expected).abs() < 1e-5,
                    "{dtype} {leaf} {i}: {combined} is not {expected}"
                );
            }
            let kept = slots[..4].iter().map(|slot| numbers(&session, *slot, leaf));
            assert!(kept.eq([p, u, w, g]), "{dtype} {leaf}: kept");
        }
    }
}
