//! The memory of a session: a table of where each leaf lies in each buffer.

use std::ptr::{NonNull, null_mut};
use std::sync::Arc;

use crate::compile::needs::Needs;
use crate::error::Error;
use crate::execute::buffer::{ALIGNMENT, Buffer};
use crate::lanes::dtype::Dtype;
use crate::plan::Source;
use crate::plan::resolved::Resolved;
use crate::plan::{GRADS, PARAMS, UPDATES};

/// Where everything lies; workers share it and write to disjoint elements.
pub(crate) struct Memory {
    leaves: usize,
    buffers: Vec<Option<Arc<Buffer>>>,
    /// Per buffer and leaf.
    places: Vec<Option<Place>>,
    pub scalars: Arc<Buffer>,
    pub registers: Arc<Buffer>,
    partials: Buffer,
}

/// A leaf in a buffer.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub pointer: *mut u8,
    pub offset: usize,
    pub elements: usize,
    pub dtype: Dtype,
}

// SAFETY: what the pointers lead to is owned by the buffers, or promised to `redirect`.
unsafe impl Send for Memory {}
// SAFETY: workers write to disjoint elements, as `program` cuts them.
unsafe impl Sync for Memory {}

impl Memory {
    pub(crate) fn new(plan: &Resolved, needs: &Needs) -> Result<Memory, Error> {
        let leaves = plan.leaves.len();
        let f64s = |count: usize, what| {
            Buffer::zeroed(count.checked_mul(8).ok_or(Error::OutOfMemory { what })?, what)
        };
        let registers = plan.registers.checked_mul(leaves).ok_or(Error::OutOfMemory { what: "registers" })?;
        let mut memory = Memory {
            leaves,
            buffers: Vec::new(),
            places: Vec::new(),
            scalars: Arc::new(f64s(plan.scalars, "scalars")?),
            registers: Arc::new(f64s(registers, "registers")?),
            partials: f64s(needs.partials, "partial sums")?,
        };
        let own = |leaf: usize| plan.leaves[leaf].dtype;
        for (buffer, what) in [(GRADS, "grads"), (PARAMS, "params"), (UPDATES, "updates")] {
            let used = [needs.grads, needs.params, needs.updates][buffer];
            let all = plan.leaves.iter().enumerate().map(|(leaf, spec)| (leaf, spec.elements, spec.dtype));
            memory.add(used.then_some(all), what)?;
        }
        for slot in &plan.slots {
            let kept = slot.leaves.iter();
            let kept = kept.map(|&(leaf, kept)| (leaf, kept.elements, slot.dtype.unwrap_or(own(leaf))));
            memory.add(Some(kept), "slots")?;
        }
        Ok(memory)
    }

    /// Adds a buffer with so many elements of a type for each of some leaves, or one without memory.
    fn add(
        &mut self,
        leaves: Option<impl Iterator<Item = (usize, usize, Dtype)>>,
        what: &'static str,
    ) -> Result<(), Error> {
        let start = self.places.len();
        self.places.resize(start + self.leaves, None);
        let Some(leaves) = leaves else {
            self.buffers.push(None);
            return Ok(());
        };
        let mut end = 0usize;
        for (leaf, elements, dtype) in leaves {
            let offset = end.checked_next_multiple_of(ALIGNMENT);
            let size = elements.checked_mul(dtype.size());
            let next = offset.zip(size).and_then(|(offset, size)| offset.checked_add(size));
            end = next.ok_or(Error::OutOfMemory { what })?;
            let offset = offset.unwrap_or_default();
            self.places[start + leaf] = Some(Place { pointer: null_mut(), offset, elements, dtype });
        }
        let buffer = Buffer::zeroed(end, what)?;
        for place in self.places[start..].iter_mut().flatten() {
            place.pointer = buffer.as_ptr().as_ptr().wrapping_add(place.offset);
        }
        self.buffers.push(Some(Arc::new(buffer)));
        Ok(())
    }

    pub(crate) fn buffers(&self) -> &[Option<Arc<Buffer>>] {
        &self.buffers
    }

    pub(crate) fn place(&self, buffer: usize, leaf: usize) -> Option<Place> {
        let known = buffer < self.buffers.len() && leaf < self.leaves;
        known.then(|| self.places[buffer * self.leaves + leaf]).flatten()
    }

    /// Returns where a step's slot keeps a leaf.
    ///
    /// # Panics
    /// Where the slot does not keep the leaf, which no resolved plan asks for.
    pub(crate) fn slot(&self, buffer: usize, leaf: usize) -> Place {
        self.place(buffer, leaf).expect("a slot keeps all leaves of its steps")
    }

    pub(crate) fn redirect(&mut self, buffer: usize, leaf: usize, pointer: NonNull<u8>) -> Result<(), Error> {
        let mut place = self.place(buffer, leaf).ok_or(Error::NoSuchLeaf { buffer, leaf })?;
        place.pointer = pointer.as_ptr();
        self.places[buffer * self.leaves + leaf] = Some(place);
        Ok(())
    }

    /// Where a leaf lies; null if the buffer does not hold it.
    pub(crate) fn leaf(&self, buffer: usize, leaf: usize) -> *mut u8 {
        self.places[buffer * self.leaves + leaf].map_or(null_mut(), |place| place.pointer)
    }

    /// The value of a scalar for a leaf.
    pub(crate) fn scalar(&self, source: Source, leaf: usize) -> f64 {
        match source {
            Source::Host(index) => read(&self.scalars, index),
            Source::Register(source) => read(&self.registers, source.register * self.leaves + leaf),
        }
    }

    pub(crate) fn register(&self, register: usize, leaf: usize) -> Option<f64> {
        let index = register.checked_mul(self.leaves).and_then(|start| start.checked_add(leaf))?;
        let known = leaf < self.leaves && index < self.registers.len() / size_of::<f64>();
        known.then(|| read(&self.registers, index))
    }

    pub(crate) fn set_register(&self, register: usize, leaf: usize, value: f64) {
        write(&self.registers, register * self.leaves + leaf, value);
    }

    pub(crate) fn set_partial(&self, index: usize, value: f64) {
        write(&self.partials, index, value);
    }

    /// Room for `len` numbers at `start`.
    ///
    /// # Safety
    /// Nobody else uses it while the slice lives.
    #[allow(clippy::mut_from_ref, reason = "workers share the memory and use disjoint parts")]
    pub(crate) unsafe fn partials(&self, start: usize, len: usize) -> &mut [f64] {
        assert!(start + len <= self.partials.len() / size_of::<f64>());
        // SAFETY: in bounds, and exclusive because the caller says so.
        unsafe { std::slice::from_raw_parts_mut(self.partials.as_ptr().cast().add(start).as_ptr(), len) }
    }
}

fn read(buffer: &Buffer, index: usize) -> f64 {
    assert!(index < buffer.len() / size_of::<f64>());
    // SAFETY: in bounds; buffers start on 64 bytes.
    unsafe { buffer.as_ptr().cast::<f64>().add(index).read() }
}

fn write(buffer: &Buffer, index: usize, value: f64) {
    assert!(index < buffer.len() / size_of::<f64>());
    // SAFETY: as above.
    unsafe { buffer.as_ptr().cast::<f64>().add(index).write(value) }
}
