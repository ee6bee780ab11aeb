//! The trait of leafwise kernels, the leaf that one gets, and its row of the registry.

use crate::formulas::MAX_SLOTS;
use crate::lanes::dispatch::Number;
use crate::lanes::isa::Isa;
use crate::threads::Team;

/// The operands of a kernel for one leaf: it replaces `u` and the slots that it writes.
pub(crate) struct Leaf<'a, T> {
    /// The updates if they are not in `u`: always for kernels with `READS_ONLY`, at times for those with `OUT_OF_PLACE`, never for others.
    pub input: Option<&'a [T]>,
    /// Empty for kernels with `READS_ONLY`.
    pub u: &'a mut [T],
    /// Empty unless the kernel reads the parameters.
    pub p: &'a [T],
    pub shape: &'a [usize],
    pub axes: &'a [usize],
    /// For kernels of matrices: the axes of the columns, while `axes` are those of the rows.
    pub columns: &'a [usize],
    /// The slots of the leaf, in the order of `SLOTS`.
    pub slots: [&'a mut [T]; MAX_SLOTS],
    pub scalars: &'a [T],
    pub context: Context<'a>,
    /// Working memory of the length that `scratch` returns, with any content.
    pub scratch: &'a mut [f64],
}

/// The threads that work on a leaf, and their instruction set.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub team: Team<'a>,
    pub isa: Isa,
}

/// A leafwise kernel.
pub(crate) trait Leafwise {
    const NAME: &'static str;
    const SLOTS: &'static [LeafSlot] = &[];
    const SCALARS: &'static [&'static str];
    const READS_PARAMS: bool;
    /// The cases that tests run: at least one, with the kernel among its steps.
    const CASES: &'static [Case];
    /// Whether it can read the updates from `input`, which spares a copy.
    const OUT_OF_PLACE: bool = false;
    /// Whether it only reads the updates, from `input`.
    const READS_ONLY: bool = false;
    /// Returns whether slots of these sizes, in the order of `SLOTS`, fit a leaf of this shape, which is not empty.
    fn fits(_shape: &[usize], _axes: &[usize], _columns: &[usize], _slot_sizes: &[usize]) -> bool {
        true
    }
    /// Returns the length of the working memory for a leaf.
    fn scratch(_shape: &[usize], _axes: &[usize], _slot_sizes: &[usize]) -> usize {
        0
    }
    /// Runs the kernel on a leaf that is not empty.
    fn run<T: Number>(leaf: Leaf<'_, T>);
}

/// Leaves, and steps over all of them, which tests run on the CPU, and on a GPU where the kernels have shaders.
#[derive(Clone, Copy)]
pub struct Case {
    /// The shapes of the leaves.
    pub leaves: &'static [&'static [usize]],
    /// The axes of the leafwise steps.
    pub axes: &'static [usize],
    /// The axes of the columns; empty: all others.
    pub columns: &'static [usize],
    /// The names of the kernels, in order, leafwise and elementwise. Kernels share slots and scalars of the same name.
    pub steps: &'static [&'static str],
    /// Values of scalars by name; any other scalar is 0.5.
    pub scalars: &'static [(&'static str, f64)],
    /// Shapes of slots by name; any other slot has the shape of its leaf.
    pub slots: &'static [(&'static str, SlotShape)],
}

/// A function that returns the shape of a slot, given the leaf's shape and the step's axes.
pub type SlotShape = fn(&[usize], &[usize]) -> Vec<usize>;

impl Case {
    /// An empty case; others override its fields.
    pub const EMPTY: Case =
        Case { leaves: &[], axes: &[], columns: &[], steps: &[], scalars: &[], slots: &[] };
}

/// The shapes of a leaf that is large enough for threads to share it, and of small leaves with as many axes.
pub(super) const LARGE_AND_SMALL: &[&[usize]] = &[&[2, 200, 201], &[3, 5, 1], &[1, 2, 17]];

/// A slot of a leafwise kernel.
pub struct LeafSlot {
    /// The name in a plan.
    pub name: &'static str,
    /// Whether the kernel only reads it.
    pub is_read_only: bool,
}

/// Declares a slot that a kernel only reads.
pub(crate) const fn reads(name: &'static str) -> LeafSlot {
    LeafSlot { name, is_read_only: true }
}

/// Declares a slot that a kernel writes.
pub(crate) const fn writes(name: &'static str) -> LeafSlot {
    LeafSlot { name, is_read_only: false }
}

/// A function that returns whether slots fit, given the leaf's shape, the step's axes and columns, and the sizes of the slots.
type Fits = fn(&[usize], &[usize], &[usize], &[usize]) -> bool;

/// A row of the registry: a leafwise kernel.
pub struct LeafwiseFormula {
    /// The name in a plan.
    pub name: &'static str,
    /// The slots, in order.
    pub slots: &'static [LeafSlot],
    /// The names of the scalars, in order.
    pub scalars: &'static [&'static str],
    /// Whether it reads the parameters.
    pub reads_params: bool,
    /// Whether it only reads the updates: it writes its results to slots.
    pub reads_only: bool,
    pub(crate) fits: Fits,
    pub(crate) scratch: fn(&[usize], &[usize], &[usize]) -> usize,
    pub(crate) out_of_place: bool,
    pub(crate) f32: fn(Leaf<'_, f32>),
    pub(crate) f64: fn(Leaf<'_, f64>),
}

impl LeafwiseFormula {
    pub(super) const fn of<K: Leafwise>() -> LeafwiseFormula {
        LeafwiseFormula {
            name: K::NAME,
            slots: K::SLOTS,
            scalars: K::SCALARS,
            reads_params: K::READS_PARAMS,
            reads_only: K::READS_ONLY,
            fits: K::fits,
            scratch: K::scratch,
            out_of_place: K::OUT_OF_PLACE,
            f32: K::run::<f32>,
            f64: K::run::<f64>,
        }
    }

    /// Returns the names of the slots, in order.
    pub fn slot_names(&self) -> Vec<&'static str> {
        self.slots.iter().map(|slot| slot.name).collect()
    }
}

/// Returns the axes of a shape that are not given.
pub(crate) fn other_axes(shape: &[usize], given: &[usize]) -> Vec<usize> {
    (0..shape.len()).filter(|axis| !given.contains(axis)).collect()
}
