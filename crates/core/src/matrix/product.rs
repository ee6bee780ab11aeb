//! The loops of a product: panels packed for the caches, tiles summed in registers.

use std::mem::MaybeUninit;

use crate::compiled::{Compiled, Loop, Signature};
use crate::lane::Lane;
use crate::pack::Vector;

/// Rows of a register tile.
const ROWS: usize = 4;
/// Vectors in a row of a register tile.
const VECTORS: usize = 2;
/// Columns of a register tile of the widest vectors.
pub(super) const MOST_COLUMNS: usize = 16 * VECTORS;
/// Terms that are summed in registers: a panel of as many rows stays in the first cache.
pub(super) const DEPTH: usize = 256;
/// Rows of the left side that are packed at once.
pub(super) const LEFT: usize = 64;
/// Columns of the right side that are packed at once.
pub(super) const RIGHT: usize = 1024;

pub(super) static PRODUCT: Compiled<Products> = Compiled::of::<ProductLoop>();

#[derive(Clone, Copy)]
pub(super) struct Raw<T> {
    pub data: *const T,
    pub rows: usize,
    pub columns: usize,
    pub row_stride: usize,
    pub column_stride: usize,
}

pub(super) struct Product<T> {
    pub left: Raw<T>,
    pub right: Raw<T>,
    pub out: *mut T,
    pub room: *mut T,
    /// Whether what lies below the diagonal may be left out.
    pub upper_half: bool,
}

pub(super) struct Products;

impl Signature for Products {
    type Args<T> = Product<T>;
}

struct ProductLoop;

impl Loop for ProductLoop {
    type Signature = Products;

    #[inline(always)]
    unsafe fn run<V: Vector>(args: &Product<V::Number>) {
        let Product { left, right, out, room, upper_half } = *args;
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
                        let left_out = upper_half.then(|| row as isize - column as isize);
                        let block =
                            Block { rows, columns, terms, stride: right.columns, first: term == 0, left_out };
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
    /// Where only the upper half is kept: how far the first row lies below the diagonal at the first column.
    left_out: Option<isize>,
}

impl Block {
    /// Whether a row has elements to compute before a column.
    #[inline(always)]
    fn keeps(&self, row: usize, column: usize) -> bool {
        self.left_out.is_none_or(|offset| row as isize + offset < column as isize)
    }

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
            while row < self.rows && self.keeps(row, column + width) {
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
            for (i, sums) in sums.iter_mut().enumerate() {
                let factor = V::broadcast(*left.add(p * ROWS + i));
                for (sum, entry) in sums.iter_mut().zip(row) {
                    *sum = *sum + factor * entry;
                }
            }
        }
    }
    sums
}
