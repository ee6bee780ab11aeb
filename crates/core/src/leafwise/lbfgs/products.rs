//! The inner products of the two-loop recursion.

use crate::lanes::dispatch::Number;
use crate::leafwise::kernel::{Case, Context, Leaf, LeafSlot, Leafwise, reads, writes};
use crate::leafwise::lbfgs::factor::Factor;
use crate::leafwise::lbfgs::multiply::{CHUNK, Chunk, LANES, TILE};
use crate::leafwise::lbfgs::{SCALARS, cases, exchange, rows};
use crate::leafwise::parts::{parts, range};
use crate::threads::Shared;

/// Computes the inner products of the two-loop recursion, with w the differences of parameters and g those of updates.
///
/// The order of the results: w·g, row by row, 0 where g is older than w; g·g, row by row; w·u; g·u; u·u.
pub(crate) struct Products;

impl Leafwise for Products {
    const NAME: &'static str = "lbfgs_products";
    const SLOTS: &'static [LeafSlot] = &[
        reads("params"),
        reads("updates"),
        reads("diff_params_memory"),
        reads("diff_updates_memory"),
        writes("products"),
    ];
    const SCALARS: &'static [&'static str] = SCALARS;
    const READS_PARAMS: bool = true;
    const READS_ONLY: bool = true;
    const CASES: &'static [Case] = &cases(&[Self::NAME]);

    fn fits(shape: &[usize], _: &[usize], _: &[usize], slot_sizes: &[usize]) -> bool {
        rows(shape, slot_sizes)
            .is_some_and(|m| exchange::PARTS as u128 * (2 * m * (m + 1) + 1) == slot_sizes[4] as u128)
    }

    fn scratch(shape: &[usize], _: &[usize], slot_sizes: &[usize]) -> usize {
        let n = shape.iter().product();
        workspace_size(slot_sizes[2] / n + 1).saturating_mul(parts(n))
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { input, p, slots: [params, updates, w, g, products], scalars, context, scratch, .. } = leaf;
        let Context { team, isa } = context;
        let u = input.expect("it only reads u");
        let (n, params, updates, w, g) = (u.len(), &*params, &*updates, &*w, &*g);
        let m = w.len() / n;
        let newest = scalars[0].widen() as usize % m;
        let first = scalars[1].widen() != 0.0;
        let by_age = |i: usize| (newest + 1 + i) % m;
        // The vectors w on the left and g on the right, both oldest first, with u as the newest of each.
        let factor = |i: usize| {
            let (memory, now, last, age) =
                if i <= m { (w, p, params, i) } else { (g, u, updates, i - m - 1) };
            match m - age {
                0 => Factor::Stored(u),
                1 if first => Factor::Zeros(now),
                1 => Factor::Difference(now, last),
                _ => Factor::Stored(&memory[by_age(age) * n..][..n]),
            }
        };
        let factors: Vec<_> = (0..2 * (m + 1)).map(factor).collect();
        let (parts, size, wide) = (parts(n), workspace_size(m + 1), 2 * (m + 1) * CHUNK);
        let workspaces = &mut scratch[..parts * size];
        let shared = Shared::new(workspaces);
        team.each(parts, |part| {
            // SAFETY: no two parts have a workspace in common.
            let (vectors, sums) = unsafe { shared.part(part * size..(part + 1) * size) }.split_at_mut(wide);
            sums.fill(0.0);
            let elements = |chunk: usize| n.min(chunk * CHUNK)..n.min((chunk + 1) * CHUNK);
            for chunk in range(part, parts, n.div_ceil(CHUNK)) {
                for (factor, wide) in factors.iter().zip(vectors.chunks_exact_mut(CHUNK)) {
                    factor.widen(isa, elements(chunk), wide);
                }
                let mut pairs = Chunk { count: m + 1, vectors, sums };
                let mut next = factors.chunks_exact(2);
                for first in (0..=m).step_by(TILE) {
                    let end = (m + 1).min(first + TILE);
                    for left in 0..end {
                        let next = next.next().map(|pair| {
                            std::array::from_fn(|i| pair[i].to_prefetch(elements(chunk + 1)).as_ptr())
                        });
                        pairs.multiply(isa, left, first.max(left)..end, next);
                    }
                }
            }
        });
        let sum = |left: usize, right: usize| {
            let (left, side) = (left % (m + 1), left / (m + 1));
            let at = wide + (2 * (left * (m + 1) + right) + side) * LANES;
            let mut lanes = [0.0; LANES];
            for part in workspaces.chunks_exact(size) {
                lanes.iter_mut().zip(&part[at..]).for_each(|(lane, sum)| *lane += sum);
            }
            lanes.iter().sum::<f64>()
        };
        let mut put = |at: usize, sum: f64| exchange::store(products, at, sum);
        for i in 0..m {
            let older = by_age(i);
            for j in 0..m {
                let newer = by_age(j);
                put(older * m + newer, if j < i { 0.0 } else { sum(i, j) });
                put(m * m + older * m + newer, sum(m + 1 + i.min(j), i.max(j)));
            }
            put(2 * m * m + older, sum(i, m));
            put(2 * m * m + m + older, sum(m + 1 + i, m));
        }
        put(2 * m * m + 2 * m, sum(m, m));
    }
}

/// Returns the size of a workspace for `count` vectors on either side: a chunk of each, and the sums of all pairs.
fn workspace_size(count: usize) -> usize {
    let elements = count.saturating_mul(2 * CHUNK);
    count.saturating_mul(count).saturating_mul(2 * LANES).saturating_add(elements)
}
