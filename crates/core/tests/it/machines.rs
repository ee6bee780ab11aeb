//! All sessions that this machine can open for a plan, which must agree to the bit.

use gradloom_core::{Options, Plan, Session, available_isas};

use crate::plans::{bits, fill, gaps_are_zero};

/// Opens a plan with every instruction set, on one thread and on two, fused and unfused; each session has a description.
pub fn sessions(plan: &Plan) -> Vec<(String, Session)> {
    let mut sessions = Vec::new();
    for isa in available_isas() {
        for threads in [1, 2] {
            let options = Options { isa: Some(isa), threads };
            let fused = Session::open(plan, options).expect("a valid plan");
            let unfused = Session::open_unfused(plan, options).expect("a valid plan");
            sessions.push((format!("{isa}, {threads} threads, fused"), fused));
            sessions.push((format!("{isa}, {threads} threads, unfused"), unfused));
        }
    }
    sessions
}

/// Runs all phases twice in every session, and checks that all have the same bits at the end and wrote to no gap between leaves.
pub fn assert_agreement(plan: &Plan) {
    assert_agreement_with(plan, |_| ());
}

/// Checks the same as `assert_agreement`, with these values of the scalars.
pub fn assert_agreement_of(plan: &Plan, scalars: &[f64]) {
    assert_agreement_with(plan, |session| session.scalars_mut().copy_from_slice(scalars));
}

fn assert_agreement_with(plan: &Plan, prepare: impl Fn(&mut Session)) {
    let mut expected = None;
    for (how, mut session) in sessions(plan) {
        fill(&mut session, plan);
        prepare(&mut session);
        for phase in (0..plan.phases.len()).chain(0..plan.phases.len()) {
            session.run(phase).expect("the phase exists");
        }
        for buffer in 0..session.buffer_count() {
            assert!(
                gaps_are_zero(&session, plan, buffer),
                "{how}: buffer {buffer} was written between leaves"
            );
        }
        let found = bits(&session, plan);
        match &expected {
            None => expected = Some((how, found)),
            Some((first, expected)) => assert!(*expected == found, "{how} differs from {first}: {plan:?}"),
        }
    }
}
