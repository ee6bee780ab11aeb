//! The cases of leafwise kernels, lowered for GPUs.

use gradloom_core::Plan;
use gradloom_core::leafwise::cases::Case;
use gradloom_gpu::{Error, GpuPlan, Limits, Placement, Request, lower};

use crate::clipped_adamw::plan;

/// Returns the plan of some steps of a case, and the values of its scalars.
pub fn plan_of(case: &Case, steps: &[&'static str]) -> (Plan, Vec<f64>) {
    let of_case = case.plan("f32", steps);
    (plan(&of_case.json.to_string()), of_case.scalars)
}

/// Lowers a step of a kernel alone, over the leaves of a case; the error of a kernel without a shader names it.
pub fn lower_alone(kernel: &'static str, case: &Case) -> Result<GpuPlan, Error> {
    let placement = Placement::default();
    let request = Request { limits: Limits::default(), grads: placement, params: placement };
    lower(&plan_of(case, &[kernel]).0, &request)
}
