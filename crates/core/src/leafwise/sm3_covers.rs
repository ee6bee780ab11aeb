//! SM3's covers: for each index along each axis, the largest accumulator in its slice.

use std::marker::PhantomData;

use crate::formulas::sm3::accumulator;
use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;
use crate::lanes::vector::{LANES, Vector};
use crate::leafwise::kernel::{Case, Context, LARGE_AND_SMALL, Leaf, LeafSlot, Leafwise, writes};
use crate::leafwise::parts::{parts, range};
use crate::leafwise::strips::{self, ROWS, Strip};
use crate::threads::Shared;

/// Updates the covers of SM3's accumulators: each axis has a cover for each index.
///
/// `mu` holds the covers, axis after axis. The accumulator of an element is its square plus the least of its covers, and a cover becomes
/// the largest accumulator in its slice. The previous covers are stored for the next kernel: those of the last axis in `column`, and in
/// `row`, for each index along the other axes, the least cover of these axes.
pub(crate) struct Sm3Covers;

impl Leafwise for Sm3Covers {
    const NAME: &'static str = "sm3_covers";
    const SLOTS: &'static [LeafSlot] = &[writes("mu"), writes("row"), writes("column")];
    const SCALARS: &'static [&'static str] = &["b2", "square_factor"];
    const READS_PARAMS: bool = false;
    const READS_ONLY: bool = true;
    const CASES: &'static [Case] = &[
        Case { leaves: LARGE_AND_SMALL, ..CASE },
        Case { leaves: &[&[], &[257], &[6, 37], &[2, 0, 3]], ..CASE },
    ];

    fn fits(shape: &[usize], _: &[usize], _: &[usize], slot_sizes: &[usize]) -> bool {
        let (leading, last) = split(shape);
        slot_sizes == [covers(shape), leading.iter().product(), last]
    }

    fn scratch(shape: &[usize], _: &[usize], _: &[usize]) -> usize {
        let (leading, last) = split(shape);
        let rows = leading.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
        covers(shape).saturating_mul(parts(rows.saturating_mul(last)).min(rows))
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { input, shape, slots: [mu, row, column, ..], scalars, context, scratch, .. } = leaf;
        let u = input.expect("it only reads u");
        let Context { team, isa } = context;
        let (leading, last) = split(shape);
        let covers = mu.len();
        for (least, i) in row.iter_mut().zip(0..) {
            *least = T::of(f64::INFINITY);
            each_cover(leading, i, |cover| *least = T::number(least.lane().min(mu[cover].lane())));
        }
        column.copy_from_slice(&mu[covers - last..]);
        let parts = parts(u.len()).min(row.len());
        let raised = &mut T::borrow(scratch)[..parts * covers];
        raised.fill(T::of(f64::NEG_INFINITY));
        let (all_raised, least, column) = (Shared::new(raised), &*row, &*column);
        team.each(parts, |part| {
            // SAFETY: no two parts have a cover in common.
            let raised = unsafe { all_raised.part(part * covers..(part + 1) * covers) };
            let own = range(part, parts, least.len());
            for first in own.clone().step_by(ROWS) {
                let rows = first..own.end.min(first + ROWS);
                let mut largest = [[T::of(f64::NEG_INFINITY); LANES]; ROWS];
                let mut sums = [[T::default(); LANES]; ROWS];
                let operands = Operands {
                    columns: last,
                    u: u[rows.start * last..rows.end * last].as_ptr(),
                    covers: column.as_ptr(),
                    raised: raised[covers - last..].as_mut_ptr(),
                    least: least[rows.clone()].as_ptr(),
                    largest: largest.as_mut_ptr().cast(),
                    sums: sums.as_mut_ptr().cast(),
                    scalars: [scalars[0], scalars[1]],
                };
                let are_nan = |numbers: &[T]| numbers.iter().any(|number| number.widen().is_nan());
                // SAFETY: as above; each array has as many elements as the rows, or as the last axis.
                unsafe {
                    strips::run::<Raise<IgnoresNan>, T>(isa, rows.len(), operands);
                    if are_nan(&least[rows.clone()]) || are_nan(sums.as_flattened()) {
                        strips::run::<Raise<PropagatesNan>, T>(isa, rows.len(), operands);
                    }
                }
                for (row, largest) in rows.zip(&largest) {
                    let largest = largest[1..].iter().fold(largest[0].lane(), |a, b| a.max(b.lane()));
                    each_cover(leading, row, |cover| {
                        raised[cover] = T::number(raised[cover].lane().max(largest));
                    });
                }
            }
        });
        let (first, others) = raised.split_at(covers);
        mu.copy_from_slice(first);
        for others in others.chunks_exact(covers) {
            for (cover, other) in mu.iter_mut().zip(others) {
                *cover = T::number(cover.lane().max(other.lane()));
            }
        }
    }
}

/// A case whose steps compute and use the covers; its leaves are left to fill in.
const CASE: Case = Case {
    steps: &["sm3_covers", "scale_by_sm3"],
    scalars: &[("b1", 0.9), ("one_minus_b1", 0.1), ("b2", 0.5), ("square_factor", 0.25), ("eps", 1e-8)],
    slots: &[
        ("mu", |shape, _| vec![covers(shape)]),
        ("row", |shape, _| shape.split_last().map_or(vec![], |(_, leading)| [leading, &[1]].concat())),
        ("column", |shape, _| {
            (1..=shape.len()).map(|axis| if axis == shape.len() { shape[axis - 1] } else { 1 }).collect()
        }),
    ],
    ..Case::EMPTY
};

#[derive(Clone, Copy)]
struct Operands<T> {
    columns: usize,
    u: *const T,
    /// The covers of the last axis.
    covers: *const T,
    /// The largest accumulators so far, for each index along the last axis.
    raised: *mut T,
    /// The least of the other covers, for each row.
    least: *const T,
    /// The largest accumulators, `LANES` for each row.
    largest: *mut T,
    /// Sums of accumulators, `LANES` for each row or for a whole strip: NaN where an accumulator is.
    sums: *mut T,
    scalars: [T; 2],
}

/// The larger and the smaller of two numbers.
trait MinMax {
    fn larger<L: Lane>(a: L, b: L) -> L;
    fn smaller<L: Lane>(a: L, b: L) -> L;
}

/// The comparisons that return `b` where either is NaN: each takes one instruction.
struct IgnoresNan;

impl MinMax for IgnoresNan {
    #[inline(always)]
    fn larger<L: Lane>(a: L, b: L) -> L {
        a.larger(b)
    }
    #[inline(always)]
    fn smaller<L: Lane>(a: L, b: L) -> L {
        a.smaller(b)
    }
}

/// The comparisons that return NaN where either is NaN.
struct PropagatesNan;

impl MinMax for PropagatesNan {
    #[inline(always)]
    fn larger<L: Lane>(a: L, b: L) -> L {
        a.max(b)
    }
    #[inline(always)]
    fn smaller<L: Lane>(a: L, b: L) -> L {
        a.min(b)
    }
}

/// The loop that raises covers to the largest accumulators.
struct Raise<M>(PhantomData<M>);

impl<M: MinMax> Strip for Raise<M> {
    type Operands<T> = Operands<T>;

    #[inline(always)]
    unsafe fn step<V: Vector, const N: usize>(operands: &Operands<V::Number>, row: usize) {
        const { assert!(V::WIDTH <= LANES) }
        let mut largest = [V::splat(f64::NEG_INFINITY); N];
        let mut largest_of_rest = [V::One::splat(f64::NEG_INFINITY); N];
        let (mut sum, mut sum_of_rest) = (V::splat(0.0), V::One::splat(0.0));
        let mut at = 0;
        // SAFETY: the caller guarantees that all arrays have these rows and columns.
        unsafe {
            while at + V::WIDTH <= operands.columns {
                raise::<V, M, N>(operands, row, at, &mut largest, &mut sum);
                at += V::WIDTH;
            }
            while at < operands.columns {
                raise::<V::One, M, N>(operands, row, at, &mut largest_of_rest, &mut sum_of_rest);
                at += 1;
            }
            for (i, (largest, of_rest)) in largest.into_iter().zip(largest_of_rest).enumerate() {
                let place = operands.largest.add((row + i) * LANES);
                largest.store(place);
                M::larger(of_rest, V::One::load(place)).store(place);
            }
            let place = operands.sums.add(row * LANES);
            sum.store(place);
            (sum_of_rest + V::One::load(place)).store(place);
        }
    }
}

/// Raises the covers of a vector of columns and of `N` rows. The covers of columns are loaded and stored once for all rows.
#[inline(always)]
unsafe fn raise<V: Vector, M: MinMax, const N: usize>(
    operands: &Operands<V::Number>,
    row: usize,
    at: usize,
    largest: &mut [V; N],
    sum: &mut V,
) {
    let [b2, square_factor] = operands.scalars.map(
        #[inline(always)]
        |scalar| V::broadcast(scalar),
    );
    // SAFETY: the caller guarantees that the elements exist.
    unsafe {
        let cover = V::load(operands.covers.add(at));
        let mut raised = V::load(operands.raised.add(at));
        for (i, largest) in largest.iter_mut().enumerate() {
            let u = V::load(operands.u.add((row + i) * operands.columns + at));
            let least = M::smaller(V::broadcast(*operands.least.add(row + i)), cover);
            let accumulator = accumulator(u, least, b2, square_factor);
            *largest = M::larger(*largest, accumulator);
            // In this order a NaN of earlier rows stays.
            raised = M::larger(accumulator, raised);
            *sum = *sum + accumulator;
        }
        // Adding 0 changes no bit, as no accumulator is -0. Without it the compiler emits a masked store, far slower on some machines.
        (raised + V::splat(0.0)).store(operands.raised.add(at));
    }
}

/// Returns the sizes of the leading axes and of the last one; without axes there is one element, which is its own cover.
fn split(shape: &[usize]) -> (&[usize], usize) {
    shape.split_last().map_or((&[], 1), |(last, leading)| (leading, *last))
}

/// Counts the covers.
fn covers(shape: &[usize]) -> usize {
    shape.iter().fold(0, |sum: usize, size| sum.saturating_add(*size)).max(1)
}

/// Visits the covers of a row, one of each leading axis.
fn each_cover(leading: &[usize], mut row: usize, mut visit: impl FnMut(usize)) {
    let mut end: usize = leading.iter().sum();
    for &size in leading.iter().rev() {
        end -= size;
        // The first axis needs no division, which is slow.
        let (others, own) = if row < size { (0, row) } else { (row / size, row % size) };
        visit(end + own);
        row = others;
    }
}
