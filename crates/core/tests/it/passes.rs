//! Tests that phases give the same result as their steps one by one, however they are cut into passes.

use std::collections::BTreeSet;

use gradloom_core::formulas::{self, reductions};
use gradloom_core::{PARAMS, Plan, SLOTS, Session};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use crate::machines::sessions;
use crate::plans::{bits, fill, plan};

const KERNELS: [&str; 6] = [
    "scale",
    "scale_by_factors",
    "add_decayed_weights",
    "trace",
    "scale_by_trust_ratio",
    "clip_by_global_norm",
];
const REDUCTIONS: [&str; 6] = ["norm", "rms", "param_norm", "abs_sum", "param_rms", "dot"];
const REGISTERS: usize = 4;

/// Returns a step for a kernel or a reduction. Its slots are the broadcast slots 1 and 2 if they are named `row` and `column`, else slot 0;
/// its scalars come from registers that have been written, or from the host.
fn step(name: &str, set: usize, sources: &[usize], into: usize, written: &BTreeSet<usize>) -> Value {
    let formula = formulas::find(name).map(|formula| (formula.slots, formula.scalars));
    let reduction = reductions::find(name).map(|formula| (formula.slots, formula.scalars));
    let (slots, scalars) = formula.or(reduction).expect("a name of the registry");
    let slot = |name: &str| ["row", "column"].iter().position(|own| *own == name).map_or(0, |i| i + 1);
    let slots: Value = slots.iter().map(|name| ((*name).to_owned(), json!(slot(name)))).collect();
    let source = |i: &usize| if written.contains(i) { json!({ "register": i }) } else { json!(i % 3) };
    let scalars: Value =
        scalars.iter().zip(sources).map(|(name, i)| ((*name).to_owned(), source(i))).collect();
    if formula.is_some() {
        return json!({ "map": name, "set": set, "slots": slots, "scalars": scalars });
    }
    let scope = if set == 0 && into % 2 == 1 { "leaf" } else { "tree" };
    json!({ "reduce": name, "set": set, "slots": slots, "scalars": scalars, "scope": scope, "into": into })
}

/// Generates the steps of one phase; `again`: whether a register may be written twice.
fn steps(again: bool) -> impl Strategy<Value = Vec<Value>> {
    let names = proptest::sample::select([&KERNELS[..], &REDUCTIONS].concat());
    let sources = proptest::collection::vec(0..2 * REGISTERS, 6);
    proptest::collection::vec((names, 0..2usize, sources, 0..REGISTERS), 1..9).prop_map(move |picks| {
        let mut written = BTreeSet::new();
        let mut steps = Vec::new();
        for (name, set, sources, into) in picks {
            let reduces = reductions::find(name).is_some();
            if reduces && !again && written.contains(&into) {
                continue;
            }
            steps.push(step(name, set, &sources, into, &written));
            if reduces {
                written.insert(into);
            }
        }
        steps
    })
}

fn plan_of(phases: &Value) -> Plan {
    let leaf = |dtype: &str, shape: &[usize]| json!({ "dtype": dtype, "shape": shape });
    // Long and short runs of broadcast slots, whole and partial tiles, and a leaf of the same shape as its slot.
    let shapes = [&[3, 1][..], &[10, 103], &[40, 32], &[1, 1100], &[3, 400, 2]];
    let leaves: Vec<Value> =
        shapes.iter().map(|shape| leaf(if shape.len() == 3 { "f64" } else { "f32" }, shape)).collect();
    let rows = json!([[3, 1], [10, 1], [40, 1], [1, 1], [3, 1, 1]]);
    let columns = json!([[1, 1], [1, 103], [1, 32], [1, 1100], [1, 400, 2]]);
    let slots = json!([{ "set": 0 }, { "set": 0, "shapes": rows }, { "set": 0, "shapes": columns }]);
    let sets = json!([[0, 1, 2, 3, 4], [1]]);
    plan(
        &json!({ "leaves": leaves, "sets": sets, "slots": slots, "scalars": 3, "registers": REGISTERS, "phases": phases }),
    )
}

/// Returns the bits of a session without the updates, whose values mean nothing once they are applied.
fn outcome(session: &mut Session, plan: &Plan) -> Vec<Vec<u64>> {
    let updates = gradloom_core::UPDATES;
    for leaf in 0..plan.leaves.len() {
        if let Ok(view) = session.view_mut::<f32>(updates, leaf) {
            view.fill(0.0);
        }
        if let Ok(view) = session.view_mut::<f64>(updates, leaf) {
            view.fill(0.0);
        }
    }
    let mut all = bits(session, plan);
    all.retain(|numbers| numbers.iter().any(|bits| *bits != 0));
    all
}

fn run(plan: &Plan, session: &mut Session) -> Vec<Vec<u64>> {
    fill(session, plan);
    for phase in 0..plan.phases.len() {
        session.run(phase).expect("the phase exists");
    }
    outcome(session, plan)
}

fn assert_same(one: &Plan, other: &Plan) {
    let (_, mut session) = sessions(other).remove(0);
    let expected = run(other, &mut session);
    for (how, mut session) in sessions(one) {
        assert_eq!(run(one, &mut session), expected, "{how}: {one:?}");
    }
}

fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::with_cases(96) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_phase_does_what_its_steps_do_one_by_one(steps in steps(true), grads in any::<bool>()) {
        let input = if grads { "grads" } else { "updates" };
        let whole = json!([{ "input": input, "output": "apply", "steps": steps }]);
        let last = steps.len() - 1;
        let one_by_one: Vec<Value> = steps.iter().enumerate().map(|(i, step)| json!({
            "input": if i == 0 { input } else { "updates" },
            "output": if i == last { "apply" } else { "updates" },
            "steps": [step],
        })).collect();
        assert_same(&plan_of(&whole), &plan_of(&json!(one_by_one)));
    }

    #[test]
    fn a_dry_run_computes_the_registers_and_changes_nothing_else(steps in steps(false)) {
        let maps: Vec<&Value> = steps.iter().filter(|step| step.get("map").is_some()).collect();
        let dry_run = json!({ "input": "grads", "output": "registers", "steps": steps });
        let with_dry_run = plan_of(&json!([dry_run, { "input": "grads", "output": "apply", "steps": maps }]));
        let whole = plan_of(&json!([{ "input": "grads", "output": "apply", "steps": steps }]));
        assert_same(&with_dry_run, &whole);
        for (how, mut session) in sessions(&with_dry_run) {
            fill(&mut session, &with_dry_run);
            let places = [PARAMS, SLOTS].iter().flat_map(|buffer| (0..5).map(move |leaf| (*buffer, leaf)));
            let held = |session: &Session| -> Vec<Option<Vec<f64>>> {
                places
                    .clone()
                    .map(|(buffer, leaf)| {
                        session.offset(buffer, leaf).map(|_| crate::plans::numbers(session, buffer, leaf))
                    })
                    .collect()
            };
            let before = held(&session);
            session.run(0).expect("phase 0 exists");
            prop_assert_eq!(held(&session), before, "{}", how);
        }
    }
}
