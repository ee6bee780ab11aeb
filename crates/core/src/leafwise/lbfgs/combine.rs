//! The new updates: a combination of the memories and the updates.

use crate::lanes::dispatch::Number;
use crate::lanes::isa::Isa;
use crate::lanes::lane::Lane;
use crate::lanes::vector::Vector;
use crate::leafwise::kernel::{Case, Context, Leaf, LeafSlot, Leafwise, reads, writes};
use crate::leafwise::lbfgs::{SCALARS, cases, exchange, rows as rows_of};
use crate::leafwise::parts::{parts, range};
use crate::leafwise::rows::{self, Row};
use crate::threads::Shared;

/// Combines both memories and the updates by coefficients for w, g and u; stores the newest differences, the parameters and the updates.
pub(crate) struct Combine;

/// The elements of which the sums over all vectors are complete before the next elements are read.
const CHUNK: usize = 512;
/// The vectors that are added at once.
const TILE: usize = 5;

impl Leafwise for Combine {
    const NAME: &'static str = "lbfgs_combine";
    const SLOTS: &'static [LeafSlot] = &[
        writes("params"),
        writes("updates"),
        writes("diff_params_memory"),
        writes("diff_updates_memory"),
        reads("coefficients"),
    ];
    const SCALARS: &'static [&'static str] = SCALARS;
    const READS_PARAMS: bool = true;
    const OUT_OF_PLACE: bool = true;
    const CASES: &'static [Case] = &cases(&["lbfgs_products", Self::NAME]);

    fn fits(shape: &[usize], _: &[usize], _: &[usize], slot_sizes: &[usize]) -> bool {
        rows_of(shape, slot_sizes)
            .is_some_and(|m| exchange::PARTS as u128 * (2 * m + 1) == slot_sizes[4] as u128)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { input, u, p, slots: [params, updates, w, g, coefficients], scalars, context, .. } = leaf;
        let Context { team, isa } = context;
        let (n, m, coefficients) = (u.len(), w.len() / u.len(), &*coefficients);
        let coefficient = |i: usize| exchange::load(coefficients, i);
        let newest = scalars[0].widen() as usize % m;
        let first = scalars[1].widen() != 0.0;
        let [u, params, updates, w, g] = [u, params, updates, w, g].map(Shared::new);
        let parts = parts(n);
        team.each(parts, |part| {
            for chunk in range(part, parts, n.div_ceil(CHUNK)) {
                let elements = chunk * CHUNK..n.min((chunk + 1) * CHUNK);
                let row = |i: usize| i * n + elements.start..i * n + elements.end;
                // SAFETY: no two parts have an element in common.
                let [u, params, updates] =
                    [&u, &params, &updates].map(|array| unsafe { array.part(elements.clone()) });
                let mut sums = [0.0; CHUNK];
                let now = input.map_or(&*u, |input| &input[elements.clone()]);
                add(isa, &mut sums, [coefficient(2 * m)], [now]);
                for (memory, last, now, at) in [(&w, params, &p[elements.clone()], 0), (&g, updates, now, m)]
                {
                    // SAFETY: as above.
                    update(isa, unsafe { memory.part(row(newest)) }, last, now, first);
                    // SAFETY: as above.
                    let vector = |i: usize| unsafe { &*memory.part(row(i)) };
                    for i in (0..m / TILE * TILE).step_by(TILE) {
                        let of: [usize; TILE] = std::array::from_fn(|j| i + j);
                        add(isa, &mut sums, of.map(|i| coefficient(at + i)), of.map(vector));
                    }
                    for i in m / TILE * TILE..m {
                        add(isa, &mut sums, [coefficient(at + i)], [vector(i)]);
                    }
                }
                // SAFETY: `sums` is no shorter than `u`.
                unsafe { rows::run::<Round, T>(isa, u.len(), (sums.as_ptr(), u.as_mut_ptr())) }
            }
        });
    }
}

/// Writes `now - last` to `differences`, or zeros at the `first` step, and `now` to `last`.
fn update<T: Number>(isa: Isa, differences: &mut [T], last: &mut [T], now: &[T], first: bool) {
    if first {
        differences.fill(T::default());
        last.copy_from_slice(now);
    } else {
        assert!(differences.len() == last.len() && now.len() == last.len());
        let operands = (now.as_ptr(), last.as_mut_ptr(), differences.as_mut_ptr());
        // SAFETY: the lengths are asserted above.
        unsafe { rows::run::<Update, T>(isa, now.len(), operands) }
    }
}

/// Writes `now - last` to `differences`, and `now` over `last`.
struct Update;

impl Row for Update {
    type Operands<T> = (*const T, *mut T, *mut T);

    #[inline(always)]
    unsafe fn step<V: Vector>(&(now, last, differences): &Self::Operands<V::Number>, at: usize) {
        // SAFETY: the caller guarantees that the elements exist.
        unsafe {
            let now = V::load(now.add(at));
            (now - V::load(last.add(at))).store(differences.add(at));
            now.store(last.add(at));
        }
    }
}

/// Adds scaled vectors to sums.
fn add<T: Number, const N: usize>(isa: Isa, sums: &mut [f64; CHUNK], scales: [f64; N], vectors: [&[T]; N]) {
    let n = vectors[0].len();
    assert!(n <= CHUNK && vectors.iter().all(|vector| vector.len() == n));
    // SAFETY: the lengths are asserted above.
    unsafe {
        rows::run::<Add<N>, T>(isa, n, (sums.as_mut_ptr(), scales, vectors.map(<[T]>::as_ptr)));
    }
}

struct Add<const N: usize>;

impl<const N: usize> Row for Add<N> {
    type Operands<T> = (*mut f64, [f64; N], [*const T; N]);

    #[inline(always)]
    unsafe fn step<V: Vector>((sums, scales, vectors): &Self::Operands<V::Number>, at: usize) {
        // SAFETY: the caller guarantees that the elements exist.
        unsafe {
            let place = sums.add(at);
            let mut sum = V::Wide::load(place);
            for j in 0..N {
                sum = sum + V::Wide::splat(scales[j]) * V::load(vectors[j].add(at)).widen();
            }
            sum.store(place);
        }
    }
}

/// Rounds sums to the type of the leaf.
struct Round;

impl Row for Round {
    type Operands<T> = (*const f64, *mut T);

    #[inline(always)]
    unsafe fn step<V: Vector>(&(wide, out): &Self::Operands<V::Number>, at: usize) {
        // SAFETY: the caller guarantees that the elements exist.
        unsafe { V::narrow(V::Wide::load(wide.add(at))).store(out.add(at)) }
    }
}
