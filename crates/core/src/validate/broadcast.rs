use super::{Check, require};
use crate::Broadcast;
use crate::plan::{Plan, Slot};

/// A slot that lacks axes of its leaves can only be read.
pub(super) fn check(plan: &Plan, slot: usize, set: usize, reads: bool, at: &str) -> Check {
    let Slot { set: own, shapes: Some(shapes), dtype } = &plan.slots[slot] else { return Ok(()) };
    for &leaf in &plan.sets[set] {
        let position = plan.sets[*own].binary_search(&leaf).unwrap_or_default();
        let (kept, shape) = (&shapes[position], &plan.leaves[leaf].shape);
        if kept == shape || shape.contains(&0) {
            continue;
        }
        require(Broadcast::new(kept, shape).is_some(), at, || {
            format!("slot {slot} of shape {kept:?} cannot be broadcast to leaf {leaf} of shape {shape:?}")
        })?;
        require(reads, at, || format!("the kernel changes slot {slot}, which lacks axes of leaf {leaf}"))?;
        require(dtype.is_none_or(|dtype| dtype == plan.leaves[leaf].dtype), at, || {
            format!("slot {slot} is not stored as its leaves are")
        })?;
    }
    Ok(())
}
