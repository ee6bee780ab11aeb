//! Leafwise kernels: their cases agree on every machine, and the results of several kernels are right.

use gradloom_core::leafwise::{self, cases::Case};
use gradloom_core::{GRADS, Options, PARAMS, SLOTS, Session, UPDATES};
use serde_json::json;

use crate::machines::{assert_agreement_of, sessions};
use crate::plans::{fill, numbers, plan};

/// Runs the steps of a case in single and in double precision, on the gradients and on the output of another kernel.
fn assert_case_agrees(case: &Case) {
    let after_another = [&["scale"], case.steps].concat();
    for dtype in ["f32", "f64"] {
        for steps in [case.steps, &after_another] {
            let of_case = case.plan(dtype, steps);
            assert_agreement_of(&plan(&of_case.json), &of_case.scalars);
        }
    }
}

#[test]
fn every_kernel_has_a_case() {
    for (kernel, cases) in leafwise::CASES {
        let is_tested = cases.iter().any(|case| case.steps.contains(kernel));
        assert!(is_tested, "{kernel} is in none of its cases: see `CASES` beside it");
    }
}

#[test]
fn every_case_agrees_everywhere() {
    leafwise::CASES.iter().flat_map(|(_, cases)| *cases).for_each(assert_case_agrees);
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
    // Pairs of a row with a NaN among its gradients and a cover that is NaN; `None`: no NaN.
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
fn second_moments_of_every_element_agree_everywhere() {
    let case = Case { leaves: &[&[2, 200, 201], &[3, 5, 1], &[1, 2, 17]], ..Case::EMPTY };
    assert_case_agrees(&Case { steps: &["scale_by_unfactored_rms"], ..case });
}

/// Opens a session with one kernel of L-BFGS, whose newest row is row 1 of three.
fn lbfgs_session(dtype: &str, name: &'static str, first: f64) -> (Session, usize) {
    let (_, cases) = leafwise::CASES.iter().find(|(kernel, _)| *kernel == name).expect("a kernel");
    let mut json = cases[0].plan(dtype, &[name]).json;
    json["phases"][0]["output"] = json!("updates");
    let plan = plan(&json);
    let mut session = Session::open(&plan, Options::default()).expect("a valid plan");
    fill(&mut session, &plan);
    session.scalars_mut().copy_from_slice(&[1.0, first]);
    (session, plan.leaves.len())
}

/// Returns a memory of three rows with row 1 replaced: by differences rounded to the type, or by zeros at the first step.
fn remember(dtype: &str, memory: &[f64], now: &[f64], last: &[f64], first: f64) -> Vec<f64> {
    let rounded = |x: f64| if dtype == "f32" { f64::from(x as f32) } else { x };
    let difference = |i: usize| if first != 0.0 { 0.0 } else { rounded(now[i] - last[i]) };
    let n = now.len();
    (0..3 * n).map(|i| if i / n == 1 { difference(i % n) } else { memory[i] }).collect()
}

#[test]
fn products_are_those_of_the_memories_with_the_newest_row() {
    for (dtype, first) in [("f32", 0.0), ("f32", 1.0), ("f64", 0.0), ("f64", 1.0)] {
        let (mut session, leaves) = lbfgs_session(dtype, "lbfgs_products", first);
        let slots = [0, 1, 2, 3].map(|slot| SLOTS + slot);
        let all = |session: &Session| -> Vec<_> {
            (0..leaves).map(|leaf| slots.map(|slot| numbers(session, slot, leaf))).collect()
        };
        let before = all(&session);
        session.run(0).expect("the phase exists");
        assert_eq!(all(&session), before, "it only reads them");
        for leaf in 0..leaves {
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
                let found = (products[at] + products[25 + at]) * products[50 + at].exp2();
                let size = u.len() as f64;
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
        let (mut session, leaves) = lbfgs_session(dtype, "lbfgs_combine", first);
        let slots = [0, 1, 2, 3, 4].map(|slot| SLOTS + slot);
        let before: Vec<_> =
            (0..leaves).map(|leaf| slots.map(|slot| numbers(&session, slot, leaf))).collect();
        session.run(0).expect("the phase exists");
        for (leaf, [params, updates, w, g, coefficients]) in before.iter().enumerate() {
            let [p, u, combined] = [PARAMS, GRADS, UPDATES].map(|buffer| numbers(&session, buffer, leaf));
            let w = remember(dtype, w, &p, params, first);
            let g = remember(dtype, g, &u, updates, first);
            let coefficient =
                |i: usize| (coefficients[i] + coefficients[7 + i]) * coefficients[14 + i].trunc().exp2();
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
