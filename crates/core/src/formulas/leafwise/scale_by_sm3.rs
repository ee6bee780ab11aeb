use super::{Leaf, Leafwise};
use crate::compiled::Number;
use crate::lane::Lane;

/// Momentum of updates divided by the root of an accumulator that is kept as one cover per axis.
///
/// `mu` holds the covers one after the other. The accumulator of an element is its square plus the least of its covers, and a cover is the
/// largest accumulator in its slice.
pub(crate) struct ScaleBySm3;

impl Leafwise for ScaleBySm3 {
    const NAME: &'static str = "scale_by_sm3";
    const SLOTS: &'static [&'static str] = &["mu", "nu"];
    const SCALARS: &'static [&'static str] = &["b1", "one_minus_b1", "b2", "square_factor", "eps"];
    const READS_PARAMS: bool = false;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        let covers = if shape.is_empty() { 1 } else { shape.iter().sum() };
        kept[0] == covers && kept[1] == shape.iter().product::<usize>()
    }

    fn scratch(shape: &[usize], _: &[usize]) -> usize {
        shape.iter().fold(0, |sum: usize, size| sum.saturating_add(*size)).max(1)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { u, shape, slots: [mu, nu, ..], scalars, scratch, .. } = leaf;
        let [b1, one_minus_b1, b2, square_factor, eps] = [0, 1, 2, 3, 4].map(|i| scalars[i].lane());
        let zero = T::One::splat(0.0);
        // Without axes there is one element, which is its own cover.
        let (leading, &last) = shape.split_last().map_or((&[][..], &1), |(last, leading)| (leading, last));
        let start_of_last: usize = leading.iter().sum();
        scratch.fill(f64::NEG_INFINITY);
        for row in 0..u.len() / last {
            let mut least: Option<T::One> = None;
            each_cover(leading, row, |cover| {
                let cover = mu[cover].lane();
                least = Some(least.map_or(cover, |least| least.min(cover)));
            });
            let mut largest = T::One::splat(f64::NEG_INFINITY);
            for i in 0..last {
                let g = u[row * last + i].lane();
                let cover = mu[start_of_last + i].lane();
                let least = least.map_or(cover, |least| least.min(cover));
                let accumulator = square_factor * (g * g) + b2 * least;
                let root = T::One::splat(1.0) / (accumulator + eps).sqrt();
                let step = g * T::One::select(zero.lt(accumulator), root, zero);
                let momentum = one_minus_b1 * step + b1 * nu[row * last + i].lane();
                nu[row * last + i] = T::number(momentum);
                u[row * last + i] = T::number(momentum);
                largest = largest.max(accumulator);
                raise::<T>(&mut scratch[start_of_last + i], accumulator);
            }
            each_cover(leading, row, |cover| raise::<T>(&mut scratch[cover], largest));
        }
        for (cover, &largest) in mu.iter_mut().zip(scratch.iter()) {
            *cover = T::of(largest);
        }
    }
}

fn raise<T: Number>(cover: &mut f64, value: T::One) {
    *cover = T::number(T::of(*cover).lane().max(value)).widen();
}

/// Visits the covers of a row: where each of the leading axes has its element for it.
fn each_cover(leading: &[usize], mut row: usize, mut visit: impl FnMut(usize)) {
    let mut end: usize = leading.iter().sum();
    for &size in leading.iter().rev() {
        end -= size;
        visit(end + row % size);
        row /= size;
    }
}
