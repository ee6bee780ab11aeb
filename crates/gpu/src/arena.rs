//! The layout of leaves in the buffers of a plan.

use gradloom_core::plan::resolved::Resolved;
use gradloom_core::sums::BLOCK;
use gradloom_core::{Dtype, GRADS, PARAMS, SLOTS, UPDATES};

use crate::error::Error;
use crate::gpu_plan::{GpuBuffer, Limits, Place, Placement, Request};

/// Alignment in bytes of bindings and of slots with shapes of their own.
pub(crate) const ALIGNMENT: u64 = 256;

/// Returns the bytes of elements, which are packed two to a word where they are halves.
pub(crate) fn bytes(elements: u64, dtype: Dtype) -> u64 {
    (elements * dtype.size() as u64).next_multiple_of(4)
}

/// Returns the size of a buffer; fails if it is `None`, which means more bytes than a u64 counts.
pub(crate) fn countable(size: Option<u64>, label: &str, limits: &Limits) -> Result<u64, Error> {
    let (limit, allowed) = ("maxBufferSize", limits.max_buffer_size);
    size.ok_or_else(|| Error::Limit { what: label.to_owned(), limit, needed: u64::MAX, allowed })
}

/// Lays out grads, params, updates and slots: a leaf starts on a whole block, a slot with a shape of its own on 256 bytes.
pub(crate) fn buffers(plan: &Resolved, request: &Request) -> Result<Vec<GpuBuffer>, Error> {
    for (leaf, spec) in plan.leaves.iter().enumerate() {
        if spec.dtype != Dtype::F32 {
            return Err(Error::LeafType { leaf, dtype: spec.dtype });
        }
    }
    let mut buffers = vec![GpuBuffer::default(); SLOTS];
    let in_arena = Placement::default();
    for (buffer, label, place) in
        [(GRADS, "grads", request.grads), (PARAMS, "params", request.params), (UPDATES, "updates", in_arena)]
    {
        let leaves = plan.leaves.iter().map(|leaf| leaf.elements).enumerate();
        buffers[buffer] = arrange(plan, &request.limits, label.to_owned(), place, BLOCK as u64, leaves)?;
    }
    for (i, slot) in plan.slots.iter().enumerate() {
        let place = Placement { dtype: slot.dtype.unwrap_or(Dtype::F32), lent: false };
        let unit = if slot.parts.is_some() { ALIGNMENT / 2 } else { BLOCK as u64 };
        let leaves = plan.slot_leaves(slot);
        buffers.push(arrange(plan, &request.limits, format!("slot {i}"), place, unit, leaves)?);
    }
    Ok(buffers)
}

/// Lays out the leaves of a buffer, each with its number of elements and from a multiple of `unit` elements on.
fn arrange(
    plan: &Resolved,
    limits: &Limits,
    label: String,
    Placement { dtype, lent }: Placement,
    unit: u64,
    leaves: impl Iterator<Item = (usize, usize)>,
) -> Result<GpuBuffer, Error> {
    if dtype == Dtype::F64 {
        return Err(Error::Storage { what: label, dtype });
    }
    let mut places = vec![None; plan.leaves.len()];
    let mut end = 0u64;
    for (leaf, elements) in leaves {
        let elements = elements as u64;
        places[leaf] = Some(Place { offset: if lent { 0 } else { end }, elements, dtype });
        // Units are whole words, so their bytes need no rounding.
        let size = elements.checked_next_multiple_of(unit).and_then(|n| n.checked_mul(dtype.size() as u64));
        end = countable(size.and_then(|size| end.checked_add(size)), &label, limits)?;
    }
    Ok(GpuBuffer { label, size: if lent { 0 } else { end }, places, lent })
}

#[cfg(test)]
mod tests {
    use gradloom_core::Plan;

    use super::*;

    #[test]
    fn a_leaf_starts_on_a_whole_block() {
        let plan = Plan::decode(
            br#"{ "leaves": [{ "dtype": "f32", "shape": [3] }, { "dtype": "f32", "shape": [1025] }, { "dtype": "f32", "shape": [7] }],
                  "sets": [[0, 2]], "slots": [{ "set": 0, "dtype": "bf16" }], "scalars": 0, "registers": 0, "phases": [] }"#,
        )
        .and_then(|plan| plan.resolve())
        .expect("a plan");
        let request =
            Request { limits: Default::default(), grads: Default::default(), params: Default::default() };
        let buffers = buffers(&plan, &request).expect("it fits");
        let offsets = |buffer: usize| -> Vec<_> {
            buffers[buffer].places.iter().map(|place| place.map(|place| place.offset)).collect()
        };
        assert_eq!(offsets(PARAMS), [Some(0), Some(4096), Some(12288)]);
        assert_eq!(buffers[PARAMS].size, 16384);
        assert_eq!(offsets(SLOTS), [Some(0), None, Some(2048)]);
    }
}
