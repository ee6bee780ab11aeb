//! Elementwise kernels, and the macro that makes them from formulas.

use std::marker::PhantomData;

use crate::lanes::dispatch::{DispatchTable, Loop, Signature};
use crate::lanes::lane::Lane;
use crate::lanes::trace::{Trace, trace};
use crate::lanes::vector::{LANES, Vector};

/// The most state slots of a kernel or of a fused chain.
pub(crate) const MAX_SLOTS: usize = 5;
/// The most scalars of a kernel or of a fused chain.
const MAX_SCALARS: usize = 16;

/// An elementwise kernel `u' = f(u, p, slots, scalars)`; the pair `(A, B)` is the chain that runs A, then B.
pub(crate) trait Kernel {
    /// The number of its state slots.
    const SLOTS: usize;
    /// The number of its scalars.
    const SCALARS: usize;
    /// Whether it only reads each of its slots: such a slot can be broadcast to its leaves.
    const READ_ONLY_SLOTS: [bool; MAX_SLOTS];
    /// Whether it reads the parameters.
    const READS_PARAMS: bool;
    /// The vectors over which it is compiled for an instruction set with vectors `V`: `V` itself, or pairs of `V`.
    type Lanes<V: Vector>: Vector<Number = V::Number>;
    /// Computes the formula: changes the slots and returns the new `u`.
    fn step<L: Lane>(u: L, p: L, slots: &mut [L], s: &[L]) -> L;
}

impl<A: Kernel, B: Kernel> Kernel for (A, B) {
    const SLOTS: usize = A::SLOTS + B::SLOTS;
    const SCALARS: usize = A::SCALARS + B::SCALARS;
    const READ_ONLY_SLOTS: [bool; MAX_SLOTS] = concat_flags(A::READ_ONLY_SLOTS, A::SLOTS, B::READ_ONLY_SLOTS);
    const READS_PARAMS: bool = A::READS_PARAMS || B::READS_PARAMS;
    type Lanes<V: Vector> = A::Lanes<B::Lanes<V>>;

    #[inline(always)]
    fn step<L: Lane>(u: L, p: L, slots: &mut [L], s: &[L]) -> L {
        let (first, second) = slots.split_at_mut(A::SLOTS);
        let u = A::step(u, p, first, &s[..A::SCALARS]);
        B::step(u, p, second, &s[A::SCALARS..])
    }
}

/// Joins two lists of per-slot flags: the first `count` of `all`, then those of `others`.
const fn concat_flags(
    mut all: [bool; MAX_SLOTS],
    count: usize,
    others: [bool; MAX_SLOTS],
) -> [bool; MAX_SLOTS] {
    let mut i = count;
    while i < MAX_SLOTS {
        all[i] = others[i - count];
        i += 1;
    }
    all
}

/// Returns the flags of a kernel's slots, filled up with `false`.
pub(crate) const fn slot_flags(slots: &[bool]) -> [bool; MAX_SLOTS] {
    let mut all = [false; MAX_SLOTS];
    let mut i = 0;
    while i < slots.len() {
        all[i] = slots[i];
        i += 1;
    }
    all
}

/// A kernel with the names that plans use for it and its operands.
pub(crate) trait Named: Kernel {
    /// Its name in a plan.
    const NAME: &'static str;
    /// The names of its state slots.
    const SLOT_NAMES: &'static [&'static str];
    /// The names of its scalars.
    const SCALAR_NAMES: &'static [&'static str];
}

/// An elementwise kernel in the registry.
pub struct Formula {
    /// Its name in a plan.
    pub name: &'static str,
    /// The names of its state slots.
    pub slots: &'static [&'static str],
    /// The names of its scalars.
    pub scalars: &'static [&'static str],
    read_only: [bool; MAX_SLOTS],
    /// Whether it reads the parameters.
    pub reads_params: bool,
    /// The formula over traces, which give its WGSL: a function of u, p, slots and scalars.
    pub step: fn(Trace, Trace, &mut [Trace], &[Trace]) -> Trace,
    pub(crate) compiled: DispatchTable<Map>,
}

impl Formula {
    pub(crate) const fn of<K: Named>() -> Formula {
        Formula {
            name: K::NAME,
            slots: K::SLOT_NAMES,
            scalars: K::SCALAR_NAMES,
            read_only: K::READ_ONLY_SLOTS,
            reads_params: K::READS_PARAMS,
            step: K::step::<Trace>,
            compiled: DispatchTable::of::<MapLoop<K>>(),
        }
    }

    /// Returns whether it only reads the slot with this index: the slot can then be broadcast to its leaves.
    pub fn is_read_only(&self, slot: usize) -> bool {
        self.read_only[slot]
    }

    /// Returns the formula as WGSL: a `let` for each expression, then the assignments to the slots and to `u`.
    pub fn text(&self) -> String {
        let inputs = |names: &[&str]| -> Vec<Trace> { names.iter().map(|name| Trace::input(name)).collect() };
        let (mut lines, results) = trace(|| {
            let mut slots = inputs(self.slots);
            let u = (self.step)(Trace::input("u"), Trace::input("p"), &mut slots, &inputs(self.scalars));
            let slots = self.slots.iter().zip(slots).map(|(name, slot)| format!("{name} = {};", slot.text()));
            slots.chain([format!("u = {};", u.text())]).collect::<Vec<_>>()
        });
        lines.extend(results);
        lines.join("\n")
    }
}

/// The arguments of an elementwise kernel: arrays of `n` numbers each, `n` a multiple of `LANES`; `p` only if the kernel reads it.
#[derive(Clone, Copy)]
pub(crate) struct MapArgs<T> {
    pub u: *const T,
    pub p: *const T,
    pub slots: [*mut T; MAX_SLOTS],
    /// Whether each slot has the same number for all elements: it then points to `LANES` copies of it.
    pub constant: [bool; MAX_SLOTS],
    pub scalars: *const T,
    pub out: *mut T,
    pub n: usize,
}

/// The signature of elementwise kernels.
pub(crate) struct Map;

impl Signature for Map {
    type Args<T> = MapArgs<T>;
}

/// The loop of an elementwise kernel.
pub(crate) struct MapLoop<K>(PhantomData<K>);

impl<K: Kernel> Loop for MapLoop<K> {
    type Signature = Map;

    #[inline(always)]
    unsafe fn run<V: Vector>(args: &MapArgs<V::Number>) {
        // SAFETY: the caller gives arguments as `MapArgs` describes them.
        unsafe { Self::map::<K::Lanes<V>>(args) }
    }
}

impl<K: Kernel> MapLoop<K> {
    /// Runs the kernel over all elements, in vectors of type `V`.
    ///
    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn map<V: Vector>(args: &MapArgs<V::Number>) {
        const { assert!(K::SLOTS <= MAX_SLOTS && K::SCALARS <= MAX_SCALARS && V::WIDTH <= LANES) }
        let zero = V::splat(0.0);
        let MapArgs { u: from, p: params, slots: places, out, n, .. } = *args;
        let mut scalars = [zero; MAX_SCALARS];
        for (i, scalar) in scalars.iter_mut().enumerate().take(K::SCALARS) {
            // SAFETY: the caller gives SCALARS scalars.
            *scalar = V::broadcast(unsafe { *args.scalars.add(i) });
        }
        let moving = args.constant.map(|constant| if constant { 0 } else { usize::MAX });
        let mut slots = [zero; MAX_SLOTS];
        let mut at = 0;
        while at < n {
            // SAFETY: all arrays that are read have n numbers, or LANES if they are constant, and V::WIDTH divides both.
            unsafe {
                let p = if K::READS_PARAMS { V::load(params.add(at)) } else { zero };
                for i in 0..K::SLOTS {
                    let at = if K::READ_ONLY_SLOTS[i] { at & moving[i] } else { at };
                    slots[i] = V::load(places[i].add(at));
                }
                let u = V::load(from.add(at));
                let u = K::step(u, p, &mut slots[..K::SLOTS], &scalars[..K::SCALARS]);
                for i in 0..K::SLOTS {
                    if !K::READ_ONLY_SLOTS[i] {
                        slots[i].store(places[i].add(at));
                    }
                }
                u.store(out.add(at));
            }
            at += V::WIDTH;
        }
    }
}

/// Makes a family of kernels from formulas: `[@deep] name(u[, p]; slots; scalars) { slot = …; update }`. A slot that is only read is written
/// as `slot: broadcast`.
///
/// `@deep` marks a long chain of operations that depend on one another: two vectors at a time then take little longer than one.
macro_rules! kernels {
    (@params) => { false };
    (@params $p:ident) => { true };
    (@broadcast) => { false };
    (@broadcast broadcast) => { true };
    (@lanes $v:ident) => { $v };
    (@lanes $v:ident deep) => { $v::Pair };
    ($(
        $(#[$doc:meta])*
        $(@$deep:ident)?
        $name:ident($u:ident $(, $p:ident)?; $($slot:ident $(: $how:ident)?),*; $($scalar:ident),*) { $($body:tt)* }
    )*) => {
        $(
            $(#[$doc])*
            #[allow(non_camel_case_types, reason = "a kernel has one name, in plans and in Rust")]
            pub enum $name {}

            impl $crate::formulas::kernel::Kernel for $name {
                const SLOTS: usize = <$name as $crate::formulas::kernel::Named>::SLOT_NAMES.len();
                const SCALARS: usize = <$name as $crate::formulas::kernel::Named>::SCALAR_NAMES.len();
                const READ_ONLY_SLOTS: [bool; $crate::formulas::kernel::MAX_SLOTS] = $crate::formulas::kernel::slot_flags(
                    &[$($crate::formulas::kernel::kernels!(@broadcast $($how)?)),*],
                );
                const READS_PARAMS: bool = $crate::formulas::kernel::kernels!(@params $($p)?);
                type Lanes<V: $crate::lanes::vector::Vector> = $crate::formulas::kernel::kernels!(@lanes V $($deep)?);

                #[inline(always)]
                #[allow(unused_variables, unused_assignments, unused_mut, reason = "few formulas use all of their inputs")]
                fn step<L: $crate::lanes::lane::Lane>($u: L, p: L, slots: &mut [L], s: &[L]) -> L {
                    $(let $p = p;)?
                    let &mut [$(mut $slot),*] = slots else { unreachable!("as many slots as the kernel has") };
                    let &[$($scalar),*] = s else { unreachable!("as many scalars as the kernel has") };
                    let update = { $($body)* };
                    for (place, slot) in slots.iter_mut().zip([$($slot),*]) {
                        *place = slot;
                    }
                    update
                }
            }

            impl $crate::formulas::kernel::Named for $name {
                const NAME: &'static str = stringify!($name);
                const SLOT_NAMES: &'static [&'static str] = &[$(stringify!($slot)),*];
                const SCALAR_NAMES: &'static [&'static str] = &[$(stringify!($scalar)),*];
            }
        )*

        /// The kernels of this family.
        pub const FAMILY: &[$crate::formulas::kernel::Formula] = &[$($crate::formulas::kernel::Formula::of::<$name>()),*];
    };
}

pub(crate) use kernels;
