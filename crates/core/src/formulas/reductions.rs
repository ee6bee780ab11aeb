//! Reductions: `finish(sum over elements of map(u, p, slots, scalars))`.

use std::marker::PhantomData;

use super::kernel::MAX_SLOTS;
use crate::lanes::dispatch::{DispatchTable, Loop, Number, Signature};
use crate::lanes::lane::Lane;
use crate::lanes::pack::Pack;
use crate::lanes::trace::Trace;
use crate::lanes::vector::Vector;
use crate::sums::{BLOCK, WIDTH};

/// A reduction: a sum over elements, and a function of the sum.
pub trait Reduction {
    /// Its name in a plan.
    const NAME: &'static str;
    /// The names of the slots it reads.
    const SLOTS: &'static [&'static str];
    /// The names of its scalars.
    const SCALARS: &'static [&'static str];
    /// Whether it reads the updates.
    const READS_UPDATES: bool;
    /// Whether it reads the parameters.
    const READS_PARAMS: bool;
    /// Computes one term of the sum in each lane.
    fn map<L: Lane>(u: L, p: L, slots: &[L], s: &[L]) -> L;
    /// Computes the result from the sum over `n` elements.
    fn finish<L: Lane>(sum: L, n: L) -> L;
}

/// A function that computes the result from the sum and the number of elements.
type Finish = fn(f64, f64) -> f64;

/// A reduction in the registry.
pub struct ReductionFormula {
    /// Its name in a plan.
    pub name: &'static str,
    /// The names of the slots it reads.
    pub slots: &'static [&'static str],
    /// The names of its scalars.
    pub scalars: &'static [&'static str],
    /// Whether it reads the updates.
    pub reads_updates: bool,
    /// Whether it reads the parameters.
    pub reads_params: bool,
    /// The term of the sum over traces, which give its WGSL: a function of u, p, slots and scalars.
    pub map: fn(Trace, Trace, &[Trace], &[Trace]) -> Trace,
    /// The result over traces, likewise: a function of the sum and the number of elements.
    pub finished: fn(Trace, Trace) -> Trace,
    pub(crate) compiled: DispatchTable<Reduce>,
    /// The functions that compute the result in single and in double precision.
    finish: (Finish, Finish),
}

impl ReductionFormula {
    const fn of<R: Reduction>() -> ReductionFormula {
        ReductionFormula {
            name: R::NAME,
            slots: R::SLOTS,
            scalars: R::SCALARS,
            reads_updates: R::READS_UPDATES,
            reads_params: R::READS_PARAMS,
            map: R::map::<Trace>,
            finished: R::finish::<Trace>,
            compiled: DispatchTable::of::<ReduceLoop<R>>(),
            finish: (
                |sum, n| R::finish(Pack([f32::of(sum)]), Pack([f32::of(n)])).0[0].widen(),
                |sum, n| R::finish(Pack([sum]), Pack([n])).0[0],
            ),
        }
    }

    /// Computes the result from the sum over `n` elements, in single or double precision.
    pub(crate) fn finish(&self, single: bool, sum: f64, n: f64) -> f64 {
        if single { (self.finish.0)(sum, n) } else { (self.finish.1)(sum, n) }
    }
}

/// The arguments of a reduction: arrays of `n` numbers each, `p` only if the reduction reads it, and `WIDTH` accumulators, of which
/// `i mod WIDTH` takes the term of element `i`.
pub(crate) struct ReduceArgs<T> {
    pub u: *const T,
    pub p: *const T,
    pub slots: [*const T; MAX_SLOTS],
    pub scalars: *const T,
    pub sums: *mut T,
    /// At most `BLOCK`.
    pub n: usize,
    /// Whether the arrays are in the cache, which allows another order of loads.
    pub in_cache: bool,
}

/// The signature of reductions.
pub(crate) struct Reduce;

impl Signature for Reduce {
    type Args<T> = ReduceArgs<T>;
}

/// The loop of a reduction.
struct ReduceLoop<R>(PhantomData<R>);

/// The most scalars a reduction can have.
const MAX_SCALARS: usize = 4;

impl<R: Reduction> ReduceLoop<R> {
    const FITS: () = assert!(R::SLOTS.len() <= MAX_SLOTS && R::SCALARS.len() <= MAX_SCALARS);

    /// Computes the terms of the sum for elements `at .. at + V::WIDTH`.
    ///
    /// # Safety
    /// The arrays have those elements, and there are as many scalars as the reduction has.
    #[inline(always)]
    unsafe fn terms<V: Vector>(args: &ReduceArgs<V::Number>, at: usize) -> V {
        // SAFETY: the caller promises the elements and the scalars.
        unsafe {
            let zero = V::splat(0.0);
            let p = if R::READS_PARAMS { V::load(args.p.add(at)) } else { zero };
            let mut slots = [zero; MAX_SLOTS];
            for (slot, place) in slots.iter_mut().zip(args.slots).take(R::SLOTS.len()) {
                *slot = V::load(place.add(at));
            }
            let mut scalars = [zero; MAX_SCALARS];
            for (i, scalar) in scalars.iter_mut().enumerate().take(R::SCALARS.len()) {
                *scalar = V::broadcast(*args.scalars.add(i));
            }
            let u = if R::READS_UPDATES { V::load(args.u.add(at)) } else { zero };
            R::map(u, p, &slots[..R::SLOTS.len()], &scalars[..R::SCALARS.len()])
        }
    }

    /// Adds elements `at .. at + V::WIDTH` to their accumulators.
    ///
    /// # Safety
    /// As for `terms`, and the accumulators of the elements are consecutive.
    #[inline(always)]
    unsafe fn add<V: Vector>(args: &ReduceArgs<V::Number>, at: usize) {
        // SAFETY: the caller promises the elements, and that V::WIDTH accumulators follow.
        unsafe {
            let sum = args.sums.add(at % WIDTH);
            (V::load(sum) + Self::terms::<V>(args, at)).store(sum);
        }
    }
}

impl<R: Reduction> Loop for ReduceLoop<R> {
    type Signature = Reduce;

    #[inline(always)]
    unsafe fn run<V: Vector>(args: &ReduceArgs<V::Number>) {
        const { Self::FITS }
        let mut at = 0;
        // Goes accumulator by accumulator: each stays in a register, but memory is read with strides, which is slower outside the cache.
        if args.in_cache && args.n == BLOCK {
            while at < WIDTH {
                // SAFETY: the caller gives a whole block, and V::WIDTH divides WIDTH.
                unsafe {
                    let mut sum = V::load(args.sums.add(at));
                    for row in 0..BLOCK / WIDTH {
                        sum = sum + Self::terms::<V>(args, at + row * WIDTH);
                    }
                    sum.store(args.sums.add(at));
                }
                at += V::WIDTH;
            }
            return;
        }
        while at + V::WIDTH <= args.n {
            // SAFETY: the elements are below n, and their accumulators are consecutive because V::WIDTH divides WIDTH.
            unsafe { Self::add::<V>(args, at) }
            at += V::WIDTH;
        }
        while at < args.n {
            // SAFETY: the element is below n.
            unsafe { Self::add::<V::One>(args, at) }
            at += 1;
        }
    }
}

/// The numbers of the arrays that a reduction can name as its parameters, `u` and `p`.
struct Operands<L> {
    u: L,
    p: L,
}

/// Makes reductions from formulas: `name([u][, p][; slots; scalars]) { term } (sum, n) { result }`.
macro_rules! reductions {
    (@is_u u) => { true };
    (@is_p p) => { true };
    (@$which:ident $other:ident) => { false };
    ($($(#[$doc:meta])* $name:ident($($operand:ident),* $(; $($slot:ident),*; $($scalar:ident),*)?) { $map:expr } ($sum:ident, $n:ident) { $finish:expr })*) => {
        $(
            $(#[$doc])*
            #[allow(non_camel_case_types, reason = "a reduction has one name, in plans and in Rust")]
            pub enum $name {}

            #[allow(unused_variables, reason = "few reductions use all of their inputs")]
            impl Reduction for $name {
                const NAME: &'static str = stringify!($name);
                const SLOTS: &'static [&'static str] = &[$($(stringify!($slot)),*)?];
                const SCALARS: &'static [&'static str] = &[$($(stringify!($scalar)),*)?];
                const READS_UPDATES: bool = false $(|| reductions!(@is_u $operand))*;
                const READS_PARAMS: bool = false $(|| reductions!(@is_p $operand))*;
                #[inline(always)]
                fn map<L: Lane>(u: L, p: L, slots: &[L], s: &[L]) -> L {
                    let all = Operands { u, p };
                    $(let $operand = all.$operand;)*
                    $(
                        let &[$($slot),*] = slots else { unreachable!("as many slots as the reduction has") };
                        let &[$($scalar),*] = s else { unreachable!("as many scalars as the reduction has") };
                    )?
                    $map
                }
                #[inline(always)]
                fn finish<L: Lane>($sum: L, $n: L) -> L { $finish }
            }
        )*

        /// All reductions.
        pub static ALL: &[ReductionFormula] = &[$(ReductionFormula::of::<$name>()),*];
    };
}

reductions! {
    /// Sum of the updates.
    sum(u) { u } (sum, n) { sum }
    /// Number of updates that are infinite or NaN.
    not_finite(u) { L::select(u.is_finite(), L::splat(0.0), L::splat(1.0)) } (sum, n) { sum }
    /// Euclidean norm of the updates.
    norm(u) { u * u } (sum, n) { sum.sqrt() }
    /// Squared Euclidean norm of the updates.
    squared_norm(u) { u * u } (sum, n) { sum }
    /// Number of updates with a magnitude below `bound`.
    within(u;; bound) { L::select(u.abs().lt(bound), L::splat(1.0), L::splat(0.0)) } (sum, n) { sum }
    /// Number of updates that are NaN.
    nans(u) { L::select(u.is_nan(), L::splat(1.0), L::splat(0.0)) } (sum, n) { sum }
    /// Root mean square of the updates.
    rms(u) { u * u } (sum, n) { (sum / n).sqrt() }
    /// Euclidean norm of the parameters.
    param_norm(p) { p * p } (sum, n) { sum.sqrt() }
    /// Root mean square of the parameters.
    param_rms(p) { p * p } (sum, n) { (sum / n).sqrt() }
    /// Sum of the magnitudes in a slot.
    abs_sum(; x;) { x.abs() } (sum, n) { sum }
    /// Inner product of the updates and a slot.
    dot(u; x;) { u * x } (sum, n) { sum }
    /// Inner product of the parameters and the updates.
    param_dot(u, p) { u * p } (sum, n) { sum }
    /// Inner product of the parameters and a slot.
    param_slot_dot(p; x;) { p * x } (sum, n) { sum }
    /// Squared distance of the parameters from a slot.
    squared_distance(p; from;) { (from - p) * (from - p) } (sum, n) { sum }
    /// Inner product of the updates and the difference `from - p` of a slot and the parameters.
    dot_difference(u, p; from;) { u * (from - p) } (sum, n) { sum }
    /// Inner product of the updates and a slot, which is divided by the root of another slot.
    scaled_dot(u; x, squares; eps) { u * (x / (squares.sqrt() + eps)) } (sum, n) { sum }
}

/// Returns the reduction with this name.
pub fn find(name: &str) -> Option<&'static ReductionFormula> {
    ALL.iter().find(|reduction| reduction.name == name)
}
