//! Where each leaf lies in each buffer of a plan.

use gradloom_core::plan::Plan;
use gradloom_core::sums::BLOCK;
use gradloom_core::{Dtype, GRADS, PARAMS, SLOTS, UPDATES};

use crate::{Error, GpuBuffer, Place, Placement, Request};

/// What every binding starts on, and everything that is no whole leaf.
pub(crate) const ALIGNMENT: u64 = 256;

/// Bytes of elements that may be packed two to a word.
pub(crate) fn bytes(elements: u64, dtype: Dtype) -> u64 {
    (elements * dtype.size() as u64).next_multiple_of(4)
}

/// Grads, params, updates and slots: a leaf starts on a whole block, what is shaped otherwise on 256 bytes.
pub(crate) fn buffers(plan: &Plan, request: &Request) -> Result<Vec<GpuBuffer>, Error> {
    for (leaf, spec) in plan.leaves.iter().enumerate() {
        if spec.dtype != Dtype::F32 {
            return Err(Error::LeafType { leaf, dtype: spec.dtype });
        }
    }
    let every: Vec<usize> = (0..plan.leaves.len()).collect();
    let mut buffers = vec![GpuBuffer::default(); SLOTS];
    let in_arena = Placement::default();
    for (buffer, label, place) in
        [(GRADS, "grads", request.grads), (PARAMS, "params", request.params), (UPDATES, "updates", in_arena)]
    {
        buffers[buffer] = arrange(plan, label.to_owned(), &every, place.dtype, place.lent, |leaf| {
            (plan.leaves[leaf].elements(), BLOCK as u64)
        })?;
    }
    for (i, slot) in plan.slots.iter().enumerate() {
        let set = &plan.sets[slot.set];
        let dtype = slot.dtype.unwrap_or(Dtype::F32);
        buffers.push(arrange(plan, format!("slot {i}"), set, dtype, false, |leaf| {
            let position = set.binary_search(&leaf).expect("a leaf of the set");
            let unit = if slot.shapes.is_some() { ALIGNMENT / 2 } else { BLOCK as u64 };
            (slot.elements(position, &plan.leaves[leaf]), unit)
        })?);
    }
    Ok(buffers)
}

fn arrange(
    plan: &Plan,
    label: String,
    leaves: &[usize],
    dtype: Dtype,
    lent: bool,
    size: impl Fn(usize) -> (Option<usize>, u64),
) -> Result<GpuBuffer, Error> {
    if dtype == Dtype::F64 {
        return Err(Error::Storage { what: label, dtype });
    }
    let mut places = vec![None; plan.leaves.len()];
    let mut end = 0;
    for &leaf in leaves {
        let (elements, unit) = size(leaf);
        let elements = elements.expect("the plan has been checked") as u64;
        places[leaf] = Some(Place { offset: if lent { 0 } else { end }, elements, dtype });
        end += bytes(elements.next_multiple_of(unit), dtype);
    }
    Ok(GpuBuffer { label, size: if lent { 0 } else { end }, places, lent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_starts_on_a_whole_block() {
        let plan = Plan::decode(
            br#"{ "leaves": [{ "dtype": "f32", "shape": [3] }, { "dtype": "f32", "shape": [1025] }, { "dtype": "f32", "shape": [7] }],
                  "sets": [[0, 2]], "slots": [{ "set": 0, "dtype": "bf16" }], "scalars": 0, "registers": 0, "phases": [] }"#,
        )
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
