//! Lowers a plan, phase by phase and section by section.

use gradloom_core::Plan;
use gradloom_core::compile::groups::groups;
use gradloom_core::compile::sections::{Section, cut};
use gradloom_core::plan::resolved::ResolvedPhase;

use crate::builder::Builder;
use crate::error::Error;
use crate::gpu_plan::{GpuPlan, Request};
use crate::{leafwise, stream};

/// Lowers a plan to shaders and dispatches for a device. The same input gives the same result on every machine.
///
/// # Errors
/// `INVALID_PLAN` if the plan is not valid, `UNSUPPORTED` if a leaf is not f32 or a kernel has no shader, `LIMIT_EXCEEDED` if the plan
/// needs more than the device allows.
pub fn lower(plan: &Plan, request: &Request) -> Result<GpuPlan, Error> {
    let plan = plan.resolve().map_err(|error| Error::Plan(error.to_string()))?;
    let mut builder = Builder::new(&plan, request)?;
    for phase in &plan.phases {
        lower_phase(&mut builder, phase)?;
        builder.end_phase();
    }
    builder.finish()
}

/// Lowers a plan as `lower` does, from a request in JSON to a GPU plan in JSON.
///
/// # Errors
/// The errors of `lower`, and `INTERNAL` if the request is not valid.
pub fn lower_to_json(plan: &Plan, request: &str) -> Result<String, Error> {
    let request = serde_json::from_str(request).map_err(|error| Error::Request(error.to_string()))?;
    let lowered = lower(plan, &request)?;
    serde_json::to_string(&lowered).map_err(|error| Error::Request(error.to_string()))
}

fn lower_phase(builder: &mut Builder<'_>, phase: &ResolvedPhase) -> Result<(), Error> {
    let mut groups = groups(builder.plan, phase);
    for section in cut(phase) {
        match section {
            Section::Stream(section) => stream::lower(builder, phase, &section, &mut groups)?,
            Section::Leafwise(step, index) => {
                for group in groups.iter_mut().filter(|group| group.takes(index)) {
                    leafwise::lower(builder, step, group)?;
                }
            }
        }
    }
    Ok(())
}
