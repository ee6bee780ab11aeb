//! Leaves in memory of the caller, and memory of a session that is gone.

use std::ptr::NonNull;

use gradloom_core::{GRADS, PARAMS, SLOTS, Session};

use crate::machines::sessions;
use crate::plans::{chain, fill, leaves, plan};

#[test]
fn a_leaf_can_live_in_memory_of_others() {
    let plan = plan(&chain(&leaves("f32", &[1300, 40, 0]), &["scale_by_adam", "scale"], "apply"));
    for (how, mut session) in sessions(&plan) {
        fill(&mut session, &plan);
        let mut reference = Session::open(&plan, Default::default()).expect("a valid plan");
        fill(&mut reference, &plan);
        // The leaves start one number into their vectors: kernels must not rely on the alignment of whole registers.
        let mut params = [vec![0.0], session.view::<f32>(PARAMS, 0).expect("an f32 leaf").to_vec()].concat();
        let mut grads = [vec![0.0], session.view::<f32>(GRADS, 1).expect("an f32 leaf").to_vec()].concat();
        let own = session.view::<f32>(PARAMS, 0).expect("an f32 leaf").to_vec();
        let memory = session.buffer(PARAMS).expect("params exist");
        // SAFETY: both vectors have the leaf's elements, and nobody else uses them while the session runs or returns views.
        unsafe {
            session.redirect(PARAMS, 0, NonNull::from(&mut params[1]).cast()).expect("the leaf exists");
            session.redirect(GRADS, 1, NonNull::from(&mut grads[1]).cast()).expect("the leaf exists");
        }
        session.run(0).expect("phase 0 exists");
        reference.run(0).expect("phase 0 exists");
        for (buffer, leaf) in [(PARAMS, 0), (PARAMS, 1), (SLOTS, 0), (SLOTS + 1, 1)] {
            let expected = reference.view::<f32>(buffer, leaf).expect("an f32 leaf");
            assert_eq!(session.view::<f32>(buffer, leaf).expect("an f32 leaf"), expected, "{how}");
        }
        // SAFETY: the buffer has the leaf's elements at its start, and nothing writes to them now.
        let left = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<f32>().as_ptr(), own.len()) };
        assert_eq!(left, own, "{how}: the arena was written although the leaf lives elsewhere");
    }
}

#[test]
fn a_leaf_that_does_not_exist_cannot_move() {
    let plan = plan(&chain(&leaves("f32", &[4]), &["scale"], "updates"));
    let mut session = Session::open(&plan, Default::default()).expect("a valid plan");
    for (buffer, leaf) in [(GRADS, 1), (PARAMS, 0), (SLOTS, 0), (usize::MAX, 0), (0, usize::MAX)] {
        // SAFETY: the session never uses the pointer: the buffer does not have the leaf.
        let result = unsafe { session.redirect(buffer, leaf, NonNull::dangling()) };
        assert_eq!(result.expect_err("no such leaf").code(), "INTERNAL");
    }
}

#[test]
fn memory_outlives_the_session() {
    let plan = plan(&chain(&leaves("f32", &[100]), &["scale"], "apply"));
    let mut session = Session::open(&plan, Default::default()).expect("a valid plan");
    session.view_mut::<f32>(PARAMS, 0).expect("an f32 leaf").fill(3.0);
    let memory = session.buffer(PARAMS).expect("params exist");
    drop(session);
    assert_eq!(memory.as_ptr().as_ptr() as usize % 64, 0);
    // SAFETY: the buffer has 100 numbers of 4 bytes, and the session is gone.
    assert_eq!(unsafe { memory.as_ptr().cast::<f32>().add(99).read() }, 3.0);
}
