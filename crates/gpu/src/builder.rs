//! Collects the parts of a GPU plan: pipelines, tables, dispatches.

use gradloom_core::Dtype;
use gradloom_core::plan::Source;
use gradloom_core::plan::resolved::Resolved;

use crate::arena::{ALIGNMENT, buffers, bytes, countable};
use crate::error::Error;
use crate::gpu_plan::{
    Access, DISPATCH_BLOCK, Dispatch, GpuBuffer, GpuPlan, Pipeline, Place, Range, Request,
};

/// Bytes of a word: a u32 or an f32.
pub(crate) const WORD: u64 = 4;
/// Words of a dispatch's block.
pub(crate) const BLOCK_WORDS: usize = (DISPATCH_BLOCK / WORD) as usize;

/// A GPU plan under construction.
pub(crate) struct Builder<'a> {
    pub plan: &'a Resolved,
    pub request: &'a Request,
    pub buffers: Vec<GpuBuffer>,
    /// The buffer of registers and tables.
    pub info: usize,
    /// The buffer of sums of blocks, one word each.
    pub partials: usize,
    table: Vec<u32>,
    table_offset: u64,
    dispatch_words: Vec<u32>,
    pipelines: Vec<Pipeline>,
    dispatches: Vec<Dispatch>,
    phases: Vec<Vec<Dispatch>>,
}

/// Returns an empty buffer without leaves.
fn scratch(label: &str) -> GpuBuffer {
    GpuBuffer { label: label.to_owned(), size: 0, places: Vec::new(), lent: false }
}

impl<'a> Builder<'a> {
    pub(crate) fn new(plan: &'a Resolved, request: &'a Request) -> Result<Builder<'a>, Error> {
        let mut buffers = buffers(plan, request)?;
        let info = buffers.len();
        buffers.extend([scratch("info"), scratch("partial sums")]);
        let registers = (plan.registers as u64).checked_mul(plan.leaves.len() as u64);
        let size = registers.and_then(|count| count.checked_mul(WORD)?.checked_next_multiple_of(ALIGNMENT));
        let table_offset = countable(size, "info", &request.limits)?;
        within(|| "info".to_owned(), "maxBufferSize", table_offset, request.limits.max_buffer_size)?;
        Ok(Builder {
            plan,
            request,
            buffers,
            info,
            partials: info + 1,
            table: Vec::new(),
            table_offset,
            dispatch_words: Vec::new(),
            pipelines: Vec::new(),
            dispatches: Vec::new(),
            phases: Vec::new(),
        })
    }

    /// Returns the pipeline of a shader; equal shaders share one.
    pub(crate) fn pipeline(&mut self, label: impl Into<String>, wgsl: String, storage: Vec<Access>) -> usize {
        let known = self.pipelines.iter().position(|pipeline| pipeline.wgsl == wgsl);
        known.unwrap_or_else(|| {
            self.pipelines.push(Pipeline { label: label.into(), wgsl, storage });
            self.pipelines.len() - 1
        })
    }

    /// Appends rows to the table and returns the index of their first word in `info`.
    pub(crate) fn table(&mut self, rows: &[u32]) -> u32 {
        let first = self.table_offset / WORD + self.table.len() as u64;
        self.table.extend(rows);
        first as u32
    }

    /// Reserves partial sums for one dispatch and returns the index of the first.
    pub(crate) fn reserve_partials(&mut self, count: u64) -> u32 {
        let first = self.buffers[self.partials].size / WORD;
        self.buffers[self.partials].size += count * WORD;
        first as u32
    }

    /// Reserves words for intermediate results; equal labels share them.
    pub(crate) fn scratch_range(&mut self, label: &str, words: u64) -> Range {
        let found = self.buffers[self.partials..].iter().position(|buffer| buffer.label == label);
        let buffer = found.map(|i| self.partials + i).unwrap_or_else(|| {
            self.buffers.push(scratch(label));
            self.buffers.len() - 1
        });
        let size = words * WORD;
        self.buffers[buffer].size = self.buffers[buffer].size.max(size.next_multiple_of(ALIGNMENT));
        Range { buffer, leaf: None, offset: 0, size }
    }

    /// Returns the type in which the leaves of a buffer are stored.
    pub(crate) fn dtype(&self, buffer: usize) -> Dtype {
        self.buffers[buffer].places.iter().flatten().next().map_or(Dtype::F32, |place| place.dtype)
    }

    /// Returns whether two elements of a buffer share a word.
    pub(crate) fn is_packed(&self, buffer: usize) -> bool {
        self.dtype(buffer) != Dtype::F32
    }

    /// Returns where a leaf of a group lies in one of its buffers.
    ///
    /// # Panics
    /// Where the buffer does not hold the leaf, which no resolved plan asks for.
    pub(crate) fn place_of(&self, buffer: usize, leaf: usize) -> Place {
        self.buffers[buffer].places[leaf].expect("a buffer holds all leaves of its steps")
    }

    /// Returns the range of a leaf in a buffer.
    pub(crate) fn place(&self, buffer: usize, leaf: usize) -> Range {
        let place = self.place_of(buffer, leaf);
        let size = bytes(place.elements, place.dtype).max(WORD);
        Range { buffer, leaf: self.buffers[buffer].lent.then_some(leaf), offset: place.offset, size }
    }

    /// Adds a dispatch; `block` has its words of the second uniform buffer.
    pub(crate) fn dispatch(
        &mut self,
        pipeline: usize,
        workgroups: [u32; 3],
        block: &[u32],
        storage: Vec<Range>,
    ) {
        assert!(block.len() <= BLOCK_WORDS && storage.len() == self.pipelines[pipeline].storage.len());
        let start = self.dispatch_words.len();
        self.dispatch_words.extend(block);
        self.dispatch_words.resize(start + BLOCK_WORDS, 0);
        self.dispatches.push(Dispatch { pipeline, workgroups, block: start as u64 * WORD, storage });
    }

    /// Returns the range of a whole buffer, whose size is not known before `finish`.
    pub(crate) fn whole(&self, buffer: usize) -> Range {
        Range { buffer, leaf: None, offset: 0, size: u64::MAX }
    }

    /// Ends the phase of the dispatches so far.
    pub(crate) fn end_phase(&mut self) {
        let phase = std::mem::take(&mut self.dispatches);
        self.phases.push(phase);
    }

    /// Returns the WGSL of a scalar: a component of the uniform buffer, or the variable of a register.
    pub(crate) fn scalar(source: Source) -> String {
        match source {
            Source::Host(index) => format!("scalars[{}].{}", index / 4, ["x", "y", "z", "w"][index % 4]),
            Source::Register(source) => format!("r{}", source.register),
        }
    }

    /// Returns the plan, unless a buffer or a binding exceeds the limits of the device.
    pub(crate) fn finish(mut self) -> Result<GpuPlan, Error> {
        let limits = &self.request.limits;
        let end = self.table_offset.checked_add(self.table.len() as u64 * WORD);
        let size = end.and_then(|end| end.checked_next_multiple_of(ALIGNMENT));
        self.buffers[self.info].size = countable(size, "info", limits)?.max(ALIGNMENT);
        let mut used = vec![false; self.buffers.len()];
        used[self.info] = true;
        for dispatch in self.phases.iter_mut().flatten() {
            for range in &mut dispatch.storage {
                used[range.buffer] = true;
                // A binding must not be empty, even that of sums over leaves without elements.
                let size = &mut self.buffers[range.buffer].size;
                if range.leaf.is_none() {
                    *size = (*size).max(ALIGNMENT);
                }
                if range.size == u64::MAX {
                    range.size = self.buffers[range.buffer].size;
                }
                let what = || self.buffers[range.buffer].label.clone();
                let most = limits.max_storage_buffer_binding_size;
                within(what, "maxStorageBufferBindingSize", range.size, most)?;
            }
        }
        for (i, buffer) in self.buffers.iter_mut().enumerate() {
            if !used[i] {
                buffer.size = 0;
            }
            within(|| buffer.label.clone(), "maxBufferSize", buffer.size, limits.max_buffer_size)?;
        }
        let scalars_size = (self.plan.scalars as u64 * WORD).next_multiple_of(16).max(16);
        let most = limits.max_uniform_buffer_binding_size;
        within(|| "scalars".to_owned(), "maxUniformBufferBindingSize", scalars_size, most)?;
        Ok(GpuPlan {
            leaves: self.plan.leaves.len(),
            buffers: self.buffers,
            info: self.info,
            table: self.table,
            table_offset: self.table_offset,
            scalars: self.plan.scalars,
            scalars_size,
            dispatch_words: self.dispatch_words,
            pipelines: self.pipelines,
            phases: self.phases,
        })
    }
}

/// Fails where `needed` exceeds a limit of the device.
pub(crate) fn within(
    what: impl FnOnce() -> String,
    limit: &'static str,
    needed: u64,
    allowed: u64,
) -> Result<(), Error> {
    if needed <= allowed { Ok(()) } else { Err(Error::Limit { what: what(), limit, needed, allowed }) }
}
