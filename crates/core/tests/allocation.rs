//! A test that counts allocations: a run makes none.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use gradloom_core::{Options, Plan, Session};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `alloc` got the block from the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_run_on_one_thread_allocates_nothing() {
    let plan = br#"{
        "leaves": [{ "dtype": "f32", "shape": [3000] }, { "dtype": "f64", "shape": [70, 3] }],
        "sets": [[0, 1], [0]], "slots": [{ "set": 0 }, { "set": 1, "dtype": "bf16" }], "scalars": 2, "registers": 1,
        "phases": [{ "input": "grads", "output": "apply", "steps": [
            { "reduce": "norm", "set": 0, "scope": "tree", "into": 0 },
            { "map": "clip_by_global_norm", "set": 0, "scalars": { "norm": { "register": 0 }, "max_norm": 0 } },
            { "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 1 } },
            { "leafwise": "adaptive_grad_clip", "set": 0, "scalars": { "clipping": 0, "eps": 1 }, "axes": [0] },
            { "map": "trace", "set": 1, "slots": { "trace": 1 }, "scalars": { "decay": 1 } }
        ] }]
    }"#;
    let plan = Plan::decode(plan).expect("a valid plan");
    let mut session = Session::open(&plan, Options { isa: None, threads: 1 }).expect("a valid plan");
    let before = COUNT.get();
    for _ in 0..3 {
        session.run(0).expect("phase 0 exists");
    }
    assert_eq!(COUNT.get(), before);
    assert!(before > 0, "the counter counts");
}
