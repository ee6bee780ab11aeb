//! Sums of squares along the rows and along the columns of matrices.

use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;
use crate::lanes::vector::{LANES, Vector};
use crate::leafwise::kernel::Context;
use crate::leafwise::strips::{self, ROWS, Strip};
use crate::leafwise::two_axes::{Runs, TwoAxes};
use crate::sums::BLOCK;
use crate::threads::Shared;

/// The most vectors that hold the sums of a row: `LANES` numbers in the narrowest vectors, of two lanes.
const MOST: usize = LANES / 2;

/// Returns a term of the means: `u * u + epsilon`.
#[inline(always)]
pub fn square<L: Lane>(u: L, epsilon: L) -> L {
    u * u + epsilon
}

/// Sums `u * u + epsilon` over `b` into `sums_b` and over `a` into `sums_a`.
pub(super) fn sum<T: Number>(
    two_axes: &TwoAxes,
    u: &[T],
    epsilon: T,
    Context { team, isa }: Context<'_>,
    sums_b: &mut [T],
    sums_a: &mut [T],
    partial: &mut [T],
) {
    let (all_sums_b, all_partial) = (Shared::new(sums_b), Shared::new(partial));
    team.each(two_axes.tasks(), |task| {
        // SAFETY: no two tasks have a row or a partial sum in common.
        let partial = unsafe { all_partial.part(task * two_axes.columns()..(task + 1) * two_axes.columns()) };
        partial.fill(T::default());
        two_axes.each_run(task, ROWS, |Runs { count, at, at_without_b, middle }| {
            let mut sums = [0.0; ROWS];
            for start in (0..two_axes.run()).step_by(BLOCK) {
                let columns = BLOCK.min(two_axes.run() - start);
                let mut lanes = [[T::default(); LANES]; ROWS];
                let operands = Operands {
                    columns,
                    stride: two_axes.columns(),
                    u: u[at + start..][..(count - 1) * two_axes.columns() + columns].as_ptr(),
                    sums: partial[middle * two_axes.run() + start..][..columns].as_mut_ptr(),
                    lanes: lanes.as_mut_ptr().cast(),
                    epsilon,
                };
                // SAFETY: each array has these rows or columns, which no other task accesses.
                unsafe { strips::run::<SumSquares, T>(isa, count, operands) }
                for (sum, lanes) in sums.iter_mut().zip(lanes) {
                    *sum += lanes.iter().map(|lane| lane.widen()).sum::<f64>();
                }
            }
            for (row, sum) in sums[..count].iter().enumerate() {
                let first = at_without_b + row * two_axes.step_without_b();
                // SAFETY: as above.
                let sums_b = unsafe { all_sums_b.part(first..first + two_axes.inner) };
                if let [own] = sums_b {
                    *own = T::of(*sum);
                    continue;
                }
                sums_b.fill(T::default());
                for us in u[at + row * two_axes.columns()..][..two_axes.run()].chunks_exact(two_axes.inner) {
                    for (sum, u) in sums_b.iter_mut().zip(us) {
                        *sum = T::number(sum.lane() + square(u.lane(), epsilon.lane()));
                    }
                }
            }
        });
    });
    for (sums, partial) in sums_a
        .chunks_exact_mut(two_axes.columns())
        .zip(partial.chunks_exact(two_axes.columns() * two_axes.tasks_per_outer()))
    {
        sums.fill(T::default());
        for partial in partial.chunks_exact(two_axes.columns()) {
            for (sum, partial) in sums.iter_mut().zip(partial) {
                *sum = *sum + *partial;
            }
        }
    }
}

struct Operands<T> {
    columns: usize,
    /// The distance of neighbouring rows, in elements.
    stride: usize,
    u: *const T,
    /// The sums over the rows so far, one for each column.
    sums: *mut T,
    /// The sums over columns, `LANES` for each row.
    lanes: *mut T,
    epsilon: T,
}

struct SumSquares;

impl Strip for SumSquares {
    type Operands<T> = Operands<T>;

    #[inline(always)]
    unsafe fn step<V: Vector, const N: usize>(operands: &Operands<V::Number>, row: usize) {
        const { assert!(LANES.is_multiple_of(V::WIDTH) && LANES / V::WIDTH <= MOST) }
        let mut sums = [[V::splat(0.0); N]; MOST];
        let mut at = 0;
        // SAFETY: the caller guarantees that all arrays have these rows and columns, and that there is a sum for each lane.
        unsafe {
            while at + LANES <= operands.columns {
                for (i, sums) in sums[..LANES / V::WIDTH].iter_mut().enumerate() {
                    add(operands, row, at + i * V::WIDTH, sums);
                }
                at += LANES;
            }
            for (i, sums) in sums[..LANES / V::WIDTH].iter().enumerate() {
                for (j, sum) in sums.iter().enumerate() {
                    sum.store(operands.lanes.add((row + j) * LANES + i * V::WIDTH));
                }
            }
            while at < operands.columns {
                let lanes: [_; N] =
                    std::array::from_fn(|i| operands.lanes.add((row + i) * LANES + at % LANES));
                let mut sums = lanes.map(|lane| V::One::load(lane));
                add(operands, row, at, &mut sums);
                sums.into_iter().zip(lanes).for_each(|(sum, lane)| sum.store(lane));
                at += 1;
            }
        }
    }
}

/// Adds the squares in a vector of columns from `at` on, in `N` rows from `row` on, to the sums of these columns and to `sums` of the rows.
#[inline(always)]
unsafe fn add<V: Vector, const N: usize>(
    operands: &Operands<V::Number>,
    row: usize,
    at: usize,
    sums: &mut [V; N],
) {
    // SAFETY: the caller guarantees that the elements exist.
    unsafe {
        let mut column = V::load(operands.sums.add(at));
        for (i, sum) in sums.iter_mut().enumerate() {
            let u = V::load(operands.u.add((row + i) * operands.stride + at));
            let square = square(u, V::broadcast(operands.epsilon));
            column = column + square;
            *sum = *sum + square;
        }
        column.store(operands.sums.add(at));
    }
}
