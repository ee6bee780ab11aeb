//! Sessions: a plan with its memory on a device.

use std::sync::{Arc, mpsc};

use wgpu::BufferUsages;

use super::command_queue::CommandQueue;
use super::device::Device;
use super::error::{Error, Result};
use super::memory::{Memory, create, uniform};
use super::reading::Reading;
use super::shaders::Shader;
use crate::gpu_plan::{DISPATCH_BLOCK, Dispatch, GpuPlan, Range};

/// A plan with its memory on a device. Calls take effect in order; memory starts zeroed.
pub struct Session {
    device: Arc<Device>,
    memory: Memory,
    scalars: wgpu::Buffer,
    scalar_count: usize,
    phases: Vec<Vec<Step>>,
    queue: CommandQueue,
}

/// A dispatch with its pipeline and bindings.
struct Step {
    shader: Arc<Shader>,
    group: wgpu::BindGroup,
    workgroups: [u32; 3],
}

impl Session {
    /// Allocates the memory of a plan and compiles its shaders.
    pub fn open(device: Arc<Device>, plan: &GpuPlan) -> Result<Session> {
        if plan.buffers.iter().any(|buffer| buffer.lent) {
            return Err(Error::Unsupported("the native GPU engine has no buffers of a caller's"));
        }
        device.collect();
        let memory = Memory::new(&device, plan)?;
        let scalars = uniform(&device, "scalars", &[], plan.scalars_size)?;
        let blocks =
            uniform(&device, "dispatches", &plan.dispatch_words, plan.dispatch_words.len() as u64 * 4)?;
        let shaders = plan.pipelines.iter().map(|pipeline| device.shader(pipeline));
        let shaders = shaders.collect::<Result<Vec<_>>>()?;
        let binding = Binding { device: &device, memory: &memory, scalars: &scalars, blocks: &blocks };
        let phases = plan.phases.iter().map(|dispatches| {
            dispatches.iter().map(|dispatch| binding.step(&shaders, dispatch)).collect::<Result<Vec<_>>>()
        });
        let phases = phases.collect::<Result<Vec<_>>>()?;
        let queue = CommandQueue::new(&device, plan.buffers.first().map_or(0, |grads| grads.size));
        Ok(Session { device, memory, scalars, scalar_count: plan.scalars, phases, queue })
    }

    /// Writes bytes to a buffer; `offset` and their number are multiples of 4.
    pub fn write(&mut self, buffer: usize, offset: u64, bytes: &[u8]) -> Result<()> {
        let buffer = self.memory.range(buffer, offset, bytes.len() as u64)?;
        self.queue.upload(&self.device, buffer, offset, bytes)
    }

    /// Starts to read bytes of a buffer as all earlier calls leave them.
    pub fn read(&mut self, buffer: usize, offset: u64, size: u64) -> Result<Reading> {
        let buffer = self.memory.range(buffer, offset, size)?;
        // A mapping must not be empty.
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let staging = create(&self.device, "read", size.max(4), usage)?;
        self.queue.record(&self.device, |encoder| {
            encoder.copy_buffer_to_buffer(buffer, offset, &staging, 0, size);
        })?;
        let submission = self.queue.submit(&self.device)?;
        let (sender, mapped) = mpsc::channel();
        self.device.in_error_scopes(|| {
            // Sending fails if the reading was dropped: nobody waits for the result then.
            staging.map_async(wgpu::MapMode::Read, .., move |result| {
                drop(sender.send(result.map_err(|error| Error::Refused(error.to_string()))));
            });
        })?;
        Ok(Reading { device: self.device.clone(), staging, size, submission, mapped })
    }

    /// Runs phases in order with these scalars, in one compute pass and one submission.
    pub fn run(&mut self, phases: &[usize], scalars: &[f32]) -> Result<()> {
        if scalars.len() != self.scalar_count {
            let (given, wanted) = (scalars.len(), self.scalar_count);
            return Err(Error::Call(format!("the plan has {wanted} scalars, not {given}")));
        }
        let steps = phases.iter().map(|&phase| {
            self.phases.get(phase).ok_or_else(|| Error::Call(format!("the plan has no phase {phase}")))
        });
        let steps = steps.collect::<Result<Vec<_>>>()?;
        self.device.in_error_scopes(|| {
            self.device.queue.write_buffer(&self.scalars, 0, bytemuck::cast_slice(scalars));
        })?;
        self.queue.record(&self.device, |encoder| {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for Step { shader, group, workgroups: [x, y, z] } in steps.into_iter().flatten() {
                pass.set_pipeline(&shader.pipeline);
                pass.set_bind_group(0, group, &[]);
                pass.dispatch_workgroups(*x, *y, *z);
            }
        })?;
        self.queue.submit(&self.device).map(drop)
    }

    /// Copies whole buffers, so that `restore` can undo what changes them.
    pub fn keep(&mut self, buffers: &[usize]) -> Result<()> {
        let copies = self.memory.with_copies(&self.device, buffers)?;
        self.copy(copies.iter().map(|[original, copy]| [original, copy]))
    }

    /// Copies back what the last `keep` of these buffers copied.
    pub fn restore(&mut self, buffers: &[usize]) -> Result<()> {
        let copies = self.memory.copied(buffers)?;
        self.copy(copies.iter().map(|[original, copy]| [copy, original]))
    }

    fn copy<'a>(&mut self, pairs: impl Iterator<Item = [&'a wgpu::Buffer; 2]>) -> Result<()> {
        self.queue.record(&self.device, |encoder| {
            for [from, to] in pairs {
                encoder.copy_buffer_to_buffer(from, 0, to, 0, from.size());
            }
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.device.collect();
    }
}

/// The resources of which the bind groups of a plan are made.
struct Binding<'a> {
    device: &'a Device,
    memory: &'a Memory,
    scalars: &'a wgpu::Buffer,
    blocks: &'a wgpu::Buffer,
}

impl Binding<'_> {
    fn step(&self, shaders: &[Arc<Shader>], dispatch: &Dispatch) -> Result<Step> {
        let shader = shaders.get(dispatch.pipeline);
        let shader =
            shader.ok_or_else(|| Error::Call(format!("the plan has no shader {}", dispatch.pipeline)))?;
        let storage = dispatch.storage.iter().map(|range| self.storage(range));
        let resources =
            [Ok(self.scalars.as_entire_binding()), Ok(part(self.blocks, dispatch.block, DISPATCH_BLOCK))];
        let entries =
            resources.into_iter().chain(storage).zip(0..).map(|(resource, binding)| {
                resource.map(|resource| wgpu::BindGroupEntry { binding, resource })
            });
        let entries = entries.collect::<Result<Vec<_>>>()?;
        let descriptor = wgpu::BindGroupDescriptor { label: None, layout: &shader.layout, entries: &entries };
        let group = self.device.in_error_scopes(|| self.device.raw.create_bind_group(&descriptor))?;
        Ok(Step { shader: shader.clone(), group, workgroups: dispatch.workgroups })
    }

    fn storage(&self, range: &Range) -> Result<wgpu::BindingResource<'_>> {
        Ok(part(self.memory.range(range.buffer, range.offset, range.size)?, range.offset, range.size))
    }
}

fn part(buffer: &wgpu::Buffer, offset: u64, size: u64) -> wgpu::BindingResource<'_> {
    wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: wgpu::BufferSize::new(size) })
}
