use crate::both::{CLIPPED_ADAMW, Start, cramped, on_cpu, on_gpu, request};
use crate::clipped_adamw::{clipped_adamw, plan};

#[test]
fn clipped_adamw_has_the_same_bits() {
    for lengths in [&[0][..], &[0, 0], &[1], &[255, 256, 257], &[1023, 1024, 1025, 0, 3], &[200_000, 17]] {
        let plan = clipped_adamw(lengths, "");
        let start = Start { plan: &plan, scalars: &CLIPPED_ADAMW, steps: 3 };
        let cpu = on_cpu(&start, &request());
        on_gpu(&start, &request()).assert_same_bits(&cpu);
        on_gpu(&start, &cramped()).assert_same_bits(&cpu);
    }
}

#[test]
fn a_leaf_of_more_than_a_block_of_blocks_has_the_same_norm() {
    let plan = clipped_adamw(&[1_100_000, 5], "");
    let start = Start { plan: &plan, scalars: &CLIPPED_ADAMW, steps: 1 };
    on_gpu(&start, &request()).assert_same_bits(&on_cpu(&start, &request()));
    let plan = clipped_adamw(&[1_100_000], "");
    let start = Start { plan: &plan, scalars: &CLIPPED_ADAMW, steps: 1 };
    on_gpu(&start, &request()).assert_same_bits(&on_cpu(&start, &request()));
}

#[test]
fn more_leaves_than_a_block_have_the_same_norm() {
    let lengths: Vec<usize> = (0..1500).map(|i| i % 4).collect();
    let plan = clipped_adamw(&lengths, "");
    let start = Start { plan: &plan, scalars: &CLIPPED_ADAMW, steps: 1 };
    on_gpu(&start, &request()).assert_same_bits(&on_cpu(&start, &request()));
}

#[test]
fn norms_of_leaves_after_a_kernel_have_the_same_bits() {
    let plan = plan(
        r#"{ "leaves": [{ "dtype": "f32", "shape": [2000] }, { "dtype": "f32", "shape": [3] }, { "dtype": "f32", "shape": [1100000] }],
        "sets": [[0, 2], [1]], "slots": [{ "set": 0 }], "scalars": 5, "registers": 3,
        "phases": [{ "input": "grads", "output": "updates", "steps": [
          { "map": "trace", "set": 0, "slots": { "trace": 0 }, "scalars": { "decay": 0 } },
          { "reduce": "param_norm", "set": 0, "scope": "leaf", "into": 0 },
          { "reduce": "rms", "set": 0, "scope": "leaf", "into": 1 },
          { "reduce": "not_finite", "set": 1, "scope": "tree", "into": 2 },
          { "map": "scale_by_trust_ratio", "set": 0, "scalars": { "param_norm": { "register": 0 }, "update_norm": { "register": 1 },
            "min_norm": 1, "trust_coefficient": 2, "eps": 3 } }
        ] }, { "input": "updates", "output": "apply", "steps": [] }] }"#,
    );
    let start = Start { plan: &plan, scalars: &[0.9, 0.01, 0.7, 1e-3, 0.0], steps: 3 };
    let cpu = on_cpu(&start, &request());
    on_gpu(&start, &request()).assert_same_bits(&cpu);
    on_gpu(&start, &cramped()).assert_same_bits(&cpu);
}
