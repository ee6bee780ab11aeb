//! Tests that all instruction sets, all numbers of threads, and fused and unfused kernels give the same bits.

use gradloom_core::formulas::{self, fused};
use gradloom_core::{Options, Session, available_isas};
use serde_json::json;

use crate::machines::assert_agreement;
use crate::plans::{chain, leaves, plan};

/// Sizes at and beside the edges of vectors, tiles and blocks.
const SIZES: [usize; 14] = [0, 1, 3, 15, 16, 17, 255, 256, 257, 511, 1023, 1024, 1025, 2303];

#[test]
fn every_kernel_agrees_everywhere() {
    let leaves = [leaves("f32", &SIZES), leaves("f64", &SIZES)].concat();
    for formula in formulas::all() {
        for output in ["none", "registers", "updates", "apply"] {
            assert_agreement(&plan(&chain(&leaves, &[formula.name], output)));
        }
    }
}

#[test]
fn every_fused_chain_agrees_with_its_kernels() {
    let leaves = [leaves("f32", &[1, 256, 1300]), leaves("f64", &[257])].concat();
    for chain_of in fused::ALL {
        assert_agreement(&plan(&chain(&leaves, chain_of.names, "updates")));
        let applied = chain_of.names.strip_suffix(&["apply"]);
        assert_agreement(&plan(&chain(&leaves, applied.unwrap_or(chain_of.names), "apply")));
    }
}

#[test]
fn threads_share_large_leaves_and_agree() {
    let sizes = [100_003, 5, 20_000, 0, 64_512];
    let leaves = [leaves("f32", &sizes), leaves("f64", &sizes)].concat();
    let mut json =
        chain(&leaves, &["clip_by_global_norm", "scale_by_adam", "add_decayed_weights", "scale"], "apply");
    let all = json["sets"][0].clone();
    json["sets"] = json!([all, [0, 2, 3, 8]]);
    json["registers"] = json!(2);
    let steps = json["phases"][0]["steps"].as_array_mut().expect("steps are an array");
    steps[0]["scalars"]["norm"] = json!({ "register": 0 });
    steps.insert(0, json!({ "reduce": "norm", "set": 0, "scope": "tree", "into": 0 }));
    steps.push(json!({ "reduce": "rms", "set": 1, "scope": "leaf", "into": 1 }));
    assert_agreement(&plan(&json));
}

#[test]
fn leafwise_kernels_agree_everywhere() {
    let shapes = [json!([3, 5]), json!([257]), json!([2, 0, 3]), json!([]), json!([300, 200, 2])];
    let leaves: Vec<_> = shapes
        .iter()
        .flat_map(|shape| ["f32", "f64"].map(|dtype| json!({ "dtype": dtype, "shape": shape })))
        .collect();
    let mut json = chain(&leaves, &["scale", "trace"], "apply");
    let all = json["sets"][0].clone();
    json["sets"] = json!([all, [0, 1, 2, 3, 4, 5, 8, 9], [6, 7]]);
    let steps = json["phases"][0]["steps"].as_array_mut().expect("steps are an array");
    for (set, axes) in [(1, json!([0])), (2, json!([]))] {
        let scalars = json!({ "clipping": 0, "eps": 1 });
        steps.insert(
            set,
            json!({ "leafwise": "adaptive_grad_clip", "set": set, "scalars": scalars, "axes": axes }),
        );
    }
    assert_agreement(&plan(&json));
}

#[test]
fn an_instruction_set_the_machine_lacks_is_refused() {
    let plan = plan(&chain(&leaves("f32", &[4]), &["scale"], "apply"));
    for isa in ["portable", "sse2", "neon", "simd128", "avx2", "avx512"] {
        let isa = isa.parse().expect("the name of an instruction set");
        let opened = Session::open(&plan, Options { isa: Some(isa), threads: 1 });
        match opened {
            Ok(session) => assert_eq!(session.isa(), isa),
            Err(error) => {
                assert!(!available_isas().contains(&isa));
                assert_eq!(error.code(), "ENGINE_UNAVAILABLE");
            }
        }
    }
    assert!("mmx".parse::<gradloom_core::Isa>().is_err());
}
