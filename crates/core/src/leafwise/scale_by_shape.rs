//! Factors that make the size of an orthogonal update fit the shape of its matrix.

use super::kernel::{Case, Leaf, Leafwise};
use super::stack::{Stack, cases};
use crate::lanes::dispatch::Number;

fn multiply<T: Number>(leaf: Leaf<'_, T>, factor: T::One) {
    leaf.u.iter_mut().for_each(|u| *u = T::number(factor * u.lane()));
}

fn fans<T>(leaf: &Leaf<'_, T>) -> [f64; 2] {
    let stack = Stack::new(leaf.shape, leaf.axes, leaf.columns);
    [stack.rows() as f64, stack.columns() as f64]
}

/// `sqrt(max(1, fan_out / fan_in)) * u`.
pub(crate) struct Width;

impl Leafwise for Width {
    const NAME: &'static str = "scale_by_width";
    const SCALARS: &'static [&'static str] = &[];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &cases(&[Self::NAME], &[]);

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let [fan_in, fan_out] = fans(&leaf);
        multiply(leaf, T::of((fan_out / fan_in).max(1.0).sqrt()).lane());
    }
}

/// `sqrt(max(fan_in, fan_out)) * consistent_rms * u`.
pub(crate) struct ConsistentRms;

impl Leafwise for ConsistentRms {
    const NAME: &'static str = "scale_by_consistent_rms";
    const SCALARS: &'static [&'static str] = &["consistent_rms"];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &cases(&["scale_by_width", Self::NAME], &[("consistent_rms", 0.2)]);

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let [fan_in, fan_out] = fans(&leaf);
        let factor = T::of(fan_in.max(fan_out).sqrt()).lane() * leaf.scalars[0].lane();
        multiply(leaf, factor);
    }
}
