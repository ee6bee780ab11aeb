use std::collections::{BTreeMap, BTreeSet};

use gradloom_core::compile::groups::{Class, classes};
use gradloom_core::compile::sections::{Item, Part, Run, Section, cut};
use gradloom_core::formulas::{self, reductions};
use gradloom_core::leafwise;
use gradloom_core::plan::{Leafwise, Output, Phase, Plan, Step};
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
    plan: &'a Plan,
    walk: Walk,
    /// Whether the updates lie in memory of their own.
    stored: bool,
    traffic: Traffic,
}

impl Traffic {
    /// Counts a plan whose phases all run in a step; they end in the parameters.
    pub fn of(plan: &Plan) -> Traffic {
        let mut count = Count { plan, walk: Walk::default(), stored: false, traffic: Traffic::default() };
        for phase in &plan.phases {
            for section in cut(phase) {
                match section {
                    Section::Stream(run) => count.stream(phase, &run),
                    Section::Leafwise(step) => count.whole(&phase.steps[step]),
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
    fn stream(&mut self, phase: &Phase, run: &Run) {
        if self.walk.sums {
            self.end();
        }
        let updates = self.updates();
        for class in classes(self.plan, phase) {
            let location = if self.stored { UPDATES } else { GRADS };
            let Part { items, output, .. } = run.part(phase, &Class { location, ..class });
            for item in items {
                match item {
                    Item::Map(step) => {
                        let formula = formulas::find(&step.map).expect("a kernel of the registry");
                        self.read(true, formula.reads_params, &step.slots);
                        if phase.output != Output::Registers {
                            self.walk.writes.extend(self.arrays(&step.slots));
                        }
                    }
                    Item::Reduce(step, _) => {
                        let formula = reductions::find(&step.reduce).expect("a reduction of the registry");
                        self.read(formula.reads_updates, formula.reads_params, &step.slots);
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

    fn read(&mut self, updates: bool, params: bool, slots: &BTreeMap<String, usize>) {
        self.walk.reads.extend(updates.then(|| self.updates()));
        self.walk.reads.extend(params.then_some(Array::Params));
        self.walk.reads.extend(self.arrays(slots));
    }

    fn whole(&mut self, step: &Step) {
        let Step::Leafwise(step) = step else { unreachable!("the section says that it is a leafwise step") };
        self.end();
        let updates = self.updates();
        self.leafwise(step, updates);
        self.multiply(step);
        self.traffic.normals += usize::from(step.leafwise == "add_noise");
    }

    fn leafwise(&mut self, step: &Leafwise, updates: Array) {
        let formula = leafwise::find(&step.leafwise).expect("a kernel of the registry");
        let slots = self.arrays(&step.slots);
        let memories = ["diff_params_memory", "diff_updates_memory"].map(|name| step.slots.get(name));
        let anew = |slot: &Array| matches!(slot, Array::Slot(slot, 0) if memories.contains(&Some(slot)));
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
                let kept = ["params", "updates"].map(|name| Array::Slot(step.slots[name], 0));
                self.walk.writes.extend(kept);
                self.walk.writes.extend(slots.iter().copied().filter(anew));
                self.walk.reads.extend(slots.iter().copied().filter(|slot| !anew(slot)));
                self.walk.stores = true;
            }
            _ => {
                self.walk.reads.extend(slots.iter().copied());
                self.walk.writes.extend(slots);
                self.walk.stores = !formula.keeps_u;
            }
        }
        // What it finds in the whole leaf must be known before the first element is.
        if formula.keeps_u {
            self.end();
        }
    }

    fn elements(&self) -> usize {
        self.plan.leaves[0].elements().expect("the plan has been checked")
    }

    /// The arrays that slots keep, leaving out what is much smaller than the leaf.
    fn arrays(&self, slots: &BTreeMap<String, usize>) -> Vec<Array> {
        let (leaf, elements) = (&self.plan.leaves[0], self.elements());
        let count = |slot: usize| {
            let kept = self.plan.slots[slot].elements(0, leaf).expect("the plan has been checked");
            (kept + elements / 2) / elements
        };
        slots.values().flat_map(|&slot| (0..count(slot)).map(move |i| Array::Slot(slot, i))).collect()
    }

    /// A Newton-Schulz step multiplies X X', the square of that, and a polynomial of both with X.
    fn multiply(&mut self, step: &Leafwise) {
        if !step.leafwise.starts_with("newton_schulz") {
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
