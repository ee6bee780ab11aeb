//! Hostile plans: each is refused with an error or runs, without a panic.

use gradloom_core::formulas::{self, reductions};
use gradloom_core::{Options, Plan, Session, leafwise};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use crate::plans::{chain, fill, leaves};

/// Returns a configuration with the same cases every time; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` choose others.
fn config(cases: u32) -> Config {
    let given = std::env::var_os("PROPTEST_RNG_SEED").is_some();
    let config = Config { failure_persistence: None, ..Config::with_cases(cases) };
    if given { config } else { Config { rng_seed: RngSeed::Fixed(1), ..config } }
}

/// Returns the names of all kernels and reductions.
fn kernel_names() -> Vec<&'static str> {
    let maps = formulas::all().map(|formula| formula.name);
    let reductions = reductions::ALL.iter().map(|reduction| reduction.name);
    maps.chain(reductions).chain(leafwise::ALL.iter().map(|kernel| kernel.name)).collect()
}

/// The most bytes of a plan that is run: larger ones would only fill the memory of the machine.
const MAX_BYTES: usize = 1 << 20;

/// Returns whether a plan needs less than `MAX_BYTES`.
fn is_small(plan: &Plan) -> bool {
    let elements = plan.leaves.iter().try_fold(0usize, |sum, leaf| sum.checked_add(leaf.elements()?));
    let memory = elements.and_then(|n| n.checked_mul(8 * (plan.slots.len() + 4)));
    let tables = plan.registers.checked_mul(plan.leaves.len()).and_then(|n| n.checked_add(plan.scalars));
    memory.is_some_and(|n| n < MAX_BYTES) && tables.is_some_and(|n| n < MAX_BYTES)
}

/// Decodes and runs a plan if it is valid and small; returns whether it ran.
fn survive(bytes: &[u8]) -> bool {
    let Ok(plan) = Plan::decode(bytes) else { return false };
    if !is_small(&plan) {
        return false;
    }
    let mut session =
        Session::open(&plan, Options { isa: None, threads: 1 }).expect("a small plan that was checked");
    fill(&mut session, &plan);
    for phase in 0..=plan.phases.len() {
        assert_eq!(session.run(phase).is_ok(), phase < plan.phases.len());
    }
    true
}

fn adamw() -> String {
    let kernels = ["scale_by_adam", "add_decayed_weights", "scale"];
    chain(&leaves("f32", &[3, 300]), &kernels, "apply").to_string()
}

fn index() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0..4usize, 1 => Just(usize::MAX), 1 => any::<usize>()]
}

fn source() -> impl Strategy<Value = Value> {
    prop_oneof![3 => (0..3usize).prop_map(|i| json!(i)), 1 => (0..3usize).prop_map(|r| json!({ "register": r }))]
}

prop_compose! {
    fn step()(
        kind in 0..6u8,
        name in proptest::sample::select(kernel_names()),
        set in index(),
        into in 0..3usize,
        tree in any::<bool>(),
        sources in proptest::collection::vec(source(), 16),
        slots in proptest::collection::vec(index(), 4),
        axes in proptest::collection::vec(0..3usize, 0..3),
    ) -> Value {
        if kind == 0 {
            return json!({ "reduce": name, "set": set, "scope": if tree { "tree" } else { "leaf" }, "into": into });
        }
        let leafwise = leafwise::find(name).map(|kernel| (kernel.slot_names(), kernel.scalars));
        let (slot_names, scalar_names) = leafwise
            .or_else(|| formulas::find(name).map(|kernel| (kernel.slots.to_vec(), kernel.scalars)))
            .unwrap_or_default();
        let slots: Value = slot_names.iter().zip(slots).map(|(name, slot)| ((*name).to_owned(), json!(slot))).collect();
        let scalars: Value = scalar_names.iter().zip(sources).map(|(name, source)| ((*name).to_owned(), source)).collect();
        if leafwise::find(name).is_some() {
            return json!({ "leafwise": name, "set": set, "slots": slots, "scalars": scalars, "axes": axes });
        }
        json!({ "map": name, "set": set, "slots": slots, "scalars": scalars })
    }
}

prop_compose! {
    fn structured()(
        shapes in proptest::collection::vec(proptest::collection::vec(0..40usize, 0..3), 0..4),
        doubles in proptest::collection::vec(proptest::bool::weighted(0.2), 4),
        masks in proptest::collection::vec(1..16u8, 1..4),
        slot_sets in proptest::collection::vec((0..3usize, 0..6u8), 0..4),
        phases in proptest::collection::vec((any::<bool>(), 0..4u8, proptest::collection::vec(step(), 0..4)), 0..3),
    ) -> Value {
        let dtype = |double: bool| if double { "f64" } else { "f32" };
        let leaves: Vec<Value> = shapes.iter().zip(doubles)
            .map(|(shape, double)| json!({ "dtype": dtype(double), "shape": shape })).collect();
        let sets: Vec<Vec<usize>> = masks.iter()
            .map(|mask| (0..leaves.len()).filter(|leaf| mask >> leaf & 1 == 1).collect()).collect();
        let slots: Vec<Value> = slot_sets.iter().map(|(set, dtype)| match dtype {
            0 => json!({ "set": set, "dtype": "bf16" }),
            1 => json!({ "set": set, "dtype": "f16" }),
            _ => json!({ "set": set }),
        }).collect();
        let phases: Vec<Value> = phases.into_iter().map(|(grads, output, steps)| json!({
            "input": if grads { "grads" } else { "updates" },
            "output": (["none", "registers", "updates", "apply"][output as usize]),
            "steps": steps,
        })).collect();
        json!({ "leaves": leaves, "sets": sets, "slots": slots, "scalars": 3, "registers": 3, "phases": phases })
    }
}

#[test]
fn some_structured_plans_run() {
    let mut runner = proptest::test_runner::TestRunner::new(config(400));
    let ran = std::cell::Cell::new(0);
    let outcome = runner.run(&structured(), |json| {
        ran.set(ran.get() + u32::from(survive(json.to_string().as_bytes())));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        ran.get() > 40,
        "only {} of 400 plans were valid: the fuzz does not reach the executor",
        ran.get()
    );
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survive(&bytes);
    }

    #[test]
    fn changed_plans_do_no_harm(edits in proptest::collection::vec((any::<prop::sample::Index>(), b' '..=b'~'), 1..4)) {
        let mut bytes = adamw().into_bytes();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        survive(&bytes);
    }

    #[test]
    fn changed_numbers_do_no_harm(which in any::<prop::sample::Index>(), number in index()) {
        let text = adamw();
        let digits: Vec<usize> = (1..text.len())
            .filter(|i| text.as_bytes()[*i].is_ascii_digit() && b"[,:".contains(&text.as_bytes()[i - 1])).collect();
        let start = digits[which.index(digits.len())];
        let end = start + text[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        survive(format!("{}{number}{}", &text[..start], &text[end..]).as_bytes());
    }
}
