//! Every formula there is, each written once; a new kernel is one entry in one family file.

mod accumulation;
mod adam;
mod applying;
mod clipping;
mod constraining;
mod contrib_adaptive;
mod contrib_moments;
mod curvature;
mod factored;
pub mod fused;
mod kernel;
mod moments;
mod momentum;
mod muon;
mod norms;
pub mod reductions;
mod scaling;
mod signs;
pub(crate) mod sm3;
mod squares;
mod wrapping;

pub use kernel::{Formula, Kernel, Named};
pub(crate) use kernel::{MAX_SLOTS, Map, MapArgs};

const FAMILIES: &[&[Formula]] = &[
    scaling::FAMILY,
    momentum::FAMILY,
    muon::FAMILY,
    accumulation::FAMILY,
    adam::FAMILY,
    moments::FAMILY,
    squares::FAMILY,
    factored::FAMILY,
    sm3::FAMILY,
    signs::FAMILY,
    norms::FAMILY,
    clipping::FAMILY,
    constraining::FAMILY,
    contrib_adaptive::FAMILY,
    contrib_moments::FAMILY,
    curvature::FAMILY,
    applying::FAMILY,
    wrapping::FAMILY,
];

/// Adds the updates to the parameters: the last kernel of a pass that applies.
pub static APPLY: Formula = Formula::of::<applying::apply>();
/// Copies the updates: the last kernel of a pass that stores what no other kernel has changed.
pub static IDENTITY: Formula = Formula::of::<applying::identity>();

/// All elementwise kernels.
pub fn all() -> impl Iterator<Item = &'static Formula> {
    FAMILIES.iter().copied().flatten()
}

/// The elementwise kernel of that name.
pub fn find(name: &str) -> Option<&'static Formula> {
    all().find(|formula| formula.name == name)
}
