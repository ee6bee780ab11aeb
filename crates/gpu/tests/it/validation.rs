//! Validation of shaders by naga.

use gradloom_gpu::{Access, GpuPlan};
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// Panics where a shader of a plan is not valid, or has other bindings than the plan says.
pub fn validate(plan: &GpuPlan) {
    for pipeline in &plan.pipelines {
        let module = naga::front::wgsl::parse_str(&pipeline.wgsl)
            .unwrap_or_else(|error| panic!("{}\n{}", error.emit_to_string(&pipeline.wgsl), pipeline.wgsl));
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}\n{}", error.emit_to_string(&pipeline.wgsl), pipeline.wgsl));
        for (i, access) in pipeline.storage.iter().enumerate() {
            let found = module.global_variables.iter().find_map(|(_, variable)| {
                let bound = variable.binding.is_some_and(|b| b.group == 0 && b.binding == 2 + i as u32);
                bound.then_some(variable.space)
            });
            if let Some(naga::AddressSpace::Storage { access: declared }) = found {
                let writes = declared.contains(naga::StorageAccess::STORE);
                assert_eq!(writes, *access == Access::Storage, "binding {} of {}", 2 + i, pipeline.label);
            } else {
                panic!("binding {} of {} is {found:?}", 2 + i, pipeline.label);
            }
        }
    }
    for dispatch in plan.phases.iter().flatten() {
        assert_eq!(dispatch.storage.len(), plan.pipelines[dispatch.pipeline].storage.len());
    }
}
