//! Factors that make the size of an orthogonal update fit the shape of its matrix, of `fan_in` rows and `fan_out` columns.

use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;
use crate::leafwise::kernel::{Case, Leaf, Leafwise};
use crate::leafwise::stack::{Stack, cases};

/// Returns `sqrt(max(1, fan_out / fan_in))`.
pub fn width(stack: Stack<'_>) -> f64 {
    let [fan_in, fan_out] = fans(stack);
    (fan_out / fan_in).max(1.0).sqrt()
}

/// Returns `sqrt(max(fan_in, fan_out))`.
pub fn larger_root(stack: Stack<'_>) -> f64 {
    let [fan_in, fan_out] = fans(stack);
    fan_in.max(fan_out).sqrt()
}

fn fans(stack: Stack<'_>) -> [f64; 2] {
    [stack.rows() as f64, stack.columns() as f64]
}

/// Returns an update multiplied by `width`.
#[inline(always)]
pub fn by_width<L: Lane>(u: L, width: L) -> L {
    width * u
}

/// Returns an update multiplied by `larger_root` and by the wanted root mean square.
#[inline(always)]
pub fn by_consistent_rms<L: Lane>(u: L, larger_root: L, consistent_rms: L) -> L {
    larger_root * consistent_rms * u
}

/// Replaces each update `u` of a leaf by `scaled(u, f)`, where `f` is the `factor` of the leaf's shape.
fn scale<T: Number>(
    leaf: Leaf<'_, T>,
    factor: fn(Stack<'_>) -> f64,
    scaled: impl Fn(T::One, T::One) -> T::One,
) {
    let factor = T::of(factor(Stack::new(leaf.shape, leaf.axes, leaf.columns))).lane();
    leaf.u.iter_mut().for_each(|u| *u = T::number(scaled(u.lane(), factor)));
}

/// Multiplies updates by the width factor: `sqrt(max(1, fan_out / fan_in)) * u`.
pub(crate) struct Width;

impl Leafwise for Width {
    const NAME: &'static str = "scale_by_width";
    const SCALARS: &'static [&'static str] = &[];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &cases(&[Self::NAME], &[]);

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        scale(leaf, width, by_width);
    }
}

/// Multiplies updates so that their root mean square is consistent: `sqrt(max(fan_in, fan_out)) * consistent_rms * u`.
pub(crate) struct ConsistentRms;

impl Leafwise for ConsistentRms {
    const NAME: &'static str = "scale_by_consistent_rms";
    const SCALARS: &'static [&'static str] = &["consistent_rms"];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &cases(&["scale_by_width", Self::NAME], &[("consistent_rms", 0.2)]);

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let consistent_rms = leaf.scalars[0].lane();
        scale(leaf, larger_root, |u, factor| by_consistent_rms(u, factor, consistent_rms));
    }
}
