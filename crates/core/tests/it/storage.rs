//! Slots in half precision, and the types of views.

use gradloom_core::{GRADS, Options, SLOTS, Session, UPDATES};
use half::{bf16, f16};

use crate::machines::assert_agreement;
use crate::plans::{chain, fill, leaves, numbers, plan};

#[test]
fn state_in_half_precision_is_rounded_after_the_step_only() {
    for dtype in ["bf16", "f16"] {
        let mut json = chain(&leaves("f32", &[1, 256, 1300]), &["trace"], "updates");
        json["slots"][0]["dtype"] = dtype.into();
        let plan = plan(&json);
        assert_agreement(&plan);
        let mut session = Session::open(&plan, Options::default()).expect("a valid plan");
        fill(&mut session, &plan);
        let decay = session.scalars_mut()[0] as f32;
        let before: Vec<_> =
            (0..3).map(|leaf| [GRADS, SLOTS].map(|buffer| numbers(&session, buffer, leaf))).collect();
        session.run(0).expect("phase 0 exists");
        for (leaf, [grads, traces]) in before.iter().enumerate() {
            let trace: Vec<f32> =
                grads.iter().zip(traces).map(|(g, t)| *g as f32 + decay * *t as f32).collect();
            assert_eq!(session.view::<f32>(UPDATES, leaf).expect("updates exist"), trace);
            let rounded = |x: &f32| {
                if dtype == "bf16" { bf16::from_f32(*x).to_f64() } else { f16::from_f32(*x).to_f64() }
            };
            assert_eq!(numbers(&session, SLOTS, leaf), trace.iter().map(rounded).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_view_of_another_type_is_refused() {
    let mut json = chain(&leaves("f32", &[4]), &["trace"], "updates");
    json["slots"][0]["dtype"] = "bf16".into();
    let mut session = Session::open(&plan(&json), Options::default()).expect("a valid plan");
    assert_eq!(session.view::<f32>(SLOTS, 0).expect_err("it is bf16").code(), "DTYPE_MISMATCH");
    assert_eq!(session.view_mut::<f64>(GRADS, 0).expect_err("it is f32").code(), "DTYPE_MISMATCH");
    assert_eq!(session.view::<f32>(GRADS, 1).expect_err("there is one leaf").code(), "INTERNAL");
    assert_eq!(session.run(1).expect_err("there is one phase").code(), "INTERNAL");
    assert!(session.view::<f32>(gradloom_core::PARAMS, 0).is_err(), "nothing reads the parameters");
}
