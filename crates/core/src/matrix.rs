//! Matrix products with the same bits on every instruction set: an element is the sum, in order, of sums over 256 terms.

use std::mem::MaybeUninit;

use crate::Isa;
use crate::compiled::{Compiled, Loop, Number, Signature};
use crate::lane::Lane;
use crate::pack::Vector;

/// Rows of a register tile.
const ROWS: usize = 4;
/// Vectors in a row of a register tile.
const VECTORS: usize = 2;
/// Columns of a register tile of the widest vectors.
const MOST_COLUMNS: usize = 16 * VECTORS;
/// Terms that are summed in registers: a panel of as many rows stays in the first cache.
const DEPTH: usize = 256;
/// Rows of the left side that are packed at once.
const LEFT: usize = 64;
/// Columns of the right side that are packed at once.
const RIGHT: usize = 1024;

/// A matrix over borrowed numbers.
#[derive(Clone, Copy)]
pub(crate) struct View<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> View<'a, T> {
    /// Row by row.
    pub(crate) fn new(data: &'a [T], rows: usize, columns: usize) -> View<'a, T> {
        assert!(rows * columns == data.len());
        View { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    pub(crate) fn transposed(self) -> View<'a, T> {
        let View {
            rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride, ..
        } = self;
        View { rows, columns, row_stride, column_stride, ..self }
    }

    fn raw(self) -> Raw<T> {
        let View { data, rows, columns, row_stride, column_stride } = self;
        Raw { data: data.as_ptr(), rows, columns, row_stride, column_stride }
    }
}

/// How much room a product with so many columns needs.
pub(crate) fn room(columns: usize) -> usize {
    DEPTH * (columns.min(RIGHT).next_multiple_of(MOST_COLUMNS) + LEFT)
}

/// `out = left * right`, row by row.
///
/// `isa` is one that the machine has; `room` has at least `room(right.columns)` numbers.
pub(crate) fn multiply<T: Number>(isa: Isa, left: View<T>, right: View<T>, out: &mut [T], space: &mut [T]) {
    assert!(left.columns == right.rows && out.len() == left.rows * right.columns);
    assert!(space.len() >= room(right.columns));
    let args =
        Product { left: left.raw(), right: right.raw(), out: out.as_mut_ptr(), room: space.as_mut_ptr() };
    // SAFETY: the views are in bounds, the room is large enough, and a session runs on a set that the machine has.
    unsafe { PRODUCT.entry::<T>(isa)(&args) }
}

static PRODUCT: Compiled<Products> = Compiled::of::<ProductLoop>();

#[derive(Clone, Copy)]
struct Raw<T> {
    data: *const T,
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

struct Product<T> {
    left: Raw<T>,
    right: Raw<T>,
    out: *mut T,
    room: *mut T,
}

struct Products;

impl Signature for Products {
    type Args<T> = Product<T>;
}

struct ProductLoop;

impl Loop for ProductLoop {
    type Signature = Products;

    #[inline(always)]
    unsafe fn run<V: Vector>(args: &Product<V::Number>) {
        let Product { left, right, out, room } = *args;
        let width = VECTORS * V::WIDTH;
        let (packed_left, packed_right) = (room, room.wrapping_add(DEPTH * LEFT));
        let mut column = 0;
        while column < right.columns {
            let columns = RIGHT.min(right.columns - column);
            let mut term = 0;
            while term < left.columns {
                let terms = DEPTH.min(left.columns - term);
                // SAFETY: all indices stay in the matrices and, rounded up to whole tiles, in the room.
                unsafe {
                    let across =
                        Raw { row_stride: right.column_stride, column_stride: right.row_stride, ..right };
                    pack::<V>(across, column, columns, term, terms, width, packed_right);
                    let mut row = 0;
                    while row < left.rows {
                        let rows = LEFT.min(left.rows - row);
                        pack::<V>(left, row, rows, term, terms, ROWS, packed_left);
                        let target = out.add(row * right.columns + column);
                        let block = Block { rows, columns, terms, stride: right.columns, first: term == 0 };
                        block.multiply::<V>(packed_left, packed_right, target);
                        row += LEFT;
                    }
                }
                term += DEPTH;
            }
            column += RIGHT;
        }
        if left.columns == 0 {
            for i in 0..left.rows * right.columns {
                // SAFETY: in bounds.
                unsafe { zero::<V>(out.add(i)) }
            }
        }
    }
}

#[inline(always)]
unsafe fn zero<V: Vector>(at: *mut V::Number) {
    // SAFETY: the caller says that there is a number.
    unsafe { V::One::splat(0.0).store(at) }
}

/// Copies rows to panels of `height`, each term by term; the last panel is filled up with zeros.
///
/// # Safety
/// The rows and terms exist, and `to` has room for whole panels.
#[inline(always)]
unsafe fn pack<V: Vector>(
    from: Raw<V::Number>,
    row: usize,
    rows: usize,
    term: usize,
    terms: usize,
    height: usize,
    mut to: *mut V::Number,
) {
    let mut at = 0;
    while at < rows {
        let full = height.min(rows - at);
        for p in 0..terms {
            // SAFETY: the caller says so.
            unsafe {
                let start = from.data.add((row + at) * from.row_stride + (term + p) * from.column_stride);
                for i in 0..full {
                    to.add(i).write(*start.add(i * from.row_stride));
                }
                for i in full..height {
                    zero::<V>(to.add(i));
                }
                to = to.add(height);
            }
        }
        at += height;
    }
}

/// A part of the product: packed rows times packed columns.
struct Block {
    rows: usize,
    columns: usize,
    terms: usize,
    /// From a row of the result to the next.
    stride: usize,
    /// Whether the result is still to be started.
    first: bool,
}

impl Block {
    /// # Safety
    /// Both sides are packed in whole panels, and `out` has the rows and columns.
    #[inline(always)]
    unsafe fn multiply<V: Vector>(
        &self,
        left: *const V::Number,
        right: *const V::Number,
        out: *mut V::Number,
    ) {
        let width = VECTORS * V::WIDTH;
        let mut column = 0;
        while column < self.columns {
            let mut row = 0;
            while row < self.rows {
                // SAFETY: the caller says so.
                unsafe {
                    let sums =
                        tile::<V>(self.terms, left.add(row * self.terms), right.add(column * self.terms));
                    let target = out.add(row * self.stride + column);
                    if self.rows - row >= ROWS && self.columns - column >= width {
                        self.store(&sums, target);
                    } else {
                        self.store_edge(&sums, self.rows - row, self.columns - column, target);
                    }
                }
                row += ROWS;
            }
            column += width;
        }
    }

    #[inline(always)]
    unsafe fn put<V: Vector>(&self, sum: V, at: *mut V::Number) {
        // SAFETY: the caller says that the numbers are there.
        unsafe { (if self.first { sum } else { V::load(at) + sum }).store(at) }
    }

    #[inline(always)]
    unsafe fn store<V: Vector>(&self, sums: &[[V; VECTORS]; ROWS], out: *mut V::Number) {
        for (i, row) in sums.iter().enumerate() {
            for (j, &sum) in row.iter().enumerate() {
                // SAFETY: the caller says that the whole tile is there.
                unsafe { self.put(sum, out.add(i * self.stride + j * V::WIDTH)) }
            }
        }
    }

    /// As `store`, for a tile that hangs over the end.
    #[inline(always)]
    unsafe fn store_edge<V: Vector>(
        &self,
        sums: &[[V; VECTORS]; ROWS],
        rows: usize,
        columns: usize,
        out: *mut V::Number,
    ) {
        let mut lanes = MaybeUninit::<[V::Number; MOST_COLUMNS]>::uninit();
        let lanes = lanes.as_mut_ptr().cast::<V::Number>();
        for (i, row) in sums.iter().enumerate().take(rows) {
            for (j, &sum) in row.iter().enumerate() {
                // SAFETY: there is room for a row of the widest tile.
                unsafe { sum.store(lanes.add(j * V::WIDTH)) }
            }
            for j in 0..columns.min(VECTORS * V::WIDTH) {
                // SAFETY: the lane has been stored; the caller says that the row and the column are there.
                unsafe { self.put(V::One::load(lanes.add(j)), out.add(i * self.stride + j)) }
            }
        }
    }
}

/// A tile of sums over packed panels.
///
/// # Safety
/// The panels have so many terms.
#[inline(always)]
unsafe fn tile<V: Vector>(
    terms: usize,
    left: *const V::Number,
    right: *const V::Number,
) -> [[V; VECTORS]; ROWS] {
    let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
    for p in 0..terms {
        // SAFETY: the caller says so.
        unsafe {
            let from = right.add(p * VECTORS * V::WIDTH);
            let row = [V::load(from), V::load(from.add(V::WIDTH))];
            for i in 0..ROWS {
                let factor = V::broadcast(*left.add(p * ROWS + i));
                for j in 0..VECTORS {
                    sums[i][j] = sums[i][j] + factor * row[j];
                }
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::available_isas;

    fn numbers(count: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as f32 / 2f32.powi(23) - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn products_agree_with_plain_sums_and_with_each_other() {
        for (m, k, n) in [(1, 1, 1), (4, 3, 32), (5, 257, 33), (67, 300, 1030), (3, 0, 2)] {
            let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
            let mut expected: Option<Vec<f32>> = None;
            for isa in available_isas() {
                let mut out = vec![f32::NAN; m * n];
                let mut space = vec![f32::NAN; room(n)];
                multiply(isa, View::new(&a, m, k), View::new(&b, k, n), &mut out, &mut space);
                for (i, &got) in out.iter().enumerate() {
                    let exact = (0..k)
                        .map(|p| f64::from(a[i / n * k + p]) * f64::from(b[p * n + i % n]))
                        .sum::<f64>();
                    assert!((f64::from(got) - exact).abs() < 1e-4, "{isa} {m} {k} {n}: {got} for {exact}");
                }
                let same = expected.get_or_insert_with(|| out.clone());
                assert!(same.iter().zip(&out).all(|(x, y)| x.to_bits() == y.to_bits()), "{isa}");
            }
        }
    }

    #[test]
    fn a_transposed_view_is_the_transpose() {
        let (a, b) = (numbers(6 * 5, 3), numbers(6 * 7, 4));
        let flipped: Vec<f32> = (0..30).map(|i| a[i % 6 * 5 + i / 6]).collect();
        let [mut one, mut other] = [vec![0.0; 35], vec![0.0; 35]];
        let mut space = vec![0.0; room(7)];
        let right = View::new(&b, 6, 7);
        multiply(Isa::BASELINE, View::new(&a, 6, 5).transposed(), right, &mut one, &mut space);
        multiply(Isa::BASELINE, View::new(&flipped, 5, 6), right, &mut other, &mut space);
        assert_eq!(one, other);
    }
}
