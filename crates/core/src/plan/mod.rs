//! Plans: the JSON that callers give to a session, as `ARCHITECTURE.md` describes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::lanes::dtype::Dtype;

pub(crate) mod broadcast;
mod require;
pub(crate) mod resolve;
pub mod resolved;
mod steps;

/// The index of the buffer of gradients.
pub const GRADS: usize = 0;
/// The index of the buffer of parameters.
pub const PARAMS: usize = 1;
/// The index of the buffer of updates.
pub const UPDATES: usize = 2;
/// The index of the buffer of slot 0; that of slot `i` is `SLOTS + i`.
pub const SLOTS: usize = 3;

/// A step of an optimizer, lowered to kernels with their operands, over the leaves of a parameter tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The leaves of the parameter tree, in tree order.
    pub leaves: Vec<Leaf>,
    /// Sets of leaves, as strictly increasing indices.
    pub sets: Vec<Vec<usize>>,
    /// The state slots, each with a buffer of its own.
    pub slots: Vec<Slot>,
    /// The number of host scalars: values that the host writes before a run.
    pub scalars: usize,
    /// The number of registers, each with one value per leaf: results of reductions, or written by the host.
    pub registers: usize,
    /// The phases, each of which a run executes as a whole.
    pub phases: Vec<Phase>,
}

/// One array of the parameter tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// The type of its elements: f32 or f64.
    pub dtype: Dtype,
    /// Its sizes along each axis; the number of elements is their product.
    #[serde(deserialize_with = "sizes")]
    pub shape: Vec<usize>,
}

impl Leaf {
    /// Returns the number of elements; `None` if it does not fit a `usize`.
    pub fn elements(&self) -> Option<usize> {
        elements(&self.shape)
    }
}

/// State of a kernel for every leaf of a set, such as a momentum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// The index of the set of leaves.
    pub set: usize,
    /// The type in which its elements are stored; absent: the type of the leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Dtype>,
    /// Its shape for each leaf of the set; absent: the shape of the leaf. A slot with size 1 along some neighbouring axes of its leaf is
    /// broadcast along them by elementwise kernels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shapes: Option<Vec<Vec<usize>>>,
}

/// Reads sizes. One that is too large for this machine becomes the largest: then there is too little memory, and the plan is right.
fn sizes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
    let sizes = Vec::<u64>::deserialize(deserializer)?;
    Ok(sizes.into_iter().map(|size| usize::try_from(size).unwrap_or(usize::MAX)).collect())
}

/// Returns the number of elements of a shape; `None` if it does not fit a `usize`.
fn elements(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size))
}

/// Steps that one run executes in order. They transform `u`, the current update of each leaf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// The initial value of `u`.
    pub input: Input,
    /// The destination of `u` after the last step.
    pub output: Output,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// The value of `u` at the start of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// The gradients, which no phase changes.
    Grads,
    /// The updates that an earlier phase has stored.
    Updates,
}

/// The destination of `u` at the end of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Discards `u`: the phase computes registers and changes slots.
    None,
    /// Discards `u` and all changes of slots: a dry run, which computes registers only.
    Registers,
    /// Stores `u` in the updates.
    Updates,
    /// Adds `u` to the parameters.
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
    /// A kernel of whole leaves.
    Leafwise(Leafwise),
}

impl Step {
    /// Returns the index of the set of leaves that it concerns.
    pub fn set(&self) -> usize {
        match self {
            Step::Map(step) => step.set,
            Step::Reduce(step) => step.set,
            Step::Leafwise(step) => step.set,
        }
    }
}

/// An elementwise kernel with its operands by name: `u' = f(u, p, slots, scalars)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The name of the kernel.
    pub map: String,
    /// The index of the set of leaves.
    pub set: usize,
    /// The index in the plan's slots for each slot of the kernel.
    #[serde(default)]
    pub slots: BTreeMap<String, usize>,
    /// The source of each scalar of the kernel.
    #[serde(default)]
    pub scalars: BTreeMap<String, Source>,
}

/// A reduction with its operands by name, and the register of its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reduce {
    /// The name of the reduction.
    pub reduce: String,
    /// The index of the set of leaves.
    pub set: usize,
    /// The index in the plan's slots for each slot that the reduction reads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, usize>,
    /// The source of each scalar of the reduction.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scalars: BTreeMap<String, Source>,
    /// The elements that are summed together.
    pub scope: Scope,
    /// The index of the register that gets the result.
    pub into: usize,
}

/// The elements that a reduction sums together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// All elements of the set: one result, which every leaf of the tree can read.
    Tree,
    /// The elements of each leaf of the set apart: a result for each of these leaves, which no other leaf can read.
    Leaf,
}

/// A kernel of whole leaves, with its operands by name: it sees a leaf with its shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leafwise {
    /// The name of the kernel.
    pub leafwise: String,
    /// The index of the set of leaves.
    pub set: usize,
    /// The index in the plan's slots for each slot of the kernel.
    #[serde(default)]
    pub slots: BTreeMap<String, usize>,
    /// The source of each scalar of the kernel.
    #[serde(default)]
    pub scalars: BTreeMap<String, Source>,
    /// The axes along which it works, strictly increasing; absent: none. For kernels of matrices: the axes of the rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<usize>,
    /// For kernels of matrices: the axes of the columns; absent: all axes that are not those of the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<usize>>,
}

/// The source of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected the index of a host scalar or {\"register\": index}")]
pub enum Source {
    /// The host scalar with this index.
    Host(usize),
    /// A register: each leaf reads its own value.
    Register(Register),
}

impl Source {
    /// Returns the index of the register, if it is one.
    pub fn register(&self) -> Option<usize> {
        match self {
            Source::Host(_) => None,
            Source::Register(source) => Some(source.register),
        }
    }
}

/// A reference to a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The index of the register.
    pub register: usize,
}
