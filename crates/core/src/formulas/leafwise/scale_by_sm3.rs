use super::parts::{parts, range};
use super::rows::LANES;
use super::strips::{self, ROWS, Strip};
use super::{Hands, Leaf, Leafwise};
use crate::compiled::Number;
use crate::lane::Lane;
use crate::pack::Vector;
use crate::workers::Shared;

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
    const TAKES_FROM: bool = true;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        kept[0] == covers(shape) && kept[1] == shape.iter().product::<usize>()
    }

    fn scratch(shape: &[usize], _: &[usize], _: &[usize]) -> usize {
        let product =
            |shape: &[usize]| shape.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
        let leading = shape.split_last().map_or(&[][..], |(_, leading)| leading);
        covers(shape).saturating_mul(parts(product(shape)).min(product(leading)))
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { from, u, shape, slots: [mu, nu, ..], scalars, hands, scratch, .. } = leaf;
        let Hands { crew, isa } = hands;
        // Without axes there is one element, which is its own cover.
        let (leading, &last) = shape.split_last().map_or((&[][..], &1), |(last, leading)| (leading, last));
        let start_of_last: usize = leading.iter().sum();
        let (rows, covers) = (u.len() / last, mu.len());
        let parts = parts(u.len()).min(rows);
        let raised = &mut T::borrow(scratch)[..parts * covers];
        raised.fill(T::of(f64::NEG_INFINITY));
        let (all_raised, u, nu, old) = (Shared::new(raised), Shared::new(u), Shared::new(nu), &*mu);
        crew.each(parts, |part| {
            // SAFETY: no two parts have a row or a cover in common.
            let raised = unsafe { all_raised.part(part * covers..(part + 1) * covers) };
            let own = range(part, parts, rows);
            for first in own.clone().step_by(ROWS) {
                let rows = first..own.end.min(first + ROWS);
                let elements = rows.start * last..rows.end * last;
                let mut least = [T::of(f64::INFINITY); ROWS];
                for (least, row) in least.iter_mut().zip(rows.clone()) {
                    each_cover(leading, row, |cover| *least = T::number(least.lane().min(old[cover].lane())));
                }
                let mut largest = [[T::of(f64::NEG_INFINITY); LANES]; ROWS];
                // SAFETY: as above; each array has as many elements as the rows, or as the last axis.
                unsafe {
                    let [u, nu] = [&u, &nu].map(|array| array.part(elements.clone()).as_mut_ptr());
                    let operands = Operands {
                        columns: last,
                        g: from.map_or(u.cast_const(), |from| from[elements].as_ptr()),
                        u,
                        nu,
                        covers: old[start_of_last..].as_ptr(),
                        raised: raised[start_of_last..].as_mut_ptr(),
                        least: least.as_ptr(),
                        largest: largest.as_mut_ptr().cast(),
                        scalars: std::array::from_fn(|i| scalars[i]),
                    };
                    strips::run::<Accumulate, T>(isa, rows.len(), operands);
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

struct Operands<T> {
    columns: usize,
    g: *const T,
    u: *mut T,
    nu: *mut T,
    /// Along the last axis.
    covers: *const T,
    /// The largest accumulators so far, along the last axis.
    raised: *mut T,
    /// For each row the least of its other covers.
    least: *const T,
    /// For each row the largest accumulators, `LANES` of them.
    largest: *mut T,
    scalars: [T; 5],
}

struct Accumulate;

impl Strip for Accumulate {
    type Operands<T> = Operands<T>;

    #[inline(always)]
    unsafe fn step<V: Vector, const N: usize>(operands: &Operands<V::Number>, row: usize) {
        const { assert!(V::WIDTH <= LANES) }
        let mut largest = [V::splat(f64::NEG_INFINITY); N];
        let mut largest_of_rest = [V::One::splat(f64::NEG_INFINITY); N];
        let mut at = 0;
        // SAFETY: the caller says that all arrays have so many rows or columns.
        unsafe {
            while at + V::WIDTH <= operands.columns {
                accumulate::<V, N>(operands, row, at, &mut largest);
                at += V::WIDTH;
            }
            while at < operands.columns {
                accumulate::<V::One, N>(operands, row, at, &mut largest_of_rest);
                at += 1;
            }
            for (i, (largest, of_rest)) in largest.into_iter().zip(largest_of_rest).enumerate() {
                let place = operands.largest.add((row + i) * LANES);
                largest.store(place);
                of_rest.max(V::One::load(place)).store(place);
            }
        }
    }
}

/// Some columns of `N` rows: what is the columns' is read and written once for all of them.
#[inline(always)]
unsafe fn accumulate<V: Vector, const N: usize>(
    operands: &Operands<V::Number>,
    row: usize,
    at: usize,
    largest: &mut [V; N],
) {
    let [b1, one_minus_b1, b2, square_factor, eps] = operands.scalars.map(
        #[inline(always)]
        |scalar| V::broadcast(scalar),
    );
    let zero = V::splat(0.0);
    // SAFETY: the caller says that the elements exist.
    unsafe {
        let cover = V::load(operands.covers.add(at));
        let mut raised = V::load(operands.raised.add(at));
        for (i, largest) in largest.iter_mut().enumerate() {
            let element = (row + i) * operands.columns + at;
            let g = V::load(operands.g.add(element));
            let least = V::broadcast(*operands.least.add(row + i)).min(cover);
            let accumulator = square_factor * (g * g) + b2 * least;
            let root = V::splat(1.0) / (accumulator + eps).sqrt();
            let step = g * V::select(zero.lt(accumulator), root, zero);
            let momentum = one_minus_b1 * step + b1 * V::load(operands.nu.add(element));
            momentum.store(operands.nu.add(element));
            momentum.store(operands.u.add(element));
            *largest = largest.max(accumulator);
            raised = raised.max(accumulator);
        }
        // No accumulator is -0, so + 0 is only for the compiler: it would store under a mask, many times slower on some machines.
        (raised + zero).store(operands.raised.add(at));
    }
}

fn covers(shape: &[usize]) -> usize {
    shape.iter().fold(0, |sum: usize, size| sum.saturating_add(*size)).max(1)
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
