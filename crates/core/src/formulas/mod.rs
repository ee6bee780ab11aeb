//! Formulas: each is written once, and gives the loop for every instruction set, the GPU's shader, and its text.

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

pub use kernel::Formula;
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

/// The kernel that adds the updates to the parameters: the last one of a pass that applies them.
pub(crate) static APPLY: Formula = Formula::of::<applying::apply>();
/// The kernel that copies the updates: the last one of a pass that stores them and has not changed them.
pub static IDENTITY: Formula = Formula::of::<applying::identity>();

/// Returns all elementwise kernels.
pub fn all() -> impl Iterator<Item = &'static Formula> {
    FAMILIES.iter().copied().flatten()
}

/// Returns the elementwise kernel with this name.
pub fn find(name: &str) -> Option<&'static Formula> {
    all().find(|formula| formula.name == name)
}
