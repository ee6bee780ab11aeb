//! Plans that are refused, and texts that are no plans.

use gradloom_core::{Error, Options, Plan, Session, leafwise};
use serde_json::{Value, json};

fn valid() -> Value {
    json!({
        "leaves": [{ "dtype": "f32", "shape": [3, 4] }, { "dtype": "f64", "shape": [] }, { "dtype": "f32", "shape": [5] }],
        "sets": [[0, 1, 2], [0, 2]],
        "slots": [{ "set": 0 }, { "set": 1, "dtype": "bf16" }],
        "scalars": 3,
        "registers": 2,
        "phases": [{
            "input": "grads",
            "output": "apply",
            "steps": [
                { "reduce": "norm", "set": 1, "scope": "leaf", "into": 0 },
                { "map": "clip_by_global_norm", "set": 1, "scalars": { "norm": { "register": 0 }, "max_norm": 1 } },
                { "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 0 } },
                { "leafwise": "adaptive_grad_clip", "set": 1, "scalars": { "clipping": 0, "eps": 1 }, "axes": [0] }
            ]
        }]
    })
}

fn decode(json: &Value) -> Result<Plan, Error> {
    Plan::decode(json.to_string().as_bytes())
}

#[test]
fn the_unchanged_plan_is_valid() {
    let plan = decode(&valid()).expect("valid");
    let mut session = Session::open(&plan, Options::default()).expect("valid");
    session.run(0).expect("phase 0 exists");
}

#[test]
fn a_plan_that_contradicts_itself_is_refused_and_says_where() {
    // The path of the change in the valid plan, the new value, and the path in the error.
    let cases = [
        ("/leaves/0/dtype", json!("bf16"), "leaves[0]"),
        ("/leaves/2/shape", json!(vec![1; 100_000]), "leaves[2]"),
        ("/sets/0", json!([0, 2, 1]), "sets[0]"),
        ("/sets/0", json!([0, 1, 1]), "sets[0]"),
        ("/sets/0", json!([0, 1, 3]), "sets[0]"),
        ("/slots/0/set", json!(2), "slots[0]"),
        ("/slots/1/dtype", json!("f64"), "slots[1]"),
        ("/registers", json!(0), "phases[0].steps[0]"),
        ("/scalars", json!(1), "phases[0].steps[1].scalars.max_norm"),
        ("/phases/0/steps/0/reduce", json!("median"), "phases[0].steps[0]"),
        ("/phases/0/steps/0/set", json!(9), "phases[0].steps[0]"),
        ("/phases/0/steps/0/into", json!(2), "phases[0].steps[0]"),
        ("/phases/0/steps/1/scalars/norm", json!({ "register": 2 }), "phases[0].steps[1].scalars.norm"),
        ("/phases/0/steps/1/map", json!("clip_by_magic"), "phases[0].steps[1]"),
        ("/phases/0/steps/1/scalars", json!({ "norm": { "register": 0 } }), "phases[0].steps[1]"),
        ("/phases/0/steps/1/slots", json!({ "mu": 0 }), "phases[0].steps[1]"),
        ("/phases/0/steps/2/slots", json!({}), "phases[0].steps[2]"),
        ("/phases/0/steps/2/slots", json!({ "trace": 1 }), "phases[0].steps[2].slots.trace"),
        ("/phases/0/steps/2/slots", json!({ "trace": 2 }), "phases[0].steps[2].slots.trace"),
        ("/phases/0/steps/2/scalars", json!({ "decay": 0, "eps": 1 }), "phases[0].steps[2]"),
        ("/phases/0/steps/3/leafwise", json!("shampoo"), "phases[0].steps[3]"),
        ("/phases/0/steps/3/axes", json!([1]), "phases[0].steps[3].axes"),
        ("/phases/0/steps/3/axes", json!([0, 0]), "phases[0].steps[3].axes"),
        ("/phases/0/steps/3/scalars/eps", json!({ "register": 9 }), "phases[0].steps[3].scalars.eps"),
    ];
    for (path, value, expected) in cases {
        let mut json = valid();
        let part = if let Some(part) = json.pointer_mut(path) { part } else { add(&mut json, path) };
        *part = value.clone();
        match decode(&json) {
            Err(error @ Error::Plan { .. }) => {
                assert_eq!(error.code(), "INVALID_PLAN");
                let Error::Plan { at, problem } = error else { unreachable!("matched above") };
                assert_eq!(at, expected, "{path} = {value}: {problem}");
            }
            other => panic!("{path} = {value}: {other:?}"),
        }
    }
}

#[test]
fn slots_that_lack_axes_can_only_be_read() {
    let scale = json!({ "map": "scale_by_factors", "set": 0, "slots": { "row": 0, "column": 1 } });
    let changed = |slot: Value, step: &Value| {
        json!({
            "leaves": [{ "dtype": "f32", "shape": [3, 4, 5] }], "sets": [[0]], "scalars": 1, "registers": 0,
            "slots": [slot, { "set": 0, "shapes": [[1, 1, 5]] }],
            "phases": [{ "input": "grads", "output": "apply", "steps": [step] }]
        })
    };
    let shaped = |shape: &[usize]| json!({ "set": 0, "shapes": [shape] });
    for shape in [&[3, 4, 1][..], &[3, 1, 5], &[3, 1, 1], &[1, 1, 1], &[3, 4, 5]] {
        decode(&changed(shaped(shape), &scale)).unwrap_or_else(|error| panic!("{shape:?}: {error}"));
    }
    let trace = json!({ "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 0 } });
    decode(&changed(shaped(&[3, 4, 5]), &trace)).expect("a slot like its leaf");
    let converted = json!({ "set": 0, "shapes": [[3, 4, 1]], "dtype": "bf16" });
    let sum = json!({ "reduce": "dot", "set": 0, "slots": { "x": 0 }, "scope": "tree", "into": 0 });
    for (slot, step, expected) in [
        (shaped(&[3, 4]), &scale, "row: slot 0 of shape [3, 4] cannot be broadcast"),
        (shaped(&[1, 4, 1]), &scale, "row: slot 0 of shape [1, 4, 1] cannot be broadcast"),
        (shaped(&[3, 2, 5]), &scale, "row: slot 0 of shape [3, 2, 5] cannot be broadcast"),
        (converted, &scale, "row: slot 0 must be stored in the type of its leaves"),
        (shaped(&[3, 4, 1]), &trace, "trace: the kernel writes slot 0"),
        (shaped(&[3, 4, 1]), &sum, "slot 0 must have the shapes of its leaves"),
    ] {
        let error = decode(&changed(slot, step)).expect_err(expected);
        assert_eq!(error.code(), "INVALID_PLAN");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// Returns a new, empty part of a plan at a path whose parent exists.
fn add<'a>(json: &'a mut Value, path: &str) -> &'a mut Value {
    let (parent, key) = path.rsplit_once('/').expect("a path");
    &mut json.pointer_mut(parent).expect("the parent is there")[key]
}

#[test]
fn text_that_is_no_plan_is_refused() {
    for text in ["", "{", "[]", "null", "{}", "\u{0}"] {
        let error = Plan::decode(text.as_bytes()).expect_err("no plan");
        assert_eq!(error.code(), "INVALID_PLAN", "{text}");
    }
    for path in ["/extra", "/leaves/0/extra", "/slots/0/extra", "/phases/0/extra", "/phases/0/steps/0/extra"]
    {
        let mut json = valid();
        *add(&mut json, path) = json!(1);
        assert!(matches!(decode(&json), Err(Error::Syntax(_))), "{path}");
    }
}

#[test]
fn absurd_memory_is_an_error_not_an_abort() {
    for (path, value) in [
        ("/leaves/0/shape", json!([isize::MAX, isize::MAX])),
        ("/leaves/0/shape", json!([u64::MAX])),
        ("/leaves/0/shape", json!([1usize << 58])),
        ("/leaves/0/shape", json!([1usize << 60])),
        ("/registers", json!(1usize << 60)),
        ("/scalars", json!(usize::MAX)),
    ] {
        let mut json = valid();
        *json.pointer_mut(path).expect("the part is there") = value;
        let opened = decode(&json).and_then(|plan| Session::open(&plan, Options::default()));
        let error = opened.err().expect("no machine has that much");
        assert_eq!(error.code(), "OUT_OF_MEMORY", "{path}");
    }
}

/// Returns a plan of one L-BFGS kernel for a leaf of 12 elements, with slots of these sizes.
fn lbfgs(name: &str, sizes: &[usize]) -> Value {
    let formula = leafwise::find(name).expect("a kernel of the registry");
    let named =
        |names: &[&str]| names.iter().enumerate().map(|(i, name)| ((*name).to_owned(), json!(i))).collect();
    let slots: Vec<Value> = sizes.iter().map(|size| json!({ "set": 0, "shapes": [[size]] })).collect();
    let (slot_names, scalars): (Value, Value) = (named(&formula.slot_names()), named(formula.scalars));
    let step = json!({ "leafwise": name, "set": 0, "slots": slot_names, "scalars": scalars });
    json!({
        "leaves": [{ "dtype": "f32", "shape": [3, 4] }], "sets": [[0]], "slots": slots, "scalars": 2, "registers": 0,
        "phases": [{ "input": "grads", "output": "updates", "steps": [step] }]
    })
}

#[test]
fn slots_that_lbfgs_cannot_use_are_refused() {
    type Sizes = &'static [usize];
    // The sizes that fit a memory of two rows, and others that do not.
    let cases: [(&str, Sizes, &[Sizes]); 2] = [
        (
            "lbfgs_products",
            &[12, 12, 24, 24, 39],
            &[
                &[12, 12, 24, 24, 38],
                &[11, 12, 24, 24, 39],
                &[12, 0, 24, 24, 39],
                &[12, 12, 24, 36, 39],
                &[12, 12, 23, 23, 39],
                &[12, 12, 0, 0, 3],
            ],
        ),
        (
            "lbfgs_combine",
            &[12, 12, 24, 24, 15],
            &[
                &[12, 12, 24, 24, 14],
                &[11, 12, 24, 24, 15],
                &[12, 0, 24, 24, 15],
                &[12, 12, 12, 24, 15],
                &[12, 12, 25, 25, 15],
                &[12, 12, 0, 0, 3],
            ],
        ),
    ];
    for (name, valid, others) in cases {
        let plan = decode(&lbfgs(name, valid)).expect("slots that fit");
        let mut session = Session::open(&plan, Options::default()).expect("a valid plan");
        for row in [0.0, 1.0, 2.0, -1.0, 1e300, f64::NAN] {
            session.scalars_mut()[0] = row;
            session.run(0).expect("any row is one of the memory's");
        }
        for sizes in others {
            let error = decode(&lbfgs(name, sizes)).expect_err("slots that do not fit");
            assert!(
                matches!(&error, Error::Plan { at, .. } if at == "phases[0].steps[0]"),
                "{name} {sizes:?}: {error}"
            );
        }
    }
}

#[test]
fn a_dry_run_that_cannot_be_repeated_is_refused() {
    let mut dry_run = valid();
    dry_run["phases"][0]["output"] = json!("registers");
    let steps = dry_run["phases"][0]["steps"].as_array().expect("steps are an array").clone();
    let [norm, clip, trace, leafwise] = [0, 1, 2, 3].map(|i| steps[i].clone());
    let mut converted = trace.clone();
    (converted["set"], converted["slots"]) = (json!(1), json!({ "trace": 1 }));
    let with = |steps: Vec<Value>| {
        let mut json = dry_run.clone();
        json["phases"][0]["steps"] = json!(steps);
        decode(&json)
    };
    with(vec![norm.clone(), clip.clone(), trace.clone()]).expect("valid");
    let cases = [
        (vec![trace.clone(), leafwise], "phases[0].steps[1]"),
        (vec![converted], "phases[0].steps[0]"),
        (vec![norm.clone(), clip, norm], "phases[0].steps[2]"),
        (vec![trace; 257], "phases[0]"),
    ];
    for (steps, expected) in cases {
        match with(steps) {
            Err(Error::Plan { at, problem }) => assert_eq!(at, expected, "{problem}"),
            other => panic!("{expected}: {other:?}"),
        }
    }
}
