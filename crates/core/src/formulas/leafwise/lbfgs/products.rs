use super::super::parts::{parts, range};
use super::super::{Hands, Leaf, Leafwise};
use super::rows;
use crate::Isa;
use crate::compiled::{Compiled, Loop, Number, Signature};
use crate::pack::Vector;
use crate::workers::Shared;

/// The inner products that the two-loop recursion asks for, with w the differences of parameters and g those of updates, of which `row` is
/// the newest: w·g, 0 where g is the older, g·g, w·u, g·u, u·u, rows first.
pub(crate) struct Products;

/// Elements of all vectors that are widened, and multiplied, before the next ones are looked at.
const CHUNK: usize = 256;
/// Sums that are kept side by side: element `i` goes to `i mod LANES`.
const LANES: usize = 8;
/// Vectors that two others are multiplied with at once: so many sums fit the registers.
const TILE: usize = 4;

impl Leafwise for Products {
    const NAME: &'static str = "lbfgs_products";
    const SLOTS: &'static [&'static str] = &["diff_params_memory", "diff_updates_memory", "products"];
    const SCALARS: &'static [&'static str] = &["row"];
    const READS_PARAMS: bool = false;
    const KEEPS_U: bool = true;

    fn fits(shape: &[usize], _: &[usize], _: &[usize], kept: &[usize]) -> bool {
        rows(shape, kept[0], kept[1]).is_some_and(|m| 2 * (2 * m * (m + 1) + 1) == kept[2] as u128)
    }

    fn scratch(shape: &[usize], _: &[usize], kept: &[usize]) -> usize {
        let n = shape.iter().product();
        room(kept[0] / n + 1).saturating_mul(parts(n))
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { from, slots: [w, g, products, ..], scalars, hands: Hands { crew, isa }, scratch, .. } =
            leaf;
        let u = from.expect("it only looks at u");
        let (n, w, g) = (u.len(), &*w, &*g);
        let m = w.len() / n;
        let newest = scalars[0].widen() as usize % m;
        let by_age = |i: usize| (newest + 1 + i) % m;
        // The vectors on the left and those on the right, both oldest first, with u as the newest of either.
        let vector = |i: usize| match i {
            _ if i % (m + 1) == m => u,
            _ if i < m => &w[by_age(i) * n..][..n],
            _ => &g[by_age(i - m - 1) * n..][..n],
        };
        let (parts, room, wide) = (parts(n), room(m + 1), 2 * (m + 1) * CHUNK);
        let rooms = &mut scratch[..parts * room];
        let shared = Shared::new(rooms);
        crew.each(parts, |part| {
            // SAFETY: no two parts have room in common.
            let (vectors, sums) = unsafe { shared.part(part * room..(part + 1) * room) }.split_at_mut(wide);
            sums.fill(0.0);
            for chunk in range(part, parts, n.div_ceil(CHUNK)) {
                let elements = chunk * CHUNK..n.min((chunk + 1) * CHUNK);
                for (i, wide) in vectors.chunks_exact_mut(CHUNK).enumerate() {
                    widen(&vector(i)[elements.clone()], wide);
                }
                multiply(isa, m + 1, vectors, sums);
            }
        });
        let sum = |left: usize, right: usize| {
            let at = wide + (left * (m + 1) + right) * LANES;
            let mut lanes = [0.0; LANES];
            for part in rooms.chunks_exact(room) {
                lanes.iter_mut().zip(&part[at..]).for_each(|(lane, sum)| *lane += sum);
            }
            lanes.iter().sum::<f64>()
        };
        let (heads, tails) = products.split_at_mut(products.len() / 2);
        let mut put = |at: usize, sum: f64| {
            heads[at] = T::of(sum);
            tails[at] = T::of(sum - heads[at].widen());
        };
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

/// For so many vectors on either side: some elements of all, and the sums of all pairs.
fn room(count: usize) -> usize {
    let elements = count.saturating_mul(2 * CHUNK);
    count.saturating_mul(count).saturating_mul(2 * LANES).saturating_add(elements)
}

fn widen<T: Number>(vector: &[T], wide: &mut [f64]) {
    let (elements, rest) = wide.split_at_mut(vector.len());
    elements.iter_mut().zip(vector).for_each(|(wide, x)| *wide = x.widen());
    rest.fill(0.0);
}

/// Adds products of `count` vectors, and as many others, with those of the others that are not older.
fn multiply(isa: Isa, count: usize, vectors: &[f64], sums: &mut [f64]) {
    assert!(vectors.len() == 2 * count * CHUNK && sums.len() == 2 * count * count * LANES);
    let compiled = const { &Compiled::<Operands>::of::<Triangles>() };
    // SAFETY: the arrays are as long as they have to be.
    unsafe { compiled.entry::<f64>(isa)(&(count, vectors.as_ptr(), sums.as_mut_ptr())) }
}

struct Operands;

impl Signature for Operands {
    type Args<T> = (usize, *const T, *mut T);
}

struct Triangles;

impl Loop for Triangles {
    type Signature = Operands;

    #[inline(always)]
    unsafe fn run<V: Vector>(&(count, vectors, sums): &(usize, *const V::Number, *mut V::Number)) {
        for left in 0..count {
            for right in (left..count).step_by(TILE) {
                let rights = TILE.min(count - right);
                for lane in (0..LANES).step_by(V::WIDTH) {
                    // SAFETY: there are `CHUNK` elements of `2 * count` vectors, and `LANES` sums of each pair.
                    unsafe {
                        let (vectors, sums) = (vectors.add(lane), sums.add(lane));
                        match rights {
                            1 => tile::<V, 1>(count, left, right, vectors, sums),
                            2 => tile::<V, 2>(count, left, right, vectors, sums),
                            3 => tile::<V, 3>(count, left, right, vectors, sums),
                            _ => tile::<V, TILE>(count, left, right, vectors, sums),
                        }
                    }
                }
            }
        }
    }
}

/// Some lanes of the products of two vectors with `N` others.
#[inline(always)]
unsafe fn tile<V: Vector, const N: usize>(
    count: usize,
    left: usize,
    right: usize,
    vectors: *const V::Number,
    sums: *mut V::Number,
) {
    let lefts = [left, count + left];
    let mut tile = [[V::splat(0.0); 2]; N];
    for at in (0..CHUNK).step_by(LANES) {
        for (j, tile) in tile.iter_mut().enumerate() {
            // SAFETY: the caller says so.
            unsafe {
                let right = V::load(vectors.add((count + right + j) * CHUNK + at));
                for (sum, left) in tile.iter_mut().zip(lefts) {
                    *sum = *sum + V::load(vectors.add(left * CHUNK + at)) * right;
                }
            }
        }
    }
    for (j, tile) in tile.iter().enumerate() {
        for (sum, left) in tile.iter().zip(lefts) {
            // SAFETY: as above.
            unsafe {
                let place = sums.add((left * count + right + j) * LANES);
                (V::load(place) + *sum).store(place);
            }
        }
    }
}
