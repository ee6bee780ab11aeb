//! The memory of a session: its buffers, and a table of the place of each leaf in each buffer.

use std::ptr::{NonNull, null_mut};

use crate::compile::needs::Needs;
use crate::error::Error;
use crate::execute::buffer::{ALIGNMENT, Buffer};
use crate::lanes::dtype::Dtype;
use crate::plan::resolved::Resolved;
use crate::plan::{GRADS, PARAMS, Source, UPDATES};

/// Allocates a buffer of a length in bytes for a purpose, for example `the gradients`.
pub(crate) type Allocate<'a> = dyn FnMut(usize, &'static str) -> Result<Buffer, Error> + 'a;

/// The memory of a session; its threads share it and write to disjoint elements.
pub(crate) struct Memory {
    leaves: usize,
    buffers: Vec<Option<Buffer>>,
    /// The place of leaf `l` in buffer `b`, at `b * leaves + l`.
    places: Vec<Option<Place>>,
    pub scalars: Buffer,
    pub registers: Buffer,
    /// The partial sums of reductions, as doubles.
    partials: Buffer,
}

/// The place of a leaf in a buffer.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The address of the leaf: in the buffer, or the one that `redirect` got.
    pub pointer: *mut u8,
    /// The offset of the leaf in the buffer, in bytes.
    pub offset: usize,
    pub elements: usize,
    pub dtype: Dtype,
}

// SAFETY: the pointers lead to memory of the buffers, or to memory that callers of `open_in` and `redirect` keep accessible.
unsafe impl Send for Memory {}
// SAFETY: the tasks of a pass cover disjoint elements, and only the calling thread writes between passes.
unsafe impl Sync for Memory {}

impl Memory {
    /// Allocates the memory of a plan. What callers can see comes from `visible`: the scalars, the registers, then each buffer.
    pub(crate) fn new(
        plan: &Resolved,
        needs: &Needs,
        visible: &mut Allocate<'_>,
        own: &mut Allocate<'_>,
    ) -> Result<Memory, Error> {
        let leaves = plan.leaves.len();
        let bytes = |count: usize, what| count.checked_mul(8).ok_or(Error::OutOfMemory { what });
        let what = "the results of reductions";
        let registers = plan.registers.checked_mul(leaves).ok_or(Error::OutOfMemory { what })?;
        let (hyperparameters, sums) = ("the hyperparameters of a step", "the partial sums of reductions");
        let mut memory = Memory {
            leaves,
            buffers: Vec::new(),
            places: Vec::new(),
            scalars: visible(bytes(plan.scalars, hyperparameters)?, hyperparameters)?,
            registers: visible(bytes(registers, what)?, what)?,
            partials: own(bytes(needs.partials, sums)?, sums)?,
        };
        let element_type = |leaf: usize| plan.leaves[leaf].dtype;
        for (buffer, what) in [(GRADS, "the gradients"), (PARAMS, "the parameters"), (UPDATES, "the updates")]
        {
            let used = [needs.grads, needs.params, needs.updates][buffer];
            let all = plan.leaves.iter().enumerate().map(|(leaf, spec)| (leaf, spec.elements, spec.dtype));
            memory.add(used.then_some(all), what, visible)?;
        }
        for slot in &plan.slots {
            let parts = plan.slot_leaves(slot);
            let parts =
                parts.map(|(leaf, elements)| (leaf, elements, slot.dtype.unwrap_or(element_type(leaf))));
            memory.add(Some(parts), "the optimizer state", visible)?;
        }
        Ok(memory)
    }

    /// Adds a buffer for leaves, each given as its index, number of elements and type; `None` adds a buffer without memory.
    fn add(
        &mut self,
        leaves: Option<impl Iterator<Item = (usize, usize, Dtype)>>,
        what: &'static str,
        allocate: &mut Allocate<'_>,
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
        let buffer = allocate(end, what)?;
        for place in self.places[start..].iter_mut().flatten() {
            place.pointer = buffer.as_ptr().as_ptr().wrapping_add(place.offset);
        }
        self.buffers.push(Some(buffer));
        Ok(())
    }

    pub(crate) fn buffers(&self) -> &[Option<Buffer>] {
        &self.buffers
    }

    pub(crate) fn place(&self, buffer: usize, leaf: usize) -> Option<Place> {
        let known = buffer < self.buffers.len() && leaf < self.leaves;
        known.then(|| self.places[buffer * self.leaves + leaf]).flatten()
    }

    /// Returns the place of a leaf in the slot of a step.
    ///
    /// # Panics
    /// If the slot has no such leaf: a resolved plan has no such step.
    pub(crate) fn slot(&self, buffer: usize, leaf: usize) -> Place {
        self.place(buffer, leaf).expect("a slot has all leaves of its steps")
    }

    /// Makes a leaf lie at `pointer`, without copying its elements.
    pub(crate) fn redirect(&mut self, buffer: usize, leaf: usize, pointer: NonNull<u8>) -> Result<(), Error> {
        let mut place = self.place(buffer, leaf).ok_or(Error::NoSuchLeaf { buffer, leaf })?;
        place.pointer = pointer.as_ptr();
        self.places[buffer * self.leaves + leaf] = Some(place);
        Ok(())
    }

    /// Returns the address of a leaf; null if the buffer does not have the leaf.
    pub(crate) fn leaf(&self, buffer: usize, leaf: usize) -> *mut u8 {
        self.places[buffer * self.leaves + leaf].map_or(null_mut(), |place| place.pointer)
    }

    /// Returns the value of a scalar for a leaf.
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

    /// Borrows `len` partial sums from index `start` on.
    ///
    /// # Safety
    /// Nobody else accesses them while the slice lives.
    #[allow(clippy::mut_from_ref, reason = "threads share the memory and use disjoint parts")]
    pub(crate) unsafe fn partials(&self, start: usize, len: usize) -> &mut [f64] {
        assert!(start + len <= self.partials.len() / size_of::<f64>());
        // SAFETY: in bounds as asserted, any bits are a double, and the caller promises that nobody else accesses them.
        unsafe { std::slice::from_raw_parts_mut(self.partials.as_ptr().cast().add(start).as_ptr(), len) }
    }
}

fn read(buffer: &Buffer, index: usize) -> f64 {
    assert!(index < buffer.len() / size_of::<f64>());
    // SAFETY: in bounds as asserted, aligned because buffers start on 64 bytes, and any bits are a double.
    unsafe { buffer.as_ptr().cast::<f64>().add(index).read() }
}

fn write(buffer: &Buffer, index: usize, value: f64) {
    assert!(index < buffer.len() / size_of::<f64>());
    // SAFETY: as above.
    unsafe { buffer.as_ptr().cast::<f64>().add(index).write(value) }
}
