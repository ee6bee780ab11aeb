//! Compiled shaders, which the plans of a device share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Result;
use crate::gpu_plan::{Access, DISPATCH_BLOCK, Pipeline};

/// A compiled shader.
pub(super) struct Shader {
    pub layout: wgpu::BindGroupLayout,
    pub pipeline: wgpu::ComputePipeline,
}

/// The compiled shaders of a device by their text: plans with the same kernels share them.
#[derive(Default)]
pub(super) struct Shaders {
    compiled: Mutex<HashMap<String, Arc<Shader>>>,
}

impl Shaders {
    /// Returns the shader of a pipeline; `make` compiles it the first time.
    pub fn get(
        &self,
        pipeline: &Pipeline,
        make: impl FnOnce(&Pipeline) -> Result<Shader>,
    ) -> Result<Arc<Shader>> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shader) = compiled.get(&pipeline.wgsl) {
            return Ok(shader.clone());
        }
        let shader = Arc::new(make(pipeline)?);
        compiled.insert(pipeline.wgsl.clone(), shader.clone());
        Ok(shader)
    }
}

/// Compiles the shader of a pipeline.
pub(super) fn compile(device: &wgpu::Device, source: &Pipeline) -> Shader {
    let label = Some(source.label.as_str());
    let block = wgpu::BufferSize::new(DISPATCH_BLOCK);
    let uniforms =
        [entry(0, wgpu::BufferBindingType::Uniform, None), entry(1, wgpu::BufferBindingType::Uniform, block)];
    let storage = source.storage.iter().enumerate().map(|(index, access)| {
        let read_only = *access == Access::ReadOnlyStorage;
        entry(2 + index as u32, wgpu::BufferBindingType::Storage { read_only }, None)
    });
    let entries: Vec<_> = uniforms.into_iter().chain(storage).collect();
    let layout =
        device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&layout)],
        ..Default::default()
    });
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label,
        source: wgpu::ShaderSource::Wgsl(source.wgsl.as_str().into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    Shader { layout, pipeline }
}

fn entry(
    binding: u32,
    ty: wgpu::BufferBindingType,
    min_binding_size: Option<wgpu::BufferSize>,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size },
        count: None,
    }
}
