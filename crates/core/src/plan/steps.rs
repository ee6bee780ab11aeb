//! Resolves the steps of a plan: finds their kernels, and checks their operands.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::formulas::{self, reductions};
use crate::leafwise;
use crate::plan::require::{Check, increasing, refusal, require, within};
use crate::plan::resolved::{LeafwiseStep, MapStep, ReduceStep, Resolved, ResolvedPhase, ResolvedStep};
use crate::plan::{Leafwise, Map, Plan, Reduce, SLOTS, Scope, Source, Step};

/// The most steps of a dry run: each of its passes repeats the elementwise kernels of the earlier passes.
const MAX_DRY_STEPS: usize = 256;

/// Resolves the steps of all phases, one after the other.
pub(super) struct Resolver<'a> {
    plan: &'a Plan,
    /// The plan's leaves, sets and slots, resolved.
    resolved: &'a Resolved,
    /// For each register that a reduction has written so far, whether each leaf has a value in it.
    written: BTreeMap<usize, Vec<bool>>,
    /// The registers that any reduction writes; the host writes the others.
    reduced: BTreeSet<usize>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(plan: &'a Plan, resolved: &'a Resolved) -> Resolver<'a> {
        let steps = plan.phases.iter().flat_map(|phase| &phase.steps);
        let reduced = steps.filter_map(|step| match step {
            Step::Reduce(step) => Some(step.into),
            _ => None,
        });
        Resolver { plan, resolved, written: BTreeMap::new(), reduced: reduced.collect() }
    }

    /// Resolves the next step.
    pub(super) fn step(&mut self, step: &Step, at: &str) -> Result<ResolvedStep, Error> {
        within(step.set(), self.plan.sets.len(), "set", at)?;
        match step {
            Step::Map(step) => self.map(step, at).map(ResolvedStep::Map),
            Step::Reduce(step) => self.reduce(step, at).map(ResolvedStep::Reduce),
            Step::Leafwise(step) => self.leafwise(step, at).map(ResolvedStep::Leafwise),
        }
    }

    fn map(&self, step: &Map, at: &str) -> Result<MapStep, Error> {
        let formula =
            formulas::find(&step.map).ok_or_else(|| unknown("elementwise kernel", &step.map, at))?;
        let slots = self.slots(formula.slots, &step.slots, step.set, at)?;
        for (i, name) in formula.slots.iter().enumerate() {
            let at = format!("{at}.slots.{name}");
            self.check_broadcast(step.slots[*name], step.set, formula.is_read_only(i), &at)?;
        }
        let scalars = self.scalars(formula.scalars, &step.scalars, step.set, at)?;
        Ok(MapStep { formula, set: step.set, slots, scalars })
    }

    /// Refuses a slot whose shapes differ from those of its leaves, unless it can be broadcast to them and the kernel only reads it.
    fn check_broadcast(&self, slot: usize, set: usize, is_read_only: bool, at: &str) -> Check {
        let Some(shapes) = &self.plan.slots[slot].shapes else { return Ok(()) };
        let spec = &self.resolved.slots[slot];
        for &leaf in &self.plan.sets[set] {
            let own = &self.resolved.leaves[leaf];
            let position = self.plan.sets[spec.set].binary_search(&leaf).unwrap_or_default();
            let (slot_shape, shape) = (&shapes[position], &own.shape);
            if slot_shape == shape || shape.contains(&0) {
                continue;
            }
            require(spec.part(position).is_some_and(|part| part.broadcast.is_some()), at, || {
                format!(
                    "slot {slot} of shape {slot_shape:?} cannot be broadcast to leaf {leaf} of shape {shape:?}"
                )
            })?;
            require(is_read_only, at, || {
                format!("the kernel writes slot {slot}, which lacks axes of leaf {leaf}")
            })?;
            require(spec.dtype.is_none_or(|dtype| dtype == own.dtype), at, || wrong_storage(slot))?;
        }
        Ok(())
    }

    fn reduce(&mut self, step: &Reduce, at: &str) -> Result<ReduceStep, Error> {
        let formula = reductions::find(&step.reduce).ok_or_else(|| unknown("reduction", &step.reduce, at))?;
        let slots = self.slots(formula.slots, &step.slots, step.set, at)?;
        let shaped = step.slots.values().find(|slot| self.resolved.slots[**slot].parts.is_some());
        require(shaped.is_none(), at, || {
            format!("slot {} must have the shapes of its leaves", shaped.unwrap_or(&0))
        })?;
        let scalars = self.scalars(formula.scalars, &step.scalars, step.set, at)?;
        let &Reduce { set, scope, into, .. } = step;
        within(into, self.plan.registers, "register", at)?;
        let leaves = self.written.entry(into).or_insert_with(|| vec![false; self.plan.leaves.len()]);
        match scope {
            Scope::Tree => leaves.fill(true),
            Scope::Leaf => self.plan.sets[set].iter().for_each(|leaf| leaves[*leaf] = true),
        }
        Ok(ReduceStep { formula, set, slots, scalars, scope, into })
    }

    fn leafwise(&self, step: &Leafwise, at: &str) -> Result<LeafwiseStep, Error> {
        let formula =
            leafwise::find(&step.leafwise).ok_or_else(|| unknown("leafwise kernel", &step.leafwise, at))?;
        let Leafwise { set, axes, columns, .. } = step;
        let given = columns.as_deref().unwrap_or_default();
        self.check_axes(axes, *set, &format!("{at}.axes"))?;
        self.check_axes(given, *set, &format!("{at}.columns"))?;
        let both = given.iter().find(|axis| axes.contains(axis));
        require(both.is_none(), at, || {
            format!("axis {} is both in axes and in columns", both.unwrap_or(&0))
        })?;
        let slots = self.slots(&formula.slot_names(), &step.slots, *set, at)?;
        for &slot in step.slots.values() {
            let stored = self.resolved.slots[slot].dtype;
            let converted =
                |leaf: &&usize| stored.is_some_and(|dtype| dtype != self.plan.leaves[**leaf].dtype);
            let leaf = self.plan.sets[*set].iter().find(converted);
            require(leaf.is_none(), at, || wrong_storage(slot))?;
        }
        let (axes, columns) = (axes.clone(), columns.clone());
        let resolved = LeafwiseStep { formula, set: *set, slots, scalars: Vec::new(), axes, columns };
        self.check_fit(&resolved, at)?;
        let scalars = self.scalars(formula.scalars, &step.scalars, *set, at)?;
        Ok(LeafwiseStep { scalars, ..resolved })
    }

    /// Refuses slots whose sizes do not fit the shapes of their leaves, as the kernel sees it.
    fn check_fit(&self, step: &LeafwiseStep, at: &str) -> Check {
        for &leaf in &self.plan.sets[step.set] {
            let shape = &self.plan.leaves[leaf].shape;
            let sizes = step.slot_sizes(self.resolved, leaf);
            let columns = step.columns(shape);
            let fits = shape.contains(&0) || (step.formula.fits)(shape, &step.axes, &columns, &sizes);
            require(fits, at, || {
                format!(
                    "the kernel cannot use slots with {sizes:?} elements for leaf {leaf} of shape {shape:?}"
                )
            })?;
        }
        Ok(())
    }

    /// Refuses axes that are not increasing, or that a leaf of the set does not have.
    fn check_axes(&self, given: &[usize], set: usize, at: &str) -> Check {
        increasing(given, at)?;
        let Some(&axis) = given.last() else { return Ok(()) };
        for &leaf in &self.plan.sets[set] {
            let rank = self.plan.leaves[leaf].shape.len();
            require(axis < rank, at, || format!("there is no axis {axis}: leaf {leaf} has {rank}"))?;
        }
        Ok(())
    }

    /// Returns the buffers of a kernel's slots, in the order in which it declares them.
    fn slots(
        &self,
        expected: &[&str],
        given: &BTreeMap<String, usize>,
        set: usize,
        at: &str,
    ) -> Result<Vec<usize>, Error> {
        check_names("slot", expected, given, at)?;
        for (name, &slot) in given {
            let at = format!("{at}.slots.{name}");
            within(slot, self.plan.slots.len(), "slot", &at)?;
            let uses = given.values().filter(|other| **other == slot).count();
            require(uses == 1, &at, || format!("the kernel uses slot {slot} twice"))?;
            let (used, stored) = (&self.plan.sets[set], &self.plan.sets[self.plan.slots[slot].set]);
            let missing = used.iter().find(|leaf| stored.binary_search(leaf).is_err());
            require(missing.is_none(), &at, || format!("slot {slot} has no leaf {}", missing.unwrap_or(&0)))?;
        }
        Ok(expected.iter().map(|name| SLOTS + given[*name]).collect())
    }

    /// Returns the sources of a kernel's scalars, in the order in which it declares them.
    fn scalars(
        &self,
        expected: &[&str],
        given: &BTreeMap<String, Source>,
        set: usize,
        at: &str,
    ) -> Result<Vec<Source>, Error> {
        check_names("scalar", expected, given, at)?;
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
        Ok(expected.iter().map(|name| given[*name]).collect())
    }
}

fn unknown(kind: &str, name: &str, at: &str) -> Error {
    refusal(at, format!("there is no {kind} \"{name}\""))
}

fn wrong_storage(slot: usize) -> String {
    format!("slot {slot} must be stored in the type of its leaves")
}

/// Refuses operands whose names are not those that the kernel declares.
fn check_names<V>(what: &str, expected: &[&str], given: &BTreeMap<String, V>, at: &str) -> Check {
    let missing = expected.iter().find(|name| !given.contains_key(**name));
    require(missing.is_none(), at, || format!("{what} \"{}\" is missing", missing.unwrap_or(&"")))?;
    let extra = given.keys().find(|name| !expected.contains(&name.as_str()));
    require(extra.is_none(), at, || format!("the kernel has no {what} \"{}\"", extra.map_or("", |name| name)))
}

/// Refuses a dry run that would change more than registers, or that would give another result when its passes repeat earlier steps.
pub(super) fn check_dry_run(plan: &Resolved, phase: &ResolvedPhase, at: &str) -> Check {
    let steps = phase.steps.len();
    require(steps <= MAX_DRY_STEPS, at, || {
        format!("a dry run has at most {MAX_DRY_STEPS} steps, not {steps}")
    })?;
    let mut read = BTreeSet::new();
    for (j, step) in phase.steps.iter().enumerate() {
        let at = format!("{at}.steps[{j}]");
        match step {
            ResolvedStep::Leafwise(_) => {
                return Err(refusal(&at, "a dry run has no leafwise steps".to_owned()));
            }
            ResolvedStep::Reduce(step) => require(!read.contains(&step.into), &at, || {
                format!("a dry run writes register {} after it has read it", step.into)
            })?,
            ResolvedStep::Map(step) => {
                read.extend(step.scalars.iter().filter_map(Source::register));
                let converted = step.slots.iter().find(|buffer| plan.slot(**buffer).dtype.is_some());
                require(converted.is_none(), &at, || {
                    wrong_storage(converted.map_or(0, |buffer| buffer - SLOTS))
                })?;
            }
        }
    }
    Ok(())
}
