//! Leafwise kernels: each has valid shaders or is refused by name.

use gradloom_core::leafwise::{self, cases::Case};
use gradloom_gpu::{Error, Limits, Request, lower};

use crate::leafwise_cases::{lower_alone, plan_of};
use crate::plans::request;
use crate::validation::validate;

#[test]
fn every_case_has_valid_shaders_or_is_refused_by_name() {
    for (kernel, case) in
        leafwise::CASES.iter().flat_map(|(kernel, cases)| cases.iter().map(move |case| (kernel, case)))
    {
        match lower_alone(kernel, case) {
            Ok(lowered) => {
                validate(&lowered);
                let (plan, _) = plan_of(case, case.steps);
                validate(&lower(&plan, &request()).expect("the kernels beside it have shaders"));
            }
            Err(error) => {
                assert_eq!(error, Error::Kernel { kernel });
                assert_eq!(error.code(), "UNSUPPORTED");
            }
        }
    }
}

#[test]
fn too_many_axes_or_too_few_buffers_are_refused() {
    let case = Case { leaves: &[&[1; 40]], axes: &[0], ..Case::EMPTY };
    let error = lower_alone("newton_schulz", &case).expect_err("axes");
    assert_eq!(error.code(), "UNSUPPORTED");
    assert!(error.to_string().ends_with("has no shader for a leaf of 40 axes"), "{error}");
    let limits = Limits { max_storage_buffers_per_shader_stage: 3, ..Limits::default() };
    let (plan, _) = plan_of(&Case { leaves: &[&[4, 5]], ..case }, &["newton_schulz"]);
    assert_eq!(lower(&plan, &Request { limits, ..request() }).expect_err("buffers").code(), "LIMIT_EXCEEDED");
}
