//! Everything that can be wrong with a well-formed plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::formulas::{self, reductions};
use crate::lanes::dtype::Dtype;
use crate::leafwise;
use crate::plan::broadcast::Broadcast;
use crate::plan::{Leafwise, Map, Output, Phase, Plan, Reduce, Scope, Slot, Source, Step};

/// Steps and slots times leaves: more is a mistake, and would cost more memory than the leaves themselves.
const MAX_TABLE: usize = 1 << 26;

/// Steps of a phase that is run for its registers alone: some are done again in each of its passes.
const MAX_REHEARSED: usize = 256;

/// Axes of a leaf: with two elements along each there is no room for more.
const MAX_AXES: usize = 64;

type Check = Result<(), Error>;

fn refuse(at: &str, problem: String) -> Check {
    Err(Error::Plan { at: at.to_owned(), problem })
}

fn require(holds: bool, at: &str, problem: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { refuse(at, problem()) }
}

fn within(index: usize, count: usize, what: &str, at: &str) -> Check {
    require(index < count, at, || format!("there is no {what} {index}, only {count}"))
}

fn increasing(values: &[usize], at: &str) -> Check {
    require(values.is_sorted_by(|a, b| a < b), at, || "must be strictly increasing".to_owned())
}

impl Plan {
    /// Reads a plan from JSON and checks it completely.
    pub fn decode(json: &[u8]) -> Result<Plan, Error> {
        let plan: Plan = serde_json::from_slice(json)?;
        plan.check()?;
        Ok(plan)
    }

    /// Checks what the types do not say.
    pub fn check(&self) -> Result<(), Error> {
        check(self)
    }
}

fn check(plan: &Plan) -> Check {
    check_leaves(plan)?;
    for (i, set) in plan.sets.iter().enumerate() {
        let at = format!("sets[{i}]");
        increasing(set, &at)?;
        set.last().map_or(Ok(()), |last| within(*last, plan.leaves.len(), "leaf", &at))?;
    }
    check_slots(plan)?;
    let steps: usize = plan.phases.iter().map(passed).fold(0, usize::saturating_add);
    let table = steps.saturating_add(plan.slots.len()).saturating_mul(plan.leaves.len());
    require(table <= MAX_TABLE, "phases", || {
        format!("{table} pairs of a step or slot and a leaf are too many")
    })?;
    let reduced = plan.phases.iter().flat_map(|phase| &phase.steps).filter_map(|step| match step {
        Step::Reduce(step) => Some(step.into),
        _ => None,
    });
    let mut checker = Checker { plan, written: BTreeMap::new(), reduced: reduced.collect() };
    for (i, phase) in plan.phases.iter().enumerate() {
        for (j, step) in phase.steps.iter().enumerate() {
            checker.step(step, &format!("phases[{i}].steps[{j}]"))?;
        }
        if phase.output == Output::Registers {
            check_rehearsal(plan, phase, &format!("phases[{i}]"))?;
        }
    }
    Ok(())
}

/// How often the steps of a phase are gone through; those that are run for registers alone, again in each pass.
fn passed(phase: &Phase) -> usize {
    let steps = phase.steps.len() + 1;
    if phase.output == Output::Registers { steps.saturating_mul(steps) / 2 } else { steps }
}

/// Refuses what cannot be done without leaving more behind than registers, or not again in each pass.
fn check_rehearsal(plan: &Plan, phase: &Phase, at: &str) -> Check {
    let steps = phase.steps.len();
    require(steps <= MAX_REHEARSED, at, || {
        format!("{steps} steps are more than {MAX_REHEARSED} for registers alone")
    })?;
    let mut read = BTreeSet::new();
    for (j, step) in phase.steps.iter().enumerate() {
        let at = format!("{at}.steps[{j}]");
        match step {
            Step::Leafwise(_) => return refuse(&at, "a kernel of whole leaves changes them".to_owned()),
            Step::Reduce(step) => require(!read.contains(&step.into), &at, || {
                format!("register {} has been read before", step.into)
            })?,
            Step::Map(step) => {
                read.extend(step.scalars.values().filter_map(|source| match source {
                    Source::Register(source) => Some(source.register),
                    Source::Host(_) => None,
                }));
                let converted = step.slots.values().find(|slot| plan.slots[**slot].dtype.is_some());
                require(converted.is_none(), &at, || {
                    format!("slot {} has a type of its own", converted.unwrap_or(&0))
                })?;
            }
        }
    }
    Ok(())
}

fn check_leaves(plan: &Plan) -> Check {
    let mut bytes = 0u64;
    for (i, leaf) in plan.leaves.iter().enumerate() {
        let at = format!("leaves[{i}]");
        let is_leaf_type = matches!(leaf.dtype, Dtype::F32 | Dtype::F64);
        require(is_leaf_type, &at, || format!("a leaf is f32 or f64, not {}", leaf.dtype))?;
        let rank = leaf.shape.len();
        require(rank <= MAX_AXES, &at, || format!("{rank} axes are more than {MAX_AXES}"))?;
        let size = leaf.elements().and_then(|n| (n as u64).checked_mul(leaf.dtype.size() as u64));
        let total = size.and_then(|size| bytes.checked_add(size)).filter(|total| *total <= i64::MAX as u64);
        match total {
            Some(total) => bytes = total,
            None => return refuse(&at, "the leaves are larger than any memory".to_owned()),
        }
    }
    Ok(())
}

/// Refuses leaves that have no room in the memory of this machine; on a device of its own a plan may have more.
pub(crate) fn check_room(plan: &Plan) -> Check {
    let bytes = plan
        .leaves
        .iter()
        .try_fold(0usize, |sum, leaf| sum.checked_add(leaf.elements()?.checked_mul(leaf.dtype.size())?));
    let fits = bytes.is_some_and(|bytes| bytes <= isize::MAX as usize);
    require(fits, "leaves", || "they are larger than the address space".to_owned())
}

fn check_slots(plan: &Plan) -> Check {
    for (i, slot) in plan.slots.iter().enumerate() {
        let at = format!("slots[{i}]");
        within(slot.set, plan.sets.len(), "set", &at)?;
        if let Some(shapes) = &slot.shapes {
            let (shapes, leaves) = (shapes.len(), plan.sets[slot.set].len());
            require(shapes == leaves, &at, || format!("{shapes} shapes for {leaves} leaves"))?;
            let fits = (0..leaves).all(|i| slot.elements(i, &plan.leaves[plan.sets[slot.set][i]]).is_some());
            require(fits, &at, || "a shape is larger than the address space".to_owned())?;
        }
        let Some(dtype) = slot.dtype else { continue };
        for &leaf in &plan.sets[slot.set] {
            let compute = plan.leaves[leaf].dtype;
            require(dtype.stores(compute), &at, || {
                format!("leaf {leaf} is {compute}: its state cannot be {dtype}")
            })?;
        }
    }
    Ok(())
}

/// A slot that lacks axes of its leaves can only be read.
fn check_broadcast(plan: &Plan, slot: usize, set: usize, reads: bool, at: &str) -> Check {
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

struct Checker<'a> {
    plan: &'a Plan,
    /// For each register written so far, the leaves that have a value in it.
    written: BTreeMap<usize, Vec<bool>>,
    /// The registers that some reduction writes; the others are the host's.
    reduced: BTreeSet<usize>,
}

impl Checker<'_> {
    fn step(&mut self, step: &Step, at: &str) -> Check {
        within(step.set(), self.plan.sets.len(), "set", at)?;
        match step {
            Step::Map(step) => self.map(step, at),
            Step::Reduce(step) => self.reduce(step, at),
            Step::Leafwise(step) => self.leafwise(step, at),
        }
    }

    fn map(&self, step: &Map, at: &str) -> Check {
        let Some(formula) = formulas::find(&step.map) else {
            return refuse(at, format!("there is no kernel \"{}\"", step.map));
        };
        self.slots(formula.slots, &step.slots, step.set, at)?;
        for (i, name) in formula.slots.iter().enumerate() {
            let at = format!("{at}.slots.{name}");
            check_broadcast(self.plan, step.slots[*name], step.set, formula.broadcasts(i), &at)?;
        }
        self.scalars(formula.scalars, &step.scalars, step.set, at)
    }

    /// Slots that have an element for each of their leaves.
    fn elementwise(&self, expected: &[&str], given: &BTreeMap<String, usize>, set: usize, at: &str) -> Check {
        self.slots(expected, given, set, at)?;
        let shaped = given.values().find(|slot| self.plan.slots[**slot].shapes.is_some());
        require(shaped.is_none(), at, || format!("slot {} is not like its leaves", shaped.unwrap_or(&0)))
    }

    fn slots(&self, expected: &[&str], given: &BTreeMap<String, usize>, set: usize, at: &str) -> Check {
        names("slot", expected, given, at)?;
        for (name, &slot) in given {
            let at = format!("{at}.slots.{name}");
            within(slot, self.plan.slots.len(), "slot", &at)?;
            let uses = given.values().filter(|other| **other == slot).count();
            require(uses == 1, &at, || format!("slot {slot} is used twice"))?;
            let (used, kept) = (&self.plan.sets[set], &self.plan.sets[self.plan.slots[slot].set]);
            let missing = used.iter().find(|leaf| kept.binary_search(leaf).is_err());
            require(missing.is_none(), &at, || format!("slot {slot} has no leaf {}", missing.unwrap_or(&0)))?;
        }
        Ok(())
    }

    fn reduce(&mut self, step: &Reduce, at: &str) -> Check {
        let Some(formula) = reductions::find(&step.reduce) else {
            return refuse(at, format!("there is no reduction \"{}\"", step.reduce));
        };
        self.elementwise(formula.slots, &step.slots, step.set, at)?;
        self.scalars(formula.scalars, &step.scalars, step.set, at)?;
        within(step.into, self.plan.registers, "register", at)?;
        let leaves = self.written.entry(step.into).or_insert_with(|| vec![false; self.plan.leaves.len()]);
        match step.scope {
            Scope::Tree => leaves.fill(true),
            Scope::Leaf => self.plan.sets[step.set].iter().for_each(|leaf| leaves[*leaf] = true),
        }
        Ok(())
    }

    fn leafwise(&self, step: &Leafwise, at: &str) -> Check {
        let Some(formula) = leafwise::find(&step.leafwise) else {
            return refuse(at, format!("there is no leafwise kernel \"{}\"", step.leafwise));
        };
        let axes = &step.axes[..];
        let columns = step.columns.as_deref().unwrap_or_default();
        self.axes(axes, step.set, &format!("{at}.axes"))?;
        self.axes(columns, step.set, &format!("{at}.columns"))?;
        let both = columns.iter().find(|axis| axes.contains(axis));
        require(both.is_none(), at, || format!("axis {} is used twice", both.unwrap_or(&0)))?;
        self.slots(formula.slots, &step.slots, step.set, at)?;
        for &slot in step.slots.values() {
            let kept = self.plan.slots[slot].dtype;
            let converted = |leaf: &&usize| kept.is_some_and(|kept| kept != self.plan.leaves[**leaf].dtype);
            let leaf = self.plan.sets[step.set].iter().find(converted);
            require(leaf.is_none(), at, || format!("slot {slot} is not stored as its leaves are"))?;
        }
        for &leaf in &self.plan.sets[step.set] {
            let shape = &self.plan.leaves[leaf].shape;
            let columns = step.columns.clone().unwrap_or_else(|| leafwise::other_axes(shape, axes));
            let kept: Vec<usize> =
                formula.slots.iter().map(|name| self.plan.kept(step.slots[*name], leaf)).collect();
            let fits = shape.contains(&0) || (formula.fits)(shape, axes, &columns, &kept);
            require(fits, at, || {
                format!("slots of {kept:?} numbers do not fit leaf {leaf} of shape {shape:?}")
            })?;
        }
        self.scalars(formula.scalars, &step.scalars, step.set, at)
    }

    fn axes(&self, given: &[usize], set: usize, at: &str) -> Check {
        increasing(given, at)?;
        let Some(&axis) = given.last() else { return Ok(()) };
        for &leaf in &self.plan.sets[set] {
            let rank = self.plan.leaves[leaf].shape.len();
            require(axis < rank, at, || format!("leaf {leaf} has {rank} axes, there is no axis {axis}"))?;
        }
        Ok(())
    }

    fn scalars(&self, expected: &[&str], given: &BTreeMap<String, Source>, set: usize, at: &str) -> Check {
        names("scalar", expected, given, at)?;
        for (name, source) in given {
            let at = format!("{at}.scalars.{name}");
            let register = match source {
                Source::Host(index) => {
                    within(*index, self.plan.scalars, "scalar", &at)?;
                    continue;
                }
                Source::Register(source) => source.register,
            };
            within(register, self.plan.registers, "register", &at)?;
            if !self.reduced.contains(&register) {
                continue;
            }
            let written = self.written.get(&register);
            let has = |leaf: &&usize| written.is_some_and(|leaves| leaves[**leaf]);
            let missing = self.plan.sets[set].iter().find(|leaf| !has(leaf));
            require(missing.is_none(), &at, || {
                format!("register {register} is read before it is written for leaf {}", missing.unwrap_or(&0))
            })?;
        }
        Ok(())
    }
}

fn names<V>(what: &str, expected: &[&str], given: &BTreeMap<String, V>, at: &str) -> Check {
    let missing = expected.iter().find(|name| !given.contains_key(**name));
    require(missing.is_none(), at, || format!("{what} \"{}\" is missing", missing.unwrap_or(&"")))?;
    let extra = given.keys().find(|name| !expected.contains(&name.as_str()));
    require(extra.is_none(), at, || format!("the kernel has no {what} \"{}\"", extra.map_or("", |name| name)))
}
