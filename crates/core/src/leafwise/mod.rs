//! Leafwise kernels: loops over a whole leaf and its shape. Their arithmetic is in small formulas, which shaders share.

mod adaptive_grad_clip;
mod add_noise;
#[doc(hidden)]
pub mod cases;
mod centralize;
pub mod factored_rms;
mod galore;
mod kernel;
mod lbfgs;
mod matrix;
pub mod newton_schulz;
pub mod normalize_matrix;
mod parts;
mod random;
mod rows;
pub mod scale_by_shape;
mod singular;
mod sm3_covers;
pub mod stack;
mod strips;
pub mod two_axes;

use kernel::{Case, Leafwise};
pub(crate) use kernel::{Context, Leaf, other_axes};
pub use kernel::{LeafSlot, LeafwiseFormula};

/// Lists the kernels, and apart from them their cases.
macro_rules! registry {
    ($($kernel:ty),* $(,)?) => {
        /// All leafwise kernels.
        pub static ALL: &[LeafwiseFormula] = &[$(LeafwiseFormula::of::<$kernel>()),*];

        /// The cases of every kernel, with its name. A table of its own: linkers drop it where nothing uses it.
        #[doc(hidden)]
        pub static CASES: &[(&str, &[Case])] = &[$((<$kernel as Leafwise>::NAME, <$kernel as Leafwise>::CASES)),*];
    };
}

registry!(
    adaptive_grad_clip::AdaptiveGradClip,
    add_noise::AddNoise,
    centralize::Centralize,
    factored_rms::FactoredRms,
    galore::Project,
    galore::ProjectBack,
    lbfgs::Products,
    lbfgs::Combine,
    newton_schulz::NewtonSchulz<newton_schulz::Plain>,
    newton_schulz::NewtonSchulz<newton_schulz::Aol>,
    newton_schulz::NewtonSchulz<newton_schulz::Schatten>,
    normalize_matrix::ByFrobenius,
    normalize_matrix::BySpectral,
    scale_by_shape::Width,
    scale_by_shape::ConsistentRms,
    sm3_covers::Sm3Covers,
);

/// Returns the leafwise kernel with this name.
pub fn find(name: &str) -> Option<&'static LeafwiseFormula> {
    ALL.iter().find(|kernel| kernel.name == name)
}
