//! From a well-formed plan to a checked one, or to what is wrong with it.

use crate::error::Error;
use crate::lanes::dtype::Dtype;
use crate::plan::broadcast::Broadcast;
use crate::plan::require::{Check, increasing, refusal, require, within};
use crate::plan::resolved::{Kept, Resolved, ResolvedLeaf, ResolvedPhase, ResolvedSlot};
use crate::plan::steps::{Resolver, check_dry_run};
use crate::plan::{Leaf, Output, Phase, Plan, Slot};

/// Most pairs of a step or slot and a leaf: more is a mistake, and would cost more memory than the leaves themselves.
const MAX_TABLE: usize = 1 << 26;

/// Most axes of a leaf: with two elements along each there is no memory for more.
const MAX_AXES: usize = 64;

impl Plan {
    /// Reads a plan from JSON and checks it completely.
    ///
    /// # Errors
    /// `INVALID_PLAN` where the text is not a plan, or the plan contradicts itself.
    pub fn decode(json: &[u8]) -> Result<Plan, Error> {
        let plan: Plan = serde_json::from_slice(json)?;
        plan.check()?;
        Ok(plan)
    }

    /// Checks what the types do not say.
    ///
    /// # Errors
    /// `INVALID_PLAN` where the plan contradicts itself.
    pub fn check(&self) -> Result<(), Error> {
        self.resolve().map(drop)
    }

    /// Checks the plan and looks its names up.
    ///
    /// # Errors
    /// `INVALID_PLAN` where the plan contradicts itself.
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
        require(rank <= MAX_AXES, &at, || format!("{rank} axes are more than {MAX_AXES}"))?;
        let elements = leaf.elements();
        let size = elements.and_then(|n| (n as u64).checked_mul(dtype.size() as u64));
        let total = size.and_then(|size| bytes.checked_add(size)).filter(|total| *total <= i64::MAX as u64);
        let too_large = || refusal(&at, "the leaves are larger than any memory".to_owned());
        bytes = total.ok_or_else(too_large)?;
        leaves.push(ResolvedLeaf { dtype, shape: shape.clone(), elements: elements.ok_or_else(too_large)? });
    }
    Ok(leaves)
}

/// Refuses leaves that are larger than the address space of this machine; a device of its own may have room for them.
pub(crate) fn check_address_space(plan: &Resolved) -> Check {
    let bytes = plan
        .leaves
        .iter()
        .try_fold(0usize, |sum, leaf| sum.checked_add(leaf.elements.checked_mul(leaf.dtype.size())?));
    let fits = bytes.is_some_and(|bytes| bytes <= isize::MAX as usize);
    require(fits, "leaves", || "they are larger than the address space".to_owned())
}

/// Refuses plans whose tables would be larger than their leaves.
fn check_table(plan: &Plan) -> Check {
    let steps = plan.phases.iter().map(passed).fold(0, usize::saturating_add);
    let table = steps.saturating_add(plan.slots.len()).saturating_mul(plan.leaves.len());
    require(table <= MAX_TABLE, "phases", || {
        format!("{table} pairs of a step or slot and a leaf are too many")
    })
}

/// Counts how often a compiler goes through the steps of a phase; it repeats those of a dry run in each pass.
fn passed(phase: &Phase) -> usize {
    let steps = phase.steps.len() + 1;
    if phase.output == Output::Registers { steps.saturating_mul(steps) / 2 } else { steps }
}

fn slot(plan: &Plan, leaves: &[ResolvedLeaf], slot: &Slot, at: &str) -> Result<ResolvedSlot, Error> {
    within(slot.set, plan.sets.len(), "set", at)?;
    let set = &plan.sets[slot.set];
    if let Some(shapes) = &slot.shapes {
        let (shapes, leaves) = (shapes.len(), set.len());
        require(shapes == leaves, at, || format!("{shapes} shapes for {leaves} leaves"))?;
    }
    let kept = set.iter().enumerate().map(|(i, &leaf)| {
        let too_large = || refusal(at, "a shape is larger than the address space".to_owned());
        let elements = slot.elements(i, &plan.leaves[leaf]).ok_or_else(too_large)?;
        let shape = slot.shapes.as_ref().map(|shapes| &shapes[i]);
        let broadcast = shape.and_then(|shape| Broadcast::new(shape, &leaves[leaf].shape));
        Ok((leaf, Kept { elements, broadcast }))
    });
    let kept: Vec<(usize, Kept)> = kept.collect::<Result<_, Error>>()?;
    for &leaf in set {
        let (compute, Some(dtype)) = (leaves[leaf].dtype, slot.dtype) else { break };
        require(dtype.stores(compute), at, || {
            format!("leaf {leaf} is {compute}: its state cannot be {dtype}")
        })?;
    }
    Ok(ResolvedSlot { dtype: slot.dtype, is_shaped: slot.shapes.is_some(), leaves: kept })
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
