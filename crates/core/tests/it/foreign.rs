//! Leaves and sessions in memory of the caller.

use std::ptr::NonNull;

use gradloom_core::{GRADS, Options, PARAMS, SLOTS, Session};

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
        let memory = session.buffer(PARAMS).expect("params exist").as_ptr();
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
        let left = unsafe { std::slice::from_raw_parts(memory.cast::<f32>().as_ptr(), own.len()) };
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
fn a_session_runs_in_memory_of_others() {
    let plan = plan(&chain(&leaves("f32", &[1300, 40, 0]), &["scale_by_adam", "clip"], "apply"));
    let mut own = Session::open(&plan, Options::default()).expect("a valid plan");
    let mut blocks = Vec::new();
    let lend = |bytes: usize| {
        blocks.push(vec![Block::default(); bytes.div_ceil(size_of::<Block>())]);
        NonNull::new(blocks.last_mut()?.as_mut_ptr().cast())
    };
    // SAFETY: each block is zeroed and large enough, and they are freed after the session.
    let mut lent = unsafe { Session::open_in(&plan, Options::default(), lend) }.expect("a valid plan");
    for session in [&mut own, &mut lent] {
        fill(session, &plan);
        session.run(0).expect("phase 0 exists");
    }
    for (buffer, leaf) in [(PARAMS, 0), (PARAMS, 1), (PARAMS, 2), (SLOTS, 0), (SLOTS + 1, 1)] {
        let expected = own.view::<f32>(buffer, leaf).expect("an f32 leaf");
        assert_eq!(lent.view::<f32>(buffer, leaf).expect("an f32 leaf"), expected);
    }
    drop(lent);
    assert!(blocks.iter().flatten().any(|block| block.0.iter().any(|byte| *byte != 0)));
}

#[test]
fn too_little_memory_of_others_is_an_error() {
    let plan = plan(&chain(&leaves("f32", &[100]), &["scale"], "apply"));
    // SAFETY: no memory is lent.
    let result = unsafe { Session::open_in(&plan, Options::default(), |_| None) };
    assert_eq!(result.err().expect("no memory").code(), "OUT_OF_MEMORY");
}

/// Memory as sessions need it.
#[derive(Clone)]
#[repr(align(64))]
struct Block([u8; 64]);

impl Default for Block {
    fn default() -> Self {
        Block([0; 64])
    }
}
