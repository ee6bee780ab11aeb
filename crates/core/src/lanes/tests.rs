//! Tests that vectors of every instruction set agree on the larger and the smaller of two numbers.

use crate::lanes::dispatch::{DispatchTable, Loop, Number, Signature};
use crate::lanes::isa::available_isas;
use crate::lanes::lane::Lane;
use crate::lanes::vector::Vector;

const SPECIAL: [f64; 8] = [f64::NAN, f64::NEG_INFINITY, -1.0, -0.0, 0.0, 1.0, 2.0, f64::INFINITY];
const PAIRS: usize = SPECIAL.len() * SPECIAL.len();

struct Pairs;

impl Signature for Pairs {
    type Args<T> = [*mut T; 6];
}

/// The loop that computes `max`, `min`, `larger` and `smaller` of pairs.
struct Extremes;

impl Loop for Extremes {
    type Signature = Pairs;

    #[inline(always)]
    unsafe fn run<V: Vector>(arrays: &[*mut V::Number; 6]) {
        for at in (0..PAIRS).step_by(V::WIDTH) {
            // SAFETY: the caller gives arrays of PAIRS numbers, of which every width is a divisor.
            unsafe {
                let [a, b, max, min, larger, smaller] = arrays.map(|array| array.add(at));
                V::load(a).max(V::load(b)).store(max);
                V::load(a).min(V::load(b)).store(min);
                V::load(a).larger(V::load(b)).store(larger);
                V::load(a).smaller(V::load(b)).store(smaller);
            }
        }
    }
}

fn check<T: Number>() {
    let compiled = const { &DispatchTable::<Pairs>::of::<Extremes>() };
    let bits = |x: T| if x.widen().is_nan() { u64::MAX } else { x.widen().to_bits() };
    for isa in available_isas() {
        let mut arrays = [[T::default(); PAIRS]; 6];
        for i in 0..PAIRS {
            arrays[0][i] = T::of(SPECIAL[i / SPECIAL.len()]);
            arrays[1][i] = T::of(SPECIAL[i % SPECIAL.len()]);
        }
        // SAFETY: each array has PAIRS numbers, and the machine supports the instruction set.
        unsafe { compiled.entry::<T>(isa)(&arrays.each_mut().map(|array| array.as_mut_ptr())) }
        let [a, b, max, min, larger, smaller] = arrays;
        for i in 0..PAIRS {
            let (one, other) = (a[i].lane(), b[i].lane());
            assert_eq!(bits(max[i]), bits(T::number(one.max(other))), "{isa}: max of pair {i}");
            assert_eq!(bits(min[i]), bits(T::number(one.min(other))), "{isa}: min of pair {i}");
            assert_eq!(bits(larger[i]), bits(T::number(one.larger(other))), "{isa}: larger of pair {i}");
            assert_eq!(bits(smaller[i]), bits(T::number(one.smaller(other))), "{isa}: smaller of pair {i}");
        }
    }
}

#[test]
fn extremes_agree_with_their_formulas() {
    check::<f32>();
    check::<f64>();
}
