//! Factors that make the size of an orthogonal update fit the shape of its matrix.

use gradloom_core::leafwise::scale_by_shape::{by_consistent_rms, by_width, larger_root, width};

use super::leaf::{Leaf, each, writes};
use crate::builder::Builder;
use crate::error::Error;
use crate::wgsl::statement;

/// The factor of the shape in WGSL.
const FACTOR: &str = "bitcast<f32>(block[1].x)";

pub(crate) fn scale_by_width(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    let body = statement(6, "u[i] =", ["u[i]", FACTOR], |[u, factor]| by_width(u, factor));
    scale(builder, leaf, width(leaf.stack()), &body)
}

pub(crate) fn scale_by_consistent_rms(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    let inputs = ["u[i]", FACTOR, "scalar(0u)"];
    let body = statement(6, "u[i] =", inputs, |[u, factor, rms]| by_consistent_rms(u, factor, rms));
    scale(builder, leaf, larger_root(leaf.stack()), &body)
}

fn scale(builder: &mut Builder<'_>, leaf: &Leaf, factor: f64, body: &str) -> Result<(), Error> {
    let block = [(factor as f32).to_bits()];
    each(builder, leaf, "scale by shape", &[writes("u", leaf.u)], ("", body), leaf.elements(), &block)
}
