//! The work that a plan cannot do without: arrays to move, matrix products, and random numbers.

use std::collections::BTreeSet;

use gradloom_core::compile::groups::{LeafGroup, groups};
use gradloom_core::compile::sections::{GroupSteps, Item, Section, StreamSection, cut};
use gradloom_core::plan::Output;
use gradloom_core::plan::resolved::{LeafwiseStep, Resolved, ResolvedPhase};
use gradloom_core::{GRADS, PARAMS, UPDATES};

use crate::stream::Pass;

/// An array with as many elements as the parameters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Array {
    Grads,
    Params,
    Updates,
    /// An array of a slot: the buffer of the slot, and the index of the array in it.
    Slot(usize, usize),
}

/// A product of an m x k and a k x n matrix.
#[derive(Clone, Copy)]
pub struct Product {
    /// m, k and n.
    pub sizes: [usize; 3],
    /// Whether it is in double precision.
    pub double: bool,
    /// The number of times that it is computed.
    pub times: usize,
}

/// The elements of long vectors that are multiplied at a time: both matrices then fit the cache.
const CHUNK: usize = 4096;

/// The least work of a plan with one leaf: of its passes, as gradloom cuts them.
#[derive(Default)]
pub struct Traffic {
    /// The passes over memory: one ends where the next step needs a sum over all elements, or a kernel needs the whole leaf.
    pub passes: Vec<Pass>,
    /// The matrix products.
    pub products: Vec<Product>,
    /// The number of normal numbers to draw for each element.
    pub normals: usize,
}

/// The arrays of one pass.
#[derive(Default)]
struct Arrays {
    reads: BTreeSet<Array>,
    writes: BTreeSet<Array>,
    /// Whether the pass computes sums over all elements.
    sums: bool,
    /// Whether the pass stores the updates.
    stores: bool,
}

/// The state of the count between two sections.
struct Counter<'a> {
    plan: &'a Resolved,
    /// The pass that has not ended yet.
    pass: Arrays,
    /// Whether the updates are in an array of their own, and not in that of the gradients.
    stored: bool,
    traffic: Traffic,
}

impl Traffic {
    /// Counts the work of a step that runs all phases of a plan, of which the last applies the updates.
    pub fn of(plan: &Resolved) -> Traffic {
        let mut count = Counter { plan, pass: Arrays::default(), stored: false, traffic: Traffic::default() };
        for phase in &plan.phases {
            for section in cut(phase) {
                match section {
                    Section::Stream(section) => count.stream(phase, &section),
                    Section::Leafwise(step, _) => count.leafwise(step),
                }
            }
            if phase.output == Output::Apply || count.pass.sums {
                count.end();
            }
        }
        count.traffic
    }
}

impl Counter<'_> {
    /// Returns the array with the updates.
    fn updates(&self) -> Array {
        if self.stored { Array::Updates } else { Array::Grads }
    }

    /// Ends the current pass.
    fn end(&mut self) {
        let mut pass = std::mem::take(&mut self.pass);
        if pass.stores {
            pass.writes.insert(Array::Updates);
            self.stored = true;
        }
        // Plain loops write only to arrays that they read, so there must be as many reads as writes.
        let (reads, writes) = (pass.reads.len(), pass.writes.len());
        if reads > 0 {
            self.traffic.passes.push(Pass { reads: reads.max(writes), writes });
        }
    }

    /// Counts a section of elementwise kernels and reductions. It continues the pass of the leafwise kernel before it, unless that computes sums.
    fn stream(&mut self, phase: &ResolvedPhase, section: &StreamSection) {
        if self.pass.sums {
            self.end();
        }
        let updates = self.updates();
        for group in groups(self.plan, phase) {
            let location = if self.stored { UPDATES } else { GRADS };
            let GroupSteps { items, output } = section.steps_of(phase, &LeafGroup { location, ..group });
            for item in items {
                let (slots, _) = item.operands();
                self.pass.reads.extend(item.reads_params().then_some(Array::Params));
                self.pass.reads.extend(self.arrays(slots));
                match item {
                    Item::Map { .. } => {
                        self.pass.reads.insert(updates);
                        if phase.output != Output::Registers {
                            self.pass.writes.extend(self.arrays(slots));
                        }
                    }
                    Item::Reduce { formula, .. } => {
                        self.pass.reads.extend(formula.reads_updates.then_some(updates));
                        self.pass.sums = true;
                    }
                }
            }
            match output {
                Some(PARAMS) => {
                    self.pass.reads.extend([updates, Array::Params]);
                    self.pass.writes.insert(Array::Params);
                    self.pass.stores = false;
                }
                Some(_) => self.pass.stores = true,
                None => {}
            }
        }
    }

    /// Counts a leafwise kernel.
    fn leafwise(&mut self, step: &LeafwiseStep) {
        self.end();
        let updates = self.updates();
        self.leafwise_arrays(step, updates);
        self.newton_schulz_products(step);
        self.traffic.normals += usize::from(step.formula.name == "add_noise");
    }

    /// Counts the arrays of a leafwise kernel, and the products of L-BFGS.
    fn leafwise_arrays(&mut self, step: &LeafwiseStep, updates: Array) {
        let formula = step.formula;
        let slots = self.arrays(&step.slots);
        let named = |names: &[&str]| -> Vec<usize> {
            let pairs = formula.slots.iter().zip(&step.slots);
            pairs.filter(|(slot, _)| names.contains(&slot.name)).map(|(_, buffer)| *buffer).collect()
        };
        let memories = named(&["diff_params_memory", "diff_updates_memory"]);
        let replaced = |slot: &Array| matches!(slot, Array::Slot(slot, 0) if memories.contains(slot));
        self.pass.reads.insert(updates);
        if formula.reads_params {
            self.pass.reads.insert(Array::Params);
        }
        match formula.name {
            // One row of each memory is replaced without being read.
            "lbfgs_products" => {
                self.pass.reads.extend(slots.iter().copied().filter(|slot| !replaced(slot)));
                // The inner products, in double precision, of 2 (m + 1) vectors with m + 1 of them; only about half of the pairs are needed,
                // those whose first vector is not newer than the second.
                let vectors = slots.len();
                let times = self.elements().div_ceil(CHUNK);
                let sizes = [vectors, CHUNK, (vectors + 2) / 4];
                self.traffic.products.push(Product { sizes, double: true, times });
            }
            "lbfgs_combine" => {
                let kept = named(&["params", "updates"]);
                self.pass.writes.extend(kept.into_iter().map(|buffer| Array::Slot(buffer, 0)));
                self.pass.writes.extend(slots.iter().copied().filter(replaced));
                self.pass.reads.extend(slots.iter().copied().filter(|slot| !replaced(slot)));
                self.pass.stores = true;
            }
            _ => {
                self.pass.reads.extend(slots.iter().copied());
                let written = formula.slots.iter().zip(&step.slots).filter(|(slot, _)| !slot.is_read_only);
                let written: Vec<usize> = written.map(|(_, buffer)| *buffer).collect();
                self.pass.writes.extend(self.arrays(&written));
                self.pass.stores = !formula.reads_only;
            }
        }
        // The results of such a kernel depend on the whole leaf, so the next step needs a pass of its own.
        if formula.reads_only {
            self.end();
        }
    }

    fn elements(&self) -> usize {
        self.plan.leaves[0].elements
    }

    /// Returns the arrays of slots: a slot counts as the number of arrays of the leaf's size that it fills, rounded.
    fn arrays(&self, slots: &[usize]) -> Vec<Array> {
        let elements = self.elements();
        let count = |buffer: usize| (self.plan.slot_elements(buffer, 0) + elements / 2) / elements;
        slots.iter().flat_map(|&buffer| (0..count(buffer)).map(move |i| Array::Slot(buffer, i))).collect()
    }

    /// Counts the products of a Newton-Schulz step: X X', its square, and a polynomial of both times X.
    fn newton_schulz_products(&mut self, step: &LeafwiseStep) {
        if !step.formula.name.starts_with("newton_schulz") {
            return;
        }
        let shape = &self.plan.leaves[0].shape;
        let rows: usize = step.axes.iter().map(|axis| shape[*axis]).product();
        let columns = shape.iter().product::<usize>() / rows;
        let (short, long) = (rows.min(columns), rows.max(columns));
        let product = |sizes| Product { sizes, double: false, times: 1 };
        let all = [[short, long, short], [short, short, short], [short, short, long]];
        self.traffic.products.extend(all.map(product));
    }
}
