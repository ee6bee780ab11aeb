use std::collections::BTreeSet;

use gradloom_core::compile::groups::{LeafGroup, groups};
use gradloom_core::compile::sections::{GroupSteps, Item, Section, StreamSection, cut};
use gradloom_core::plan::Output;
use gradloom_core::plan::resolved::{LeafwiseStep, Resolved, ResolvedPhase};
use gradloom_core::{GRADS, PARAMS, UPDATES};

use crate::stream::Pass;

/// An array of the size of the parameters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Array {
    Grads,
    Params,
    Updates,
    /// One of those that a slot keeps.
    Slot(usize, usize),
}

/// A matrix product: m x k times k x n.
#[derive(Clone, Copy)]
pub struct Product {
    /// m, k and n.
    pub sizes: [usize; 3],
    /// Whether it needs double precision.
    pub double: bool,
    /// How often.
    pub times: usize,
}

/// Elements of long vectors that are multiplied at once: both sides of that stay in the cache.
const CHUNK: usize = 4096;

/// What the passes of a plan with one leaf, as `sections` cuts them, move at least, multiply and draw.
#[derive(Default)]
pub struct Traffic {
    /// Walks over memory: one ends where a sum over all elements must be known, or a kernel needs the whole leaf.
    pub passes: Vec<Pass>,
    /// Products of matrices.
    pub products: Vec<Product>,
    /// Times that a normal number is drawn for each element.
    pub normals: usize,
}

#[derive(Default)]
struct Walk {
    reads: BTreeSet<Array>,
    writes: BTreeSet<Array>,
    /// Whether sums over all elements are known when it ends.
    sums: bool,
    /// Whether it leaves updates behind.
    stores: bool,
}

struct Count<'a> {
    plan: &'a Resolved,
    walk: Walk,
    /// Whether the updates lie in memory of their own.
    stored: bool,
    traffic: Traffic,
}

impl Traffic {
    /// Counts a plan whose phases all run in a step; they end in the parameters.
    pub fn of(plan: &Resolved) -> Traffic {
        let mut count = Count { plan, walk: Walk::default(), stored: false, traffic: Traffic::default() };
        for phase in &plan.phases {
            for section in cut(phase) {
                match section {
                    Section::Stream(section) => count.stream(phase, &section),
                    Section::Leafwise(step, _) => count.whole(step),
                }
            }
            if phase.output == Output::Apply || count.walk.sums {
                count.end();
            }
        }
        count.traffic
    }
}

impl Count<'_> {
    fn updates(&self) -> Array {
        if self.stored { Array::Updates } else { Array::Grads }
    }

    fn end(&mut self) {
        let mut walk = std::mem::take(&mut self.walk);
        if walk.stores {
            walk.writes.insert(Array::Updates);
            self.stored = true;
        }
        // What is written without being read takes the place of an array that is.
        let (reads, writes) = (walk.reads.len(), walk.writes.len());
        if reads > 0 {
            self.traffic.passes.push(Pass { reads: reads.max(writes), writes });
        }
    }

    /// A pass of kernels and sums; it walks with the kernel of whole leaves before it, as far as that knows its sums.
    fn stream(&mut self, phase: &ResolvedPhase, section: &StreamSection) {
        if self.walk.sums {
            self.end();
        }
        let updates = self.updates();
        for group in groups(self.plan, phase) {
            let location = if self.stored { UPDATES } else { GRADS };
            let GroupSteps { items, output } = section.steps_of(phase, &LeafGroup { location, ..group });
            for item in items {
                let (slots, _) = item.operands();
                self.walk.reads.extend(item.reads_params().then_some(Array::Params));
                self.walk.reads.extend(self.arrays(slots));
                match item {
                    Item::Map { .. } => {
                        self.walk.reads.insert(updates);
                        if phase.output != Output::Registers {
                            self.walk.writes.extend(self.arrays(slots));
                        }
                    }
                    Item::Reduce { formula, .. } => {
                        self.walk.reads.extend(formula.reads_updates.then_some(updates));
                        self.walk.sums = true;
                    }
                }
            }
            match output {
                Some(PARAMS) => {
                    self.walk.reads.extend([updates, Array::Params]);
                    self.walk.writes.insert(Array::Params);
                    self.walk.stores = false;
                }
                Some(_) => self.walk.stores = true,
                None => {}
            }
        }
    }

    fn whole(&mut self, step: &LeafwiseStep) {
        self.end();
        let updates = self.updates();
        self.leafwise(step, updates);
        self.multiply(step);
        self.traffic.normals += usize::from(step.formula.name == "add_noise");
    }

    fn leafwise(&mut self, step: &LeafwiseStep, updates: Array) {
        let formula = step.formula;
        let slots = self.arrays(&step.slots);
        let named = |names: &[&str]| -> Vec<usize> {
            let pairs = formula.slots.iter().zip(&step.slots);
            pairs.filter(|(slot, _)| names.contains(&slot.name)).map(|(_, buffer)| *buffer).collect()
        };
        let memories = named(&["diff_params_memory", "diff_updates_memory"]);
        let anew = |slot: &Array| matches!(slot, Array::Slot(slot, 0) if memories.contains(slot));
        self.walk.reads.insert(updates);
        if formula.reads_params {
            self.walk.reads.insert(Array::Params);
        }
        match formula.name {
            // Of each memory a row is made anew, and nobody reads the old one.
            "lbfgs_products" => {
                self.walk.reads.extend(slots.iter().copied().filter(|slot| !anew(slot)));
                // Of 2 (m + 1) vectors and half as many, those pairs of which the first is not newer: in double precision.
                let vectors = slots.len();
                let times = self.elements().div_ceil(CHUNK);
                let sizes = [vectors, CHUNK, (vectors + 2) / 4];
                self.traffic.products.push(Product { sizes, double: true, times });
            }
            "lbfgs_combine" => {
                let kept = named(&["params", "updates"]);
                self.walk.writes.extend(kept.into_iter().map(|buffer| Array::Slot(buffer, 0)));
                self.walk.writes.extend(slots.iter().copied().filter(anew));
                self.walk.reads.extend(slots.iter().copied().filter(|slot| !anew(slot)));
                self.walk.stores = true;
            }
            _ => {
                self.walk.reads.extend(slots.iter().copied());
                let written = formula.slots.iter().zip(&step.slots).filter(|(slot, _)| !slot.is_read_only);
                let written: Vec<usize> = written.map(|(_, buffer)| *buffer).collect();
                self.walk.writes.extend(self.arrays(&written));
                self.walk.stores = !formula.reads_only;
            }
        }
        // What it finds in the whole leaf must be known before the first element is.
        if formula.reads_only {
            self.end();
        }
    }

    fn elements(&self) -> usize {
        self.plan.leaves[0].elements
    }

    /// The arrays that slots keep, leaving out what is much smaller than the leaf.
    fn arrays(&self, slots: &[usize]) -> Vec<Array> {
        let elements = self.elements();
        let count = |buffer: usize| (self.plan.slot(buffer).elements(0) + elements / 2) / elements;
        slots.iter().flat_map(|&buffer| (0..count(buffer)).map(move |i| Array::Slot(buffer, i))).collect()
    }

    /// A Newton-Schulz step multiplies X X', the square of that, and a polynomial of both with X.
    fn multiply(&mut self, step: &LeafwiseStep) {
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
