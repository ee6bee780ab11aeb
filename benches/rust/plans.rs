//! Plans of chains of kernels.

use std::collections::BTreeMap;

use gradloom_core::plan::{
    Input, Leaf, Map, Output, Phase, Plan, Reduce, Register, Scope, Slot, Source, Step,
};
use gradloom_core::{Dtype, GRADS, Options, PARAMS, Session, formulas};

/// Returns a plan that runs kernels one after the other over one leaf, and the bytes that a run moves. Scalars named `norm` are the global
/// norm.
pub fn chain(names: &[&str], output: Output, elements: usize) -> (Plan, usize) {
    let mut plan = Plan {
        leaves: vec![Leaf { dtype: Dtype::F32, shape: vec![elements] }],
        sets: vec![vec![0]],
        slots: Vec::new(),
        scalars: 0,
        registers: 0,
        phases: Vec::new(),
    };
    let mut steps = Vec::new();
    let mut arrays = if output == Output::None { 1 } else { 2 };
    let mut reads_params = false;
    for name in names {
        let formula = formulas::find(name).expect("a kernel of the registry");
        let mut slots = BTreeMap::new();
        for slot in formula.slots {
            slots.insert((*slot).to_owned(), plan.slots.len());
            plan.slots.push(Slot { set: 0, dtype: None, shapes: None });
            arrays += 2;
        }
        let mut scalars = BTreeMap::new();
        for scalar in formula.scalars {
            let source = if *scalar == "norm" {
                let into = plan.registers;
                plan.registers += 1;
                arrays += 1;
                steps.push(Step::Reduce(Reduce {
                    reduce: "norm".to_owned(),
                    set: 0,
                    scope: Scope::Tree,
                    into,
                    slots: BTreeMap::new(),
                    scalars: BTreeMap::new(),
                }));
                Source::Register(Register { register: into })
            } else {
                plan.scalars += 1;
                Source::Host(plan.scalars - 1)
            };
            scalars.insert((*scalar).to_owned(), source);
        }
        reads_params |= formula.reads_params;
        steps.push(Step::Map(Map { map: (*name).to_owned(), set: 0, slots, scalars }));
    }
    arrays += usize::from(reads_params || output == Output::Apply);
    plan.phases.push(Phase { input: Input::Grads, output, steps });
    (plan, arrays * elements * size_of::<f32>())
}

/// Opens a plan, sets all scalars to one half, and runs it once, so that the system has mapped its memory.
pub fn open(plan: &Plan, options: Options, fused: bool) -> Session {
    let opened = if fused { Session::open(plan, options) } else { Session::open_unfused(plan, options) };
    let mut session = opened.expect("a valid plan and an available instruction set");
    session.scalars_mut().fill(0.5);
    for buffer in [GRADS, PARAMS] {
        if let Ok(leaf) = session.view_mut::<f32>(buffer, 0) {
            leaf.fill(0.25);
        }
    }
    session.run(0).expect("phase 0 exists");
    session
}
