//! Factors that make the size of an orthogonal update fit the shape of its matrix.

use super::leaf::{Leaf, each, writes};
use super::stack::Stack;
use crate::builder::Builder;
use crate::error::Error;

fn multiply(builder: &mut Builder<'_>, leaf: &Leaf, factor: &str, number: f32) -> Result<(), Error> {
    let body = format!("      u[i] = {factor} * u[i];\n");
    let block = [number.to_bits()];
    each(builder, leaf, "scale by shape", &[writes("u", leaf.u)], ("", &body), leaf.elements(), &block)
}

/// `sqrt(max(1, fan_out / fan_in)) * u`.
pub(crate) fn width(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    let stack = Stack::of(leaf);
    let ratio = stack.columns() as f64 / stack.rows() as f64;
    multiply(builder, leaf, "bitcast<f32>(block[1].x)", ratio.max(1.0).sqrt() as f32)
}

/// `sqrt(max(fan_in, fan_out)) * consistent_rms * u`.
pub(crate) fn consistent_rms(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    let stack = Stack::of(leaf);
    let larger = stack.rows().max(stack.columns()) as f64;
    multiply(builder, leaf, "(bitcast<f32>(block[1].x) * scalar(0u))", larger.sqrt() as f32)
}
