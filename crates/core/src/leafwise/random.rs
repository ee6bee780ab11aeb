//! Random numbers from keys and indices, with the bits of JAX's generator.
//!
//! A batch goes through one stage after the other, without branches, so that the compiler vectorizes each stage.

use crate::lanes::dispatch::{DispatchTable, Loop, Signature};
use crate::lanes::isa::Isa;
use crate::lanes::vector::Vector;

/// Coefficients of Giles's approximation of the inverse error function, by falling powers: one in the centre, one in the tails.
#[allow(clippy::excessive_precision, reason = "the digits that were published")]
const CENTRE: [f32; 9] = [
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
];
#[allow(clippy::excessive_precision, reason = "the digits that were published")]
const TAILS: [f32; 9] = [
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
];

/// The numbers that are drawn together.
const BATCH: usize = 64;

/// Returns the Threefry 2x32 hash of 20 rounds (Salmon et al. 2011) of a counter of two words, the high one first.
#[inline(always)]
pub(crate) fn threefry(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let schedule = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd1_1bda];
    let mut x = counter[0].wrapping_add(key[0]);
    let mut y = counter[1].wrapping_add(key[1]);
    for group in 0..5 {
        for rotation in ROTATIONS[group % 2] {
            x = x.wrapping_add(y);
            y = y.rotate_left(rotation) ^ x;
        }
        x = x.wrapping_add(schedule[(group + 1) % 3]);
        y = y.wrapping_add(schedule[(group + 2) % 3]).wrapping_add(group as u32 + 1);
    }
    [x, y]
}

/// A request to draw the numbers with indices `first .. first + n` of an array.
pub(crate) struct Draw {
    pub key: [u32; 2],
    pub first: u64,
    pub out: *mut f32,
    pub n: usize,
}

/// The signature of the loop: numbers are drawn in single precision, whatever the type of the leaf.
pub(crate) struct Drawing;

impl Signature for Drawing {
    type Args<T> = Draw;
}

struct NormalLoop;

impl Loop for NormalLoop {
    type Signature = Drawing;

    #[inline(always)]
    unsafe fn run<V: Vector>(draw: &Draw) {
        // SAFETY: the caller guarantees that there is room for n numbers.
        let out = unsafe { std::slice::from_raw_parts_mut(draw.out, draw.n) };
        for (start, out) in (draw.first..).step_by(BATCH).zip(out.chunks_mut(BATCH)) {
            out.copy_from_slice(&batch::<V>(draw.key, start)[..out.len()]);
        }
    }
}

/// Fills an array with standard normal numbers, from index `first` on.
pub(crate) fn normals(isa: Isa, key: [u32; 2], first: u64, out: &mut [f32]) {
    const COMPILED: &DispatchTable<Drawing> = &DispatchTable::of::<NormalLoop>();
    let draw = Draw { key, first, out: out.as_mut_ptr(), n: out.len() };
    // SAFETY: `out` has `n` elements.
    unsafe { COMPILED.entry::<f32>(isa)(&draw) }
}

/// Draws standard normal numbers from index `first` on: sqrt(2) * erf_inv(u) with u uniform in (-1, 1).
#[inline(always)]
fn batch<V: Vector>(key: [u32; 2], first: u64) -> [f32; BATCH] {
    let mut uniforms = [0.0; BATCH];
    for (i, out) in (0..).zip(&mut uniforms) {
        let (low, carry) = (first as u32).overflowing_add(i);
        let [x, y] = threefry(key, [((first >> 32) as u32).wrapping_add(carry.into()), low]);
        *out = uniform(x ^ y);
    }
    let mut logs = [0.0; BATCH];
    for i in 0..BATCH {
        logs[i] = log_below_one(uniforms[i] * uniforms[i]);
    }
    let mut normals = [0.0; BATCH];
    for i in 0..BATCH {
        normals[i] = std::f32::consts::SQRT_2 * (inverse_erf::<V>(-logs[i]) * uniforms[i]);
    }
    normals
}

/// Returns a number in (-1, 1) from the upper 23 bits.
#[inline(always)]
fn uniform(bits: u32) -> f32 {
    const LEAST: f32 = -1.0 + f32::EPSILON / 2.0;
    2.0 * ((bits >> 9) as i32 as f32 / 8_388_608.0) + LEAST
}

/// Returns the inverse error function of x, divided by x, from w = -log(1 - x²).
#[inline(always)]
fn inverse_erf<V: Vector>(w: f32) -> f32 {
    let central = w < 5.0;
    let w = if central { w - 2.5 } else { w.sqrt() - 3.0 };
    let mut p = 0.0;
    for i in 0..CENTRE.len() {
        p = multiply_add::<V>(p, w, if central { CENTRE[i] } else { TAILS[i] });
    }
    p
}

/// Returns `a * b + c`, rounded once: the product is exact in double precision, and a test checks all numbers that can be drawn.
#[inline(always)]
fn multiply_add<V: Vector>(a: f32, b: f32, c: f32) -> f32 {
    if V::FUSES { a.mul_add(b, c) } else { (f64::from(a) * f64::from(b) + f64::from(c)) as f32 }
}

/// Returns log(1 - x) for 0 <= x < 1, computed in double precision by the method of FreeBSD's msun.
#[inline(always)]
fn log_below_one(x: f32) -> f32 {
    const LG: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    const ROOT_HALF: u64 = 0x3fe6_a09e << 32;
    const ONE: u64 = 0x3ff0_0000 << 32;
    const TWO_52: u64 = 0x4330_0000 << 32;
    // 1 - x = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2); 1 - x is exact where k is not zero.
    let x = -f64::from(x);
    let raised = (1.0 + x).to_bits() + (ONE - ROOT_HALF);
    let k = f64::from_bits(raised >> 52 | TWO_52) - (4_503_599_627_370_496.0 + 1023.0);
    let reduced = f64::from_bits((raised & 0x000f_ffff_ffff_ffff) + ROOT_HALF) - 1.0;
    let f = if k == 0.0 { x } else { reduced };
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (LG[1] + w * (LG[3] + w * LG[5]));
    let odd = z * (LG[0] + w * (LG[2] + w * (LG[4] + w * LG[6])));
    (s * (half_square + (odd + even)) - half_square + f + k * std::f64::consts::LN_2) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::pack::Pack;

    #[test]
    fn splits_keys_as_jax_does() {
        assert_eq!(threefry([0, 0], [0, 0]), [1_797_259_609, 2_579_123_966]);
        assert_eq!(threefry([0, 0], [0, 1]), [928_981_903, 3_453_687_069]);
    }

    #[test]
    fn draws_the_numbers_of_jax() {
        for isa in crate::available_isas() {
            let mut drawn = [0.0; 3];
            normals(isa, [0, 0], 0, &mut drawn);
            assert_eq!(drawn, [1.622_642_2, 2.025_264_7, -0.433_594_44]);
        }
    }

    #[test]
    fn draws_the_same_numbers_with_every_instruction_set_and_from_every_start() {
        const FIRST: u64 = u32::MAX as u64 - 500;
        let expected: Vec<f32> = (0..1000).map(|i| batch::<Pack<f32, 1>>([3, 4], FIRST + i)[0]).collect();
        for isa in crate::available_isas() {
            let mut drawn = vec![0.0; 1000];
            normals(isa, [3, 4], FIRST, &mut drawn[..101]);
            normals(isa, [3, 4], FIRST + 101, &mut drawn[101..]);
            assert_eq!(drawn, expected);
        }
    }

    #[test]
    fn rounds_every_uniform_number_as_exact_logarithms_and_fused_products_do() {
        for bits in (0..=u32::MAX).step_by(1 << 9) {
            let x = uniform(bits);
            let log = log_below_one(x * x);
            assert_eq!(log, libm::log1p(f64::from(x * -x)) as f32, "{x}");
            let central = -log < 5.0;
            let w = if central { -log - 2.5 } else { (-log).sqrt() - 3.0 };
            let coefficients = if central { CENTRE } else { TAILS };
            let fused = coefficients.into_iter().fold(0.0, |p, c| libm::fmaf(p, w, c));
            assert_eq!(inverse_erf::<Pack<f32, 1>>(-log), fused, "{x}");
            assert!(fused.is_finite());
        }
    }
}
