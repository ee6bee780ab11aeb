use super::super::{Leaf, Leafwise};
use super::rows;
use crate::compiled::Number;
use crate::workers::Shared;

/// The combination of differences and updates with coefficients for w, g and u.
pub(crate) struct Combine;

/// Elements that are summed over all vectors before the next ones are looked at.
const CHUNK: usize = 512;
/// Vectors that are added at once.
const TILE: usize = 5;

impl Leafwise for Combine {
    const NAME: &'static str = "lbfgs_combine";
    const SLOTS: &'static [&'static str] = &["diff_params_memory", "diff_updates_memory", "coefficients"];
    const SCALARS: &'static [&'static str] = &[];
    const READS_PARAMS: bool = false;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        rows(shape, kept[0], kept[1]).is_some_and(|m| 2 * (2 * m + 1) == kept[2] as u128)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { u, slots: [w, g, coefficients, ..], hands, .. } = leaf;
        let (n, w, g, coefficients) = (u.len(), &*w, &*g, &*coefficients);
        let count = coefficients.len() / 2;
        let coefficient = |i: usize| coefficients[i].widen() + coefficients[count + i].widen();
        let u = Shared::new(u);
        hands.crew.each(n.div_ceil(CHUNK), |task| {
            let start = task * CHUNK;
            // SAFETY: no two tasks have an element in common.
            let u = unsafe { u.part(start..n.min(start + CHUNK)) };
            let mut sums = [0.0; CHUNK];
            add(&mut sums, [coefficient(count - 1)], [u]);
            for (memory, first) in [(w, 0), (g, count / 2)] {
                let vector = |i: usize| &memory[i * n + start..][..u.len()];
                let m = count / 2;
                for i in (0..m / TILE * TILE).step_by(TILE) {
                    let of: [usize; TILE] = std::array::from_fn(|j| i + j);
                    add(&mut sums, of.map(|i| coefficient(first + i)), of.map(vector));
                }
                for i in m / TILE * TILE..m {
                    add(&mut sums, [coefficient(first + i)], [vector(i)]);
                }
            }
            for (u, sum) in u.iter_mut().zip(sums) {
                *u = T::of(sum);
            }
        });
    }
}

fn add<T: Number, const N: usize>(sums: &mut [f64; CHUNK], scales: [f64; N], vectors: [&[T]; N]) {
    for (i, sum) in sums.iter_mut().take(vectors[0].len()).enumerate() {
        for (scale, vector) in scales.iter().zip(vectors) {
            *sum += scale * vector[i].widen();
        }
    }
}
