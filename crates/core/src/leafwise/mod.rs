//! Kernels that see a whole leaf with its shape.

mod adaptive_grad_clip;
mod add_noise;
mod centralize;
mod cut;
mod factored_rms;
mod galore;
mod kernel;
mod lbfgs;
mod matrix;
mod newton_schulz;
mod normalize_matrix;
mod parts;
mod random;
mod rows;
mod scale_by_shape;
mod singular;
mod sm3_covers;
mod stack;
mod strips;

pub(crate) use kernel::{Context, Leaf};
pub use kernel::{LeafSlot, LeafwiseFormula, other_axes};

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
