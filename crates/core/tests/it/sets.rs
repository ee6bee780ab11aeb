//! Sets of leaves, and phases that follow one another.

use gradloom_core::{GRADS, PARAMS, SLOTS};
use serde_json::json;

use crate::machines::{assert_agreement, sessions};
use crate::plans::{chain, fill, leaves, numbers, plan};

const SIZES: [usize; 4] = [300, 1025, 7, 2048];

#[test]
fn a_kernel_touches_only_the_leaves_of_its_set() {
    let mut json = chain(&leaves("f32", &SIZES), &["trace", "add_decayed_weights", "scale"], "apply");
    json["sets"] = json!([[0, 1, 2, 3], [1, 3], [0, 1]]);
    json["slots"][0]["set"] = json!(1);
    json["phases"][0]["steps"][0]["set"] = json!(1);
    json["phases"][0]["steps"][1]["set"] = json!(2);
    let plan = plan(&json);
    assert_agreement(&plan);
    for (how, mut session) in sessions(&plan) {
        fill(&mut session, &plan);
        let scalars = session.scalars_mut().to_vec();
        let [decay, weight_decay, step_size] = [0, 1, 2].map(|i| scalars[i] as f32);
        let view = |session: &gradloom_core::Session, buffer, leaf| {
            numbers(session, buffer, leaf).into_iter().map(|x| x as f32).collect::<Vec<_>>()
        };
        let before: Vec<_> =
            (0..4).map(|leaf| [GRADS, PARAMS].map(|buffer| view(&session, buffer, leaf))).collect();
        let traces: Vec<_> = [1, 3].map(|leaf| view(&session, SLOTS, leaf)).into();
        session.run(0).expect("phase 0 exists");
        for (leaf, [grads, params]) in before.iter().enumerate() {
            let trace = [None, Some(&traces[0]), None, Some(&traces[1])][leaf];
            let expected: Vec<f32> = (0..grads.len())
                .map(|i| {
                    let u = trace.map_or(grads[i], |trace| grads[i] + decay * trace[i]);
                    let u = if leaf < 2 { u + weight_decay * params[i] } else { u };
                    params[i] + step_size * u
                })
                .collect();
            assert_eq!(view(&session, PARAMS, leaf), expected, "{how}, leaf {leaf}");
        }
        assert!(session.offset(SLOTS, 0).is_none(), "no state for a leaf outside the set");
    }
}

#[test]
fn a_leaf_in_no_step_keeps_its_update() {
    for output in ["updates", "apply"] {
        let mut json = chain(&leaves("f32", &SIZES), &["scale"], output);
        json["sets"] = json!([[1]]);
        let plan = plan(&json);
        assert_agreement(&plan);
        let (_, mut session) = sessions(&plan).remove(0);
        fill(&mut session, &plan);
        let grads = session.view::<f32>(GRADS, 3).expect("an f32 leaf").to_vec();
        let params = session.view::<f32>(PARAMS, 3).map(<[f32]>::to_vec);
        session.run(0).expect("phase 0 exists");
        if output == "updates" {
            assert_eq!(session.view::<f32>(gradloom_core::UPDATES, 3).expect("updates exist"), grads);
            assert!(params.is_err(), "no memory for parameters that nothing reads");
        } else {
            let expected: Vec<f32> =
                params.expect("params exist").iter().zip(grads).map(|(p, g)| p + g).collect();
            assert_eq!(session.view::<f32>(PARAMS, 3).expect("params exist"), expected);
            assert!(
                session.buffer(gradloom_core::UPDATES).is_none(),
                "no memory for updates that nothing needs"
            );
        }
    }
}

#[test]
fn phases_hand_updates_and_registers_on() {
    let mut json = chain(&leaves("f32", &SIZES), &["scale"], "updates");
    json["registers"] = json!(1);
    json["phases"][0]["steps"]
        .as_array_mut()
        .expect("steps are an array")
        .push(json!({ "reduce": "norm", "set": 0, "scope": "tree", "into": 0 }));
    let clip = json!({ "map": "clip_by_global_norm", "set": 0, "scalars": { "norm": { "register": 0 }, "max_norm": 0 } });
    let second = json!({ "input": "updates", "output": "apply", "steps": [clip] });
    json["phases"].as_array_mut().expect("phases are an array").push(second);
    let plan = plan(&json);
    assert_agreement(&plan);
    let (_, mut session) = sessions(&plan).remove(0);
    fill(&mut session, &plan);
    let before = numbers(&session, PARAMS, 0);
    session.run(0).expect("phase 0 exists");
    assert_eq!(numbers(&session, PARAMS, 0), before, "the first phase only stores updates");
    session.run(1).expect("phase 1 exists");
    assert_ne!(numbers(&session, PARAMS, 0), before);
}
