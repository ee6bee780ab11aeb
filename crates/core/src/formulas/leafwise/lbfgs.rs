//! Limited-memory BFGS: what is kept of a step, the inner products of what is kept, and combinations of it.
//!
//! Vectors are summed in double precision. A number that passes between kernels and the host lies in a buffer as two, a head and
//! a tail, so that single precision holds it.

use super::{Leaf, Leafwise};
use crate::compiled::Number;

/// Sums that are kept side by side.
const WIDTH: usize = 8;
/// Elements of all vectors that are multiplied before the next ones are looked at.
const CHUNK: usize = 256;

/// How many vectors of the leaf's size both memories hold, wide enough to be squared; none unless they hold as many whole ones.
fn rows(shape: &[usize], params: usize, updates: usize) -> Option<u128> {
    let n: usize = shape.iter().product();
    (params >= n && params.is_multiple_of(n) && params == updates).then_some((params / n) as u128)
}

/// Keeps the differences from the last step in row `row`, counted round the memory, zeros at the `first`; and the step.
pub(crate) struct Remember;

impl Leafwise for Remember {
    const NAME: &'static str = "lbfgs_remember";
    const SLOTS: &'static [&'static str] =
        &["params", "updates", "diff_params_memory", "diff_updates_memory"];
    const SCALARS: &'static [&'static str] = &["row", "first"];
    const READS_PARAMS: bool = true;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        let n: usize = shape.iter().product();
        kept[..2] == [n, n] && rows(shape, kept[2], kept[3]).is_some()
    }

    fn scratch(_: &[usize], _: &[usize]) -> usize {
        0
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let (row, first) = (leaf.scalars[0].widen() as usize, leaf.scalars[1].widen() != 0.0);
        let [params, updates, diff_params, diff_updates, ..] = leaf.slots;
        keep(params, leaf.p, diff_params, row, first);
        keep(updates, leaf.u, diff_updates, row, first);
    }
}

fn keep<T: Number>(last: &mut [T], now: &[T], memory: &mut [T], row: usize, first: bool) {
    let n = now.len();
    let start = row % (memory.len() / n) * n;
    for ((difference, last), now) in memory[start..][..n].iter_mut().zip(last).zip(now) {
        *difference = if first { T::default() } else { T::number(now.lane() - last.lane()) };
        *last = *now;
    }
}

/// The inner products, with w the differences of parameters and g those of updates: w·g, g·g, w·u, g·u, u·u, rows first.
pub(crate) struct Products;

impl Leafwise for Products {
    const NAME: &'static str = "lbfgs_products";
    const SLOTS: &'static [&'static str] = &["diff_params_memory", "diff_updates_memory", "products"];
    const SCALARS: &'static [&'static str] = &[];
    const READS_PARAMS: bool = false;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        rows(shape, kept[0], kept[1]).is_some_and(|m| 2 * (2 * m * (m + 1) + 1) == kept[2] as u128)
    }

    fn scratch(_: &[usize], _: &[usize]) -> usize {
        0
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let (u, n) = (&*leaf.u, leaf.u.len());
        let [w, g, products, ..] = leaf.slots;
        let m = w.len() / n;
        let (heads, tails) = products.split_at_mut(products.len() / 2);
        heads.fill(T::default());
        tails.fill(T::default());
        for start in (0..n).step_by(CHUNK) {
            let end = n.min(start + CHUNK);
            let row = |i: usize| i * n + start..i * n + end;
            let mut at = 0;
            let mut add = |a: &[T], b: &[T]| {
                let sum = heads[at].widen() + tails[at].widen() + dot(a, b);
                (heads[at], tails[at]) = split(sum);
                at += 1;
            };
            for i in 0..m {
                for j in 0..m {
                    add(&w[row(i)], &g[row(j)]);
                }
            }
            for i in 0..m {
                for j in 0..m {
                    add(&g[row(i)], &g[row(j)]);
                }
            }
            for memory in [&*w, &*g] {
                for i in 0..m {
                    add(&memory[row(i)], &u[start..end]);
                }
            }
            add(&u[start..end], &u[start..end]);
        }
    }
}

fn dot<T: Number>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0; WIDTH];
    let (rows, rest) = (a.chunks_exact(WIDTH).zip(b.chunks_exact(WIDTH)), a.len() / WIDTH * WIDTH);
    for (a, b) in rows {
        for i in 0..WIDTH {
            sums[i] += a[i].widen() * b[i].widen();
        }
    }
    for (i, (a, b)) in a[rest..].iter().zip(&b[rest..]).enumerate() {
        sums[i] += a.widen() * b.widen();
    }
    sums.iter().sum()
}

fn split<T: Number>(x: f64) -> (T, T) {
    let head = T::of(x);
    (head, T::of(x - head.widen()))
}

/// The combination of differences and updates with coefficients for w, g and u.
pub(crate) struct Combine;

impl Leafwise for Combine {
    const NAME: &'static str = "lbfgs_combine";
    const SLOTS: &'static [&'static str] = &["diff_params_memory", "diff_updates_memory", "coefficients"];
    const SCALARS: &'static [&'static str] = &[];
    const READS_PARAMS: bool = false;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        rows(shape, kept[0], kept[1]).is_some_and(|m| 2 * (2 * m + 1) == kept[2] as u128)
    }

    fn scratch(_: &[usize], _: &[usize]) -> usize {
        0
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let n = leaf.u.len();
        let [w, g, coefficients, ..] = leaf.slots;
        let count = coefficients.len() / 2;
        let coefficient = |i: usize| coefficients[i].widen() + coefficients[count + i].widen();
        for start in (0..n).step_by(CHUNK) {
            let u = &mut leaf.u[start..n.min(start + CHUNK)];
            let mut sums = [0.0; CHUNK];
            let mut add = |scale: f64, vector: &[T]| {
                for (sum, x) in sums.iter_mut().zip(vector) {
                    *sum += scale * x.widen();
                }
            };
            add(coefficient(count - 1), u);
            for (memory, first) in [(&*w, 0), (&*g, count / 2)] {
                for i in 0..count / 2 {
                    add(coefficient(first + i), &memory[i * n + start..][..u.len()]);
                }
            }
            for (u, sum) in u.iter_mut().zip(sums) {
                *u = T::of(sum);
            }
        }
    }
}
