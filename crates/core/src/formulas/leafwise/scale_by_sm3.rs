use super::rows::{self, LANES, Row};
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

/// Into so many parts a leaf is cut, each with covers of its own: the largest is the same in any order.
const PARTS: usize = 16;
/// Elements below which a leaf is not cut.
const WHOLE: usize = 1 << 16;

impl Leafwise for ScaleBySm3 {
    const NAME: &'static str = "scale_by_sm3";
    const SLOTS: &'static [&'static str] = &["mu", "nu"];
    const SCALARS: &'static [&'static str] = &["b1", "one_minus_b1", "b2", "square_factor", "eps"];
    const READS_PARAMS: bool = false;
    const TAKES_FROM: bool = true;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        kept[0] == covers(shape) && kept[1] == shape.iter().product::<usize>()
    }

    fn scratch(shape: &[usize], _: &[usize]) -> usize {
        let n = shape.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
        covers(shape).saturating_mul(parts(n))
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { from, u, shape, slots: [mu, nu, ..], scalars, hands, scratch, .. } = leaf;
        let Hands { crew, isa } = hands;
        // Without axes there is one element, which is its own cover.
        let (leading, &last) = shape.split_last().map_or((&[][..], &1), |(last, leading)| (leading, last));
        let start_of_last: usize = leading.iter().sum();
        let (rows, covers, parts) = (u.len() / last, mu.len(), parts(u.len()));
        let raised = &mut T::borrow(scratch)[..parts * covers];
        raised.fill(T::of(f64::NEG_INFINITY));
        let (all_raised, u, nu, old) = (Shared::new(raised), Shared::new(u), Shared::new(nu), &*mu);
        crew.each(parts, |part| {
            // SAFETY: no two parts have a row or a cover in common.
            let raised = unsafe { all_raised.part(part * covers..(part + 1) * covers) };
            for row in part * rows / parts..(part + 1) * rows / parts {
                let mut least = T::One::splat(f64::INFINITY);
                each_cover(leading, row, |cover| least = least.min(old[cover].lane()));
                let mut largest = [T::of(f64::NEG_INFINITY); LANES];
                let elements = row * last..(row + 1) * last;
                // SAFETY: as above; each array has as many elements as the last axis, or a number for each lane.
                unsafe {
                    let u = u.part(elements.clone());
                    if let Some(from) = from {
                        u.copy_from_slice(&from[elements.clone()]);
                    }
                    let operands = Operands {
                        u: u.as_mut_ptr(),
                        nu: nu.part(elements).as_mut_ptr(),
                        covers: old[start_of_last..].as_ptr(),
                        raised: raised[start_of_last..].as_mut_ptr(),
                        largest: largest.as_mut_ptr(),
                        least: T::number(least),
                        scalars: std::array::from_fn(|i| scalars[i]),
                    };
                    rows::run::<Accumulate, T>(isa, last, operands);
                }
                let largest = largest[1..].iter().fold(largest[0].lane(), |a, b| a.max(b.lane()));
                each_cover(leading, row, |cover| {
                    raised[cover] = T::number(raised[cover].lane().max(largest));
                });
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
    u: *mut T,
    nu: *mut T,
    covers: *const T,
    /// The largest accumulators so far, along the last axis.
    raised: *mut T,
    /// The largest accumulators of the row, for each lane.
    largest: *mut T,
    /// The least of the row's other covers.
    least: T,
    scalars: [T; 5],
}

struct Accumulate;

impl Row for Accumulate {
    type Operands<T> = Operands<T>;

    #[inline(always)]
    unsafe fn step<V: Vector>(operands: &Operands<V::Number>, at: usize) {
        let [b1, one_minus_b1, b2, square_factor, eps] = operands.scalars.map(
            #[inline(always)]
            |scalar| V::broadcast(scalar),
        );
        let zero = V::splat(0.0);
        // SAFETY: the caller says so, and there is a number for each lane.
        unsafe {
            let g = V::load(operands.u.add(at));
            let least = V::broadcast(operands.least).min(V::load(operands.covers.add(at)));
            let accumulator = square_factor * (g * g) + b2 * least;
            let root = V::splat(1.0) / (accumulator + eps).sqrt();
            let step = g * V::select(zero.lt(accumulator), root, zero);
            let momentum = one_minus_b1 * step + b1 * V::load(operands.nu.add(at));
            momentum.store(operands.nu.add(at));
            momentum.store(operands.u.add(at));
            for place in [operands.largest.add(at % LANES), operands.raised.add(at)] {
                // No accumulator is -0, so + 0 is only for the compiler: it would store under a mask, many times slower on some machines.
                (V::load(place).max(accumulator) + zero).store(place);
            }
        }
    }
}

fn covers(shape: &[usize]) -> usize {
    shape.iter().fold(0, |sum: usize, size| sum.saturating_add(*size)).max(1)
}

fn parts(elements: usize) -> usize {
    if elements < WHOLE { 1 } else { PARTS }
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
