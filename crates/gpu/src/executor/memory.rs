//! The memory of a plan on a device.

use wgpu::BufferUsages;

use super::device::Device;
use super::error::{Error, Result};
use crate::gpu_plan::GpuPlan;

/// The buffers of a plan on a device, and copies of some for undo.
pub(super) struct Memory {
    buffers: Vec<Option<wgpu::Buffer>>,
    copies: Vec<Option<wgpu::Buffer>>,
}

impl Memory {
    /// Allocates the buffers of a plan, zeroed but for its table.
    pub fn new(device: &Device, plan: &GpuPlan) -> Result<Memory> {
        let buffers = plan.buffers.iter().map(|buffer| match buffer.size {
            0 => Ok(None),
            size => create(device, &buffer.label, size, STORAGE).map(Some),
        });
        let buffers = buffers.collect::<Result<Vec<_>>>()?;
        let copies = vec![None; buffers.len()];
        let memory = Memory { buffers, copies };
        if !plan.table.is_empty() {
            let (info, words) = (memory.get(plan.info)?, bytemuck::cast_slice(&plan.table));
            device.in_error_scopes(|| device.queue.write_buffer(info, plan.table_offset, words))?;
        }
        Ok(memory)
    }

    /// Returns a buffer that has memory.
    pub fn get(&self, index: usize) -> Result<&wgpu::Buffer> {
        let buffer = self.buffers.get(index).and_then(Option::as_ref);
        buffer.ok_or_else(|| Error::Call(format!("the plan has no memory in buffer {index}")))
    }

    /// Returns a buffer; fails unless it has `size` bytes from `offset` on and both are multiples of a word.
    pub fn range(&self, index: usize, offset: u64, size: u64) -> Result<&wgpu::Buffer> {
        let buffer = self.get(index)?;
        let fits = offset.checked_add(size).is_some_and(|end| end <= buffer.size());
        if !fits || !offset.is_multiple_of(4) || !size.is_multiple_of(4) {
            return Err(Error::Call(format!(
                "{size} bytes from {offset} on do not lie in buffer {index} in words"
            )));
        }
        Ok(buffer)
    }

    /// Returns each buffer with the buffer for its copy, which it allocates the first time.
    pub fn with_copies(&mut self, device: &Device, indices: &[usize]) -> Result<Vec<[wgpu::Buffer; 2]>> {
        for &index in indices {
            let size = self.get(index)?.size();
            if self.copies[index].is_none() {
                let usage = BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
                self.copies[index] = Some(create(device, "kept", size, usage)?);
            }
        }
        self.copied(indices)
    }

    /// Returns each buffer with its copy; fails if there is none.
    pub fn copied(&self, indices: &[usize]) -> Result<Vec<[wgpu::Buffer; 2]>> {
        let pair = |&index: &usize| {
            let copy = self.copies.get(index).and_then(Option::as_ref);
            let copy = copy.ok_or_else(|| Error::Call(format!("no copy was made of buffer {index}")))?;
            Ok([self.get(index)?.clone(), copy.clone()])
        };
        indices.iter().map(pair).collect()
    }
}

const STORAGE: BufferUsages =
    BufferUsages::STORAGE.union(BufferUsages::COPY_SRC).union(BufferUsages::COPY_DST);

/// Allocates a zeroed buffer.
pub(super) fn create(device: &Device, label: &str, size: u64, usage: BufferUsages) -> Result<wgpu::Buffer> {
    let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
    device.in_error_scopes(|| device.raw.create_buffer(&descriptor))
}

/// Allocates a uniform buffer of `size` bytes, but at least 16, with these words: a binding must not be empty.
pub(super) fn uniform(device: &Device, label: &str, words: &[u32], size: u64) -> Result<wgpu::Buffer> {
    let buffer = create(device, label, size.max(16), BufferUsages::UNIFORM | BufferUsages::COPY_DST)?;
    device.in_error_scopes(|| device.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(words)))?;
    Ok(buffer)
}
