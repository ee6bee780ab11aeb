//! Inner products of chunks of vectors in double precision.

use std::ops::Range;

use crate::lanes::dispatch::{DispatchTable, Loop, Number, Signature};
use crate::lanes::dtype::Dtype;
use crate::lanes::isa::Isa;
use crate::lanes::vector::Vector;

/// The elements of all vectors that are multiplied before the next elements are read.
pub(super) const CHUNK: usize = 256;
/// The sums of a product: element `i` is added to sum `i mod LANES`.
pub(super) const LANES: usize = 8;
/// The most vectors that are multiplied with two others at once: their sums fit the registers.
pub(super) const TILE: usize = 6;

/// A chunk of `count` vectors w and of as many g in the same order, with `LANES` sums for every product.
///
/// The products are, for each i and each j, w_i·g_j and then g_i·g_j.
pub(super) struct Chunk<'a> {
    pub count: usize,
    pub vectors: &'a [f64],
    pub sums: &'a mut [f64],
}

impl Chunk<'_> {
    /// Adds the products of w and g number `left` with at most `TILE` vectors g. `T` is the type of the leaf; `next` is memory to prefetch.
    pub(super) fn multiply<T: Number>(
        &mut self,
        isa: Isa,
        left: usize,
        rights: Range<usize>,
        next: Option<[*const T; 2]>,
    ) {
        let (count, vectors, sums) = (self.count, self.vectors, &mut *self.sums);
        assert!(left < count && rights.end <= count && (1..=TILE).contains(&rights.len()));
        assert!(vectors.len() == 2 * count * CHUNK && sums.len() == 2 * count * count * LANES);
        let rounded = const { &DispatchTable::<Operands>::of::<Products<false>>() };
        let exact = const { &DispatchTable::<Operands>::of::<Products<true>>() };
        let compiled = if T::DTYPE == Dtype::F32 { exact } else { rounded };
        // SAFETY: the slices have the lengths that are asserted above.
        unsafe {
            let tile = Tile {
                lefts: [left, count + left].map(|i| vectors[i * CHUNK..].as_ptr()),
                rights: vectors[(count + rights.start) * CHUNK..].as_ptr(),
                count: rights.len(),
                sums: sums[(left * count + rights.start) * 2 * LANES..].as_mut_ptr(),
                next: next.map(|next| next.map(|next| next.cast())),
                size: size_of::<T>(),
            };
            compiled.entry::<f64>(isa)(&tile);
        }
    }
}

/// Two vectors and `count` others, with the sums of their products.
struct Tile<T> {
    lefts: [*const T; 2],
    rights: *const T,
    count: usize,
    sums: *mut T,
    /// Memory to prefetch, of elements of `size` bytes.
    next: Option<[*const u8; 2]>,
    size: usize,
}

struct Operands;

impl Signature for Operands {
    type Args<T> = Tile<T>;
}

/// The loop over a tile; `EXACT`: whether products of two elements are exact, so that a fused multiply-add gives the same bits.
struct Products<const EXACT: bool>;

impl<const EXACT: bool> Loop for Products<EXACT> {
    type Signature = Operands;

    #[inline(always)]
    unsafe fn run<V: Vector>(tile: &Tile<V::Number>) {
        for (pass, lane) in (0..LANES).step_by(V::WIDTH).enumerate() {
            let next = tile.next.and_then(|next| next.get(pass).copied());
            // SAFETY: the vectors have `CHUNK` elements, and each pair has `LANES` sums.
            unsafe {
                match tile.count {
                    1 => multiply::<V, EXACT, 1>(tile, lane, next),
                    2 => multiply::<V, EXACT, 2>(tile, lane, next),
                    3 => multiply::<V, EXACT, 3>(tile, lane, next),
                    4 => multiply::<V, EXACT, 4>(tile, lane, next),
                    5 => multiply::<V, EXACT, 5>(tile, lane, next),
                    _ => multiply::<V, EXACT, TILE>(tile, lane, next),
                }
            }
        }
    }
}

/// Adds the products of two vectors with `N` others to the sums of a vector of lanes from `lane` on.
#[inline(always)]
unsafe fn multiply<V: Vector, const EXACT: bool, const N: usize>(
    tile: &Tile<V::Number>,
    lane: usize,
    next: Option<*const u8>,
) {
    // SAFETY: the caller guarantees that the vectors and the sums are there.
    unsafe {
        let (lefts, rights) = (tile.lefts.map(|left| left.add(lane)), tile.rights.add(lane));
        let sums = match next {
            Some(next) => sum::<V, EXACT, N>(
                lefts,
                rights,
                #[inline(always)]
                |at| prefetch(next.wrapping_add(at * tile.size)),
            ),
            None => sum::<V, EXACT, N>(lefts, rights, |_| ()),
        };
        for (i, sum) in sums.as_flattened().iter().enumerate() {
            let place = tile.sums.add(i * LANES + lane);
            (V::load(place) + *sum).store(place);
        }
    }
}

/// Returns the products of two vectors with `N` others; calls `ahead` for every `LANES` elements.
#[inline(always)]
unsafe fn sum<V: Vector, const EXACT: bool, const N: usize>(
    lefts: [*const V::Number; 2],
    rights: *const V::Number,
    ahead: impl Fn(usize),
) -> [[V; 2]; N] {
    let mut sums = [[V::splat(0.0); 2]; N];
    for at in (0..CHUNK).step_by(LANES) {
        ahead(at);
        // SAFETY: the caller guarantees that the vectors are there.
        unsafe {
            let lefts = lefts.map(|left| V::load(left.add(at)));
            for (j, sums) in sums.iter_mut().enumerate() {
                let right = V::load(rights.add(j * CHUNK + at));
                for (sum, left) in sums.iter_mut().zip(lefts) {
                    *sum = if EXACT { left.multiply_exactly(right, *sum) } else { *sum + left * right };
                }
            }
        }
    }
    sums
}

/// Prefetches a cache line; does nothing on targets other than x86-64.
#[inline(always)]
fn prefetch(_place: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every machine of this target has the instruction, and prefetches from any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(_place.cast()) }
    }
}
