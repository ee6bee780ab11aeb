//! The plan: what crosses the boundary once, as `ARCHITECTURE.md` describes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lanes::dtype::Dtype;

pub(crate) mod broadcast;
mod require;
pub(crate) mod resolve;
pub mod resolved;
mod steps;

/// Number of the buffer that holds the gradients.
pub const GRADS: usize = 0;
/// Number of the buffer that holds the parameters.
pub const PARAMS: usize = 1;
/// Number of the buffer that holds the updates.
pub const UPDATES: usize = 2;
/// Number of the buffer that holds slot 0 of the plan; slot `i` is `SLOTS + i`.
pub const SLOTS: usize = 3;

/// What to do, to which leaves, in which phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The leaves of the parameter tree, in tree order.
    pub leaves: Vec<Leaf>,
    /// Sets of leaves, each strictly increasing.
    pub sets: Vec<Vec<usize>>,
    /// The state: one buffer per slot.
    pub slots: Vec<Slot>,
    /// How many host scalars there are.
    pub scalars: usize,
    /// How many results of reductions there are.
    pub registers: usize,
    /// What `run` can run.
    pub phases: Vec<Phase>,
}

/// One array of the parameter tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// f32 or f64.
    pub dtype: Dtype,
    /// Its dimensions; the elements are their product.
    pub shape: Vec<usize>,
}

impl Leaf {
    /// Number of elements; `None` if it does not fit a machine word.
    pub fn elements(&self) -> Option<usize> {
        elements(&self.shape)
    }
}

/// State that a kernel keeps for every leaf of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Index of the set.
    pub set: usize,
    /// How it is stored; absent: the leaf's own type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Dtype>,
    /// What is kept for each leaf of the set; absent: as many elements as the leaf has. Elementwise kernels read a slot that has 1 for some
    /// neighbouring axes of its leaf as if it had the leaf's size along them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shapes: Option<Vec<Vec<usize>>>,
}

impl Slot {
    /// Number of elements kept for the leaf at `position` in the set; `None` if it does not fit a machine word.
    pub fn elements(&self, position: usize, leaf: &Leaf) -> Option<usize> {
        self.shapes.as_ref().map_or_else(|| leaf.elements(), |shapes| elements(&shapes[position]))
    }
}

fn elements(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size))
}

/// Steps that run together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// What `u` is when the phase starts.
    pub input: Input,
    /// What becomes of `u`.
    pub output: Output,
    /// What happens to it in between.
    pub steps: Vec<Step>,
}

/// What `u` is when a phase starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// The gradients, which no phase changes.
    Grads,
    /// What an earlier phase stored.
    Updates,
}

/// What becomes of `u` when a phase ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Nothing: the phase is run for its reductions or its state.
    None,
    /// Nothing, and slots stay as they are too: a short phase of maps and reductions, run for its registers alone.
    Registers,
    /// It is stored.
    Updates,
    /// It is added to the parameters.
    Apply,
}

/// One step of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a step: one of map, reduce and leafwise, with its fields and no others"
)]
pub enum Step {
    /// An elementwise kernel.
    Map(Map),
    /// A reduction.
    Reduce(Reduce),
    /// A kernel that sees whole leaves.
    Leafwise(Leafwise),
}

impl Step {
    /// Index of the set of leaves it is for.
    pub fn set(&self) -> usize {
        match self {
            Step::Map(step) => step.set,
            Step::Reduce(step) => step.set,
            Step::Leafwise(step) => step.set,
        }
    }
}

/// An elementwise kernel, its operands matched by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The kernel's name.
    pub map: String,
    /// Index of the set of leaves.
    pub set: usize,
    /// Index of the slot behind each of the kernel's slots.
    #[serde(default)]
    pub slots: BTreeMap<String, usize>,
    /// Where each of the kernel's scalars comes from.
    #[serde(default)]
    pub scalars: BTreeMap<String, Source>,
}

/// A reduction into a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reduce {
    /// The reduction's name.
    pub reduce: String,
    /// Index of the set of leaves.
    pub set: usize,
    /// Index of the slot behind each of the slots it reads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, usize>,
    /// Where each of its scalars comes from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scalars: BTreeMap<String, Source>,
    /// Over what it sums.
    pub scope: Scope,
    /// The register that gets the result.
    pub into: usize,
}

/// Over what a reduction sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// All leaves of the set together; every leaf of the tree can read the result.
    Tree,
    /// Each leaf of the set for itself.
    Leaf,
}

/// A kernel that sees whole leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leafwise {
    /// The kernel's name.
    pub leafwise: String,
    /// Index of the set of leaves.
    pub set: usize,
    /// Index of the slot behind each of the kernel's slots.
    #[serde(default)]
    pub slots: BTreeMap<String, usize>,
    /// Where each of the kernel's scalars comes from.
    #[serde(default)]
    pub scalars: BTreeMap<String, Source>,
    /// The axes it works along, strictly increasing; absent: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<usize>,
    /// For kernels of matrices, whose rows run along `axes`: the axes of the columns; absent: all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<usize>>,
}

/// Where a scalar comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected the index of a host scalar or {\"register\": index}")]
pub enum Source {
    /// A host scalar, by index.
    Host(usize),
    /// A register, looked up for the leaf at hand: the result of a reduction, or what the host puts there.
    Register(Register),
}

impl Source {
    /// Returns the register, if it is one.
    pub fn register(&self) -> Option<usize> {
        match self {
            Source::Host(_) => None,
            Source::Register(source) => Some(source.register),
        }
    }
}

/// A register, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Its index.
    pub register: usize,
}
