//! Kernels that see a whole leaf with its shape.

mod adaptive_grad_clip;
mod add_noise;
mod centralize;
mod cut;
mod factored_rms;
mod galore;
mod lbfgs;
mod newton_schulz;
mod normalize_matrix;
mod parts;
mod rows;
mod scale_by_shape;
mod singular;
mod sm3_covers;
mod stack;
mod strips;

use super::MAX_SLOTS;
use crate::Isa;
use crate::compiled::Number;
use crate::workers::Crew;

/// A whole leaf; `u` is replaced.
pub(crate) struct Leaf<'a, T> {
    /// What `u` is to be taken for where it holds anything: only for kernels that say `TAKES_FROM`, and always for those that say `KEEPS_U`.
    pub from: Option<&'a [T]>,
    /// Empty for kernels that say `KEEPS_U`.
    pub u: &'a mut [T],
    /// Empty unless the kernel reads the parameters.
    pub p: &'a [T],
    pub shape: &'a [usize],
    pub axes: &'a [usize],
    /// The axes of the columns where `axes` are those of the rows.
    pub columns: &'a [usize],
    /// What is kept for the leaf, in the order of `SLOTS`.
    pub slots: [&'a mut [T]; MAX_SLOTS],
    pub scalars: &'a [T],
    pub hands: Hands<'a>,
    /// As long as `scratch` asked for; holds anything.
    pub scratch: &'a mut [f64],
}

/// Who works on a leaf, and with which instructions.
#[derive(Clone, Copy)]
pub(crate) struct Hands<'a> {
    pub crew: Crew<'a>,
    pub isa: Isa,
}

pub(crate) trait Leafwise {
    const NAME: &'static str;
    const SLOTS: &'static [&'static str] = &[];
    const SCALARS: &'static [&'static str];
    const READS_PARAMS: bool;
    /// Whether it reads `u` where `from` says, which spares a copy.
    const TAKES_FROM: bool = false;
    /// Whether it only looks at `u`, where `from` says.
    const KEEPS_U: bool = false;
    /// Whether slots that keep so many numbers, in the order of `SLOTS`, are of use to it for such a leaf with elements.
    fn fits(_shape: &[usize], _axes: &[usize], _columns: &[usize], _kept: &[usize]) -> bool {
        true
    }
    /// How much room such a leaf needs.
    fn scratch(_shape: &[usize], _axes: &[usize], _kept: &[usize]) -> usize {
        0
    }
    fn run<T: Number>(leaf: Leaf<'_, T>);
}

/// From shape, axes, columns and what slots keep to whether they fit.
type Fits = fn(&[usize], &[usize], &[usize], &[usize]) -> bool;

/// A row of the registry: a leafwise kernel by name.
pub struct LeafwiseFormula {
    /// Its name in a plan.
    pub name: &'static str,
    /// The names of its slots.
    pub slots: &'static [&'static str],
    /// The names of its scalars.
    pub scalars: &'static [&'static str],
    /// Whether it looks at the parameters.
    pub reads_params: bool,
    /// Whether it leaves the updates as they are: it is there for its slots.
    pub keeps_u: bool,
    pub(crate) fits: Fits,
    pub(crate) scratch: fn(&[usize], &[usize], &[usize]) -> usize,
    pub(crate) takes_from: bool,
    pub(crate) f32: fn(Leaf<'_, f32>),
    pub(crate) f64: fn(Leaf<'_, f64>),
}

impl LeafwiseFormula {
    const fn of<K: Leafwise>() -> LeafwiseFormula {
        LeafwiseFormula {
            name: K::NAME,
            slots: K::SLOTS,
            scalars: K::SCALARS,
            reads_params: K::READS_PARAMS,
            keeps_u: K::KEEPS_U,
            fits: K::fits,
            scratch: K::scratch,
            takes_from: K::TAKES_FROM,
            f32: K::run::<f32>,
            f64: K::run::<f64>,
        }
    }
}

/// The axes that are not given.
pub fn other_axes(shape: &[usize], given: &[usize]) -> Vec<usize> {
    (0..shape.len()).filter(|axis| !given.contains(axis)).collect()
}

/// All leafwise kernels.
pub static ALL: &[LeafwiseFormula] = &[
    LeafwiseFormula::of::<adaptive_grad_clip::AdaptiveGradClip>(),
    LeafwiseFormula::of::<add_noise::AddNoise>(),
    LeafwiseFormula::of::<centralize::Centralize>(),
    LeafwiseFormula::of::<factored_rms::FactoredRms>(),
    LeafwiseFormula::of::<galore::Project>(),
    LeafwiseFormula::of::<galore::ProjectBack>(),
    LeafwiseFormula::of::<lbfgs::Products>(),
    LeafwiseFormula::of::<lbfgs::Combine>(),
    LeafwiseFormula::of::<newton_schulz::NewtonSchulz<newton_schulz::Plain>>(),
    LeafwiseFormula::of::<newton_schulz::NewtonSchulz<newton_schulz::Aol>>(),
    LeafwiseFormula::of::<newton_schulz::NewtonSchulz<newton_schulz::Schatten>>(),
    LeafwiseFormula::of::<normalize_matrix::ByFrobenius>(),
    LeafwiseFormula::of::<normalize_matrix::BySpectral>(),
    LeafwiseFormula::of::<scale_by_shape::Width>(),
    LeafwiseFormula::of::<scale_by_shape::ConsistentRms>(),
    LeafwiseFormula::of::<sm3_covers::Sm3Covers>(),
];

/// The leafwise kernel of that name.
pub fn find(name: &str) -> Option<&'static LeafwiseFormula> {
    ALL.iter().find(|kernel| kernel.name == name)
}
