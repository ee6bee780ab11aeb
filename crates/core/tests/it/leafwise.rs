//! Kernels of whole leaves: large leaves are shared by threads, small ones are not, and the bits stay.

use gradloom_core::{GRADS, Options, SLOTS, Session};
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
    for (how, mut session) in sessions(&plan) {
        fill(&mut session, &plan);
        session.scalars_mut().copy_from_slice(&[0.5, 0.25]);
        // A NaN among the gradients, and one among the covers.
        session.view_mut::<f64>(GRADS, 0).expect("gradients")[2 * 37 + 35] = f64::NAN;
        session.view_mut::<f64>(SLOTS, 0).expect("covers")[5] = f64::NAN;
        let [u, mu] = [GRADS, SLOTS].map(|buffer| numbers(&session, buffer, 0));
        session.run(0).expect("the phase exists");
        let mut expected = vec![f64::NEG_INFINITY; 43];
        let mut raise = |cover: usize, x: f64| {
            let nan = x.is_nan() || expected[cover].is_nan();
            expected[cover] = if nan { f64::NAN } else { expected[cover].max(x) };
        };
        for (i, u) in u.iter().enumerate() {
            let (row, column) = (i / 37, 6 + i % 37);
            let least = if mu[row].is_nan() { f64::NAN } else { mu[row].min(mu[column]) };
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
    let memories = json!({ "diff_params_memory": 2, "diff_updates_memory": 3 });
    let steps = names.iter().map(|name| {
        let mut step = json!({ "leafwise": name, "set": 0, "slots": memories, "scalars": { "row": 0 } });
        match *name {
            "lbfgs_remember" => {
                step["scalars"]["first"] = json!(1);
                step["slots"]["params"] = json!(0);
                step["slots"]["updates"] = json!(1);
            }
            "lbfgs_products" => step["slots"]["products"] = json!(4),
            _ => {
                step["scalars"] = json!({});
                step["slots"]["coefficients"] = json!(5);
            }
        }
        step
    });
    (slots.collect(), steps.collect())
}

#[test]
fn memories_agree_everywhere() {
    let (slots, steps) = lbfgs(&["lbfgs_remember", "lbfgs_products", "lbfgs_combine"]);
    agree(&slots, 2, &steps);
}

#[test]
fn products_are_those_of_the_memories() {
    let (slots, steps) = lbfgs(&["lbfgs_products"]);
    for dtype in ["f32", "f64"] {
        let leaves = SHAPES.map(|shape| json!({ "dtype": dtype, "shape": shape }));
        let plan = plan(&json!({
            "leaves": leaves, "sets": [[0, 1, 2]], "slots": slots, "scalars": 1, "registers": 0,
            "phases": [{ "input": "grads", "output": "updates", "steps": steps }]
        }));
        let mut session = Session::open(&plan, Options::default()).expect("a valid plan");
        fill(&mut session, &plan);
        session.scalars_mut()[0] = 1.0;
        session.run(0).expect("the phase exists");
        for leaf in 0..SHAPES.len() {
            let [u, w, g, products] =
                [GRADS, SLOTS + 2, SLOTS + 3, SLOTS + 4].map(|buffer| numbers(&session, buffer, leaf));
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
