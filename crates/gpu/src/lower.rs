use gradloom_core::compile::groups::classes;
use gradloom_core::compile::sections::{Section, cut};
use gradloom_core::plan::{Phase, Plan, Step};

use crate::builder::Builder;
use crate::{Error, GpuPlan, Request, leafwise, stream};

/// Turns a plan into shaders and dispatches for a device. The same input gives the same result, on every machine.
///
/// # Errors
/// `UNSUPPORTED` where a leaf is not f32 or a kernel has no shader, `LIMIT_EXCEEDED` where the device is too small.
pub fn lower(plan: &Plan, request: &Request) -> Result<GpuPlan, Error> {
    let mut builder = Builder::new(plan, request)?;
    for phase in &plan.phases {
        lower_phase(&mut builder, phase)?;
        builder.end_phase();
    }
    builder.finish()
}

/// The same from a request in JSON to a plan in JSON.
///
/// # Errors
/// As `lower`, and `INTERNAL` where the request is not one.
pub fn lower_to_json(plan: &Plan, request: &str) -> Result<String, Error> {
    let request = serde_json::from_str(request).map_err(|error| Error::Request(error.to_string()))?;
    let lowered = lower(plan, &request)?;
    serde_json::to_string(&lowered).map_err(|error| Error::Request(error.to_string()))
}

fn lower_phase(builder: &mut Builder<'_>, phase: &Phase) -> Result<(), Error> {
    let mut classes = classes(builder.plan, phase);
    for section in cut(phase) {
        match section {
            Section::Stream(run) => stream::lower(builder, phase, &run, &mut classes)?,
            Section::Leafwise(step) => {
                let Step::Leafwise(kernel) = &phase.steps[step] else {
                    unreachable!("the section says that it is a leafwise step")
                };
                for class in classes.iter_mut().filter(|class| class.takes(step)) {
                    leafwise::lower(builder, kernel, class)?;
                }
            }
        }
    }
    Ok(())
}
