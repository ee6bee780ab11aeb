//! Resolves plans: checks leaves, sets, slots and phases.

use crate::error::Error;
use crate::lanes::dtype::Dtype;
use crate::plan::broadcast::Broadcast;
use crate::plan::require::{Check, increasing, refusal, require, within};
use crate::plan::resolved::{Resolved, ResolvedLeaf, ResolvedPhase, ResolvedSlot, SlotPart};
use crate::plan::steps::{Resolver, check_dry_run};
use crate::plan::{Leaf, Output, Phase, Plan, Slot, elements};

/// The most pairs of a step or slot and a leaf: a compiled plan has an entry for each pair, even where the leaves are tiny.
const MAX_TABLE: usize = 1 << 26;

/// The most axes of a leaf: a leaf with two elements along each of 64 axes is larger than any memory.
const MAX_AXES: usize = 64;

impl Plan {
    /// Reads a plan from JSON without checking it: [`Plan::resolve`], which sessions and compilers call, does that.
    ///
    /// # Errors
    /// `INVALID_PLAN` if the text is not the JSON of a plan.
    pub fn parse(json: &[u8]) -> Result<Plan, Error> {
        Ok(serde_json::from_slice(json)?)
    }

    /// Reads a plan from JSON and checks it completely.
    ///
    /// # Errors
    /// `INVALID_PLAN` if the text is not the JSON of a plan, or the plan contradicts itself.
    pub fn decode(json: &[u8]) -> Result<Plan, Error> {
        let plan = Plan::parse(json)?;
        plan.check()?;
        Ok(plan)
    }

    /// Checks the plan: that every index is in range, every kernel exists and has its operands, and every shape fits.
    ///
    /// # Errors
    /// `INVALID_PLAN` if the plan contradicts itself.
    pub fn check(&self) -> Result<(), Error> {
        self.resolve().map(drop)
    }

    /// Checks the plan and looks up its kernels.
    ///
    /// # Errors
    /// `INVALID_PLAN` if the plan contradicts itself, `OUT_OF_MEMORY` if its leaves are larger than any memory.
    pub fn resolve(&self) -> Result<Resolved, Error> {
        let leaves = leaves(self)?;
        for (i, set) in self.sets.iter().enumerate() {
            let at = format!("sets[{i}]");
            increasing(set, &at)?;
            set.last().map_or(Ok(()), |last| within(*last, leaves.len(), "leaf", &at))?;
        }
        check_table(self)?;
        let slots = self.slots.iter().enumerate();
        let slots = slots.map(|(i, spec)| slot(self, &leaves, spec, &format!("slots[{i}]")));
        let mut resolved = Resolved {
            slots: slots.collect::<Result<_, Error>>()?,
            leaves,
            sets: self.sets.clone(),
            scalars: self.scalars,
            registers: self.registers,
            phases: Vec::new(),
        };
        resolved.phases = phases(self, &resolved)?;
        Ok(resolved)
    }
}

fn leaves(plan: &Plan) -> Result<Vec<ResolvedLeaf>, Error> {
    let mut bytes = 0u64;
    let mut leaves = Vec::new();
    for (i, leaf) in plan.leaves.iter().enumerate() {
        let at = format!("leaves[{i}]");
        let Leaf { dtype, ref shape } = *leaf;
        let is_leaf_type = matches!(dtype, Dtype::F32 | Dtype::F64);
        require(is_leaf_type, &at, || format!("a leaf is f32 or f64, not {dtype}"))?;
        let rank = shape.len();
        require(rank <= MAX_AXES, &at, || format!("a leaf has at most {MAX_AXES} axes, not {rank}"))?;
        let elements = leaf.elements();
        let size = elements.and_then(|n| (n as u64).checked_mul(dtype.size() as u64));
        let total = size.and_then(|size| bytes.checked_add(size)).filter(|total| *total <= i64::MAX as u64);
        let too_large = Error::OutOfMemory { what: "the leaves: no machine can have as much" };
        let (Some(total), Some(elements)) = (total, elements) else { return Err(too_large) };
        bytes = total;
        leaves.push(ResolvedLeaf { dtype, shape: shape.clone(), elements });
    }
    Ok(leaves)
}

/// Refuses leaves that are larger than the address space of this process: the CPU cannot run them, though a GPU's memory may be larger.
pub(crate) fn check_address_space(plan: &Resolved) -> Check {
    let bytes = plan
        .leaves
        .iter()
        .try_fold(0usize, |sum, leaf| sum.checked_add(leaf.elements.checked_mul(leaf.dtype.size())?));
    let fits = bytes.is_some_and(|bytes| bytes <= isize::MAX as usize);
    if fits {
        Ok(())
    } else {
        Err(Error::OutOfMemory { what: "the leaves: they are larger than the address space" })
    }
}

/// Refuses plans with more than `MAX_TABLE` pairs of a step or slot and a leaf.
fn check_table(plan: &Plan) -> Check {
    let steps = plan.phases.iter().map(compiled_steps).fold(0, usize::saturating_add);
    let table = steps.saturating_add(plan.slots.len()).saturating_mul(plan.leaves.len());
    require(table <= MAX_TABLE, "phases", || {
        format!("{table} pairs of a step or slot and a leaf are more than {MAX_TABLE}")
    })
}

/// Returns an upper bound of the steps of all passes of a phase: each pass of a dry run repeats the steps of the earlier passes.
fn compiled_steps(phase: &Phase) -> usize {
    let steps = phase.steps.len() + 1;
    if phase.output == Output::Registers { steps.saturating_mul(steps) / 2 } else { steps }
}

fn slot(plan: &Plan, leaves: &[ResolvedLeaf], slot: &Slot, at: &str) -> Result<ResolvedSlot, Error> {
    within(slot.set, plan.sets.len(), "set", at)?;
    let set = &plan.sets[slot.set];
    if let Some(shapes) = &slot.shapes {
        let (shapes, leaves) = (shapes.len(), set.len());
        require(shapes == leaves, at, || format!("the slot has {shapes} shapes for {leaves} leaves"))?;
    }
    let part = |(leaf, shape): (&usize, &Vec<usize>)| -> Result<SlotPart, Error> {
        let too_large = || refusal(at, "a shape is larger than the address space".to_owned());
        let leaf = &leaves[*leaf];
        let broadcast = if leaf.elements > 0 { Broadcast::new(shape, &leaf.shape) } else { None };
        Ok(SlotPart { elements: elements(shape).ok_or_else(too_large)?, broadcast })
    };
    let parts = slot.shapes.as_ref().map(|shapes| set.iter().zip(shapes).map(part).collect::<Result<_, _>>());
    let parts = parts.transpose()?;
    for &leaf in set {
        let (compute, Some(dtype)) = (leaves[leaf].dtype, slot.dtype) else { break };
        require(dtype.stores(compute), at, || {
            format!("the slot stores {dtype}, but leaf {leaf} is {compute}")
        })?;
    }
    Ok(ResolvedSlot { set: slot.set, dtype: slot.dtype, parts })
}

fn phases(plan: &Plan, resolved: &Resolved) -> Result<Vec<ResolvedPhase>, Error> {
    let mut resolver = Resolver::new(plan, resolved);
    let mut phases = Vec::new();
    for (i, phase) in plan.phases.iter().enumerate() {
        let steps = phase.steps.iter().enumerate();
        let steps = steps.map(|(j, step)| resolver.step(step, &format!("phases[{i}].steps[{j}]")));
        let steps = steps.collect::<Result<Vec<_>, Error>>()?;
        let phase = ResolvedPhase { input: phase.input, output: phase.output, steps };
        if phase.output == Output::Registers {
            check_dry_run(resolved, &phase, &format!("phases[{i}]"))?;
        }
        phases.push(phase);
    }
    Ok(phases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_leaves_may_have_axes_whose_product_is_too_large() {
        let shape = "[1099511627776, 1099511627776, 0]";
        let json = format!(
            r#"{{ "leaves": [{{ "dtype": "f32", "shape": {shape} }}], "sets": [[0]],
              "slots": [{{ "set": 0, "shapes": [{shape}] }}], "scalars": 0, "registers": 0, "phases": [] }}"#
        );
        let plan = Plan::parse(json.as_bytes()).and_then(|plan| plan.resolve()).expect("a valid plan");
        assert_eq!(plan.slot_elements(crate::plan::SLOTS, 0), 0);
        assert_eq!(plan.slot_leaves(&plan.slots[0]).collect::<Vec<_>>(), [(0, 0)]);
    }
}
