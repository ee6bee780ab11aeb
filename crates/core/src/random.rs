//! Random numbers from keys and indices, with the bits of JAX's generator.
//!
//! No branches: the compiler takes neighbouring numbers together.

use crate::Isa;
use crate::compiled::{Compiled, Loop, Signature};
use crate::pack::Vector;

/// Coefficients of Giles's approximation of the inverse error function, by falling powers, in the centre and the tails.
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

/// The Threefry 2x32 hash of 20 rounds (Salmon et al. 2011), of a counter of 64 bits.
#[inline(always)]
pub(crate) fn threefry(key: [u32; 2], counter: u64) -> [u32; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let schedule = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd1_1bda];
    let mut x = ((counter >> 32) as u32).wrapping_add(key[0]);
    let mut y = (counter as u32).wrapping_add(key[1]);
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

/// Numbers to be drawn: those with indices `first .. first + n` of an array.
pub(crate) struct Draw {
    pub key: [u32; 2],
    pub first: u64,
    pub out: *mut f32,
    pub n: usize,
}

/// The signature of drawing; numbers are drawn in single precision, whatever they are used for.
pub(crate) struct Drawing;

impl Signature for Drawing {
    type Args<T> = Draw;
}

struct NormalLoop;

impl Loop for NormalLoop {
    type Signature = Drawing;

    #[inline(always)]
    unsafe fn run<V: Vector>(draw: &Draw) {
        // SAFETY: the caller says that there is room for n numbers.
        let out = unsafe { std::slice::from_raw_parts_mut(draw.out, draw.n) };
        let key = draw.key;
        for (i, out) in (0..).zip(out) {
            *out = normal(key, draw.first + i);
        }
    }
}

/// Fills an array with standard normal numbers.
pub(crate) fn normals(isa: Isa, key: [u32; 2], first: u64, out: &mut [f32]) {
    const COMPILED: &Compiled<Drawing> = &Compiled::of::<NormalLoop>();
    let draw = Draw { key, first, out: out.as_mut_ptr(), n: out.len() };
    // SAFETY: there is room for as many numbers as the array has.
    unsafe { COMPILED.entry::<f32>(isa)(&draw) }
}

/// Element `index` of an array of standard normal numbers: sqrt(2) * erf_inv(u), u uniform in (-1, 1).
#[inline(always)]
fn normal(key: [u32; 2], index: u64) -> f32 {
    const LEAST: f32 = -1.0 + f32::EPSILON / 2.0;
    let [high, low] = threefry(key, index);
    let unit = ((high ^ low) >> 9) as i32 as f32 / 8_388_608.0;
    let uniform = 2.0 * unit + LEAST;
    std::f32::consts::SQRT_2 * erf_inv(if uniform > LEAST { uniform } else { LEAST })
}

/// The inverse error function in (-1, 1).
#[inline(always)]
fn erf_inv(x: f32) -> f32 {
    let w = -(log1p((x * -x).into()) as f32);
    let central = w < 5.0;
    let w = if central { w - 2.5 } else { w.sqrt() - 3.0 };
    let mut p = 0.0;
    for i in 0..CENTRE.len() {
        // Rounded once to single precision, or nearly so: the product is exact in double precision.
        let c = if central { CENTRE[i] } else { TAILS[i] };
        p = (f64::from(p) * f64::from(w) + f64::from(c)) as f32;
    }
    p * x
}

/// log(1 + x) for -1 < x <= 0 without branches, with the bits of `libm`: FreeBSD's msun.
#[inline(always)]
fn log1p(x: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
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
    // 1 + x = 2^k (1 + f) with sqrt(1/2) < 1 + f < sqrt(2), and c what is lost in 1 + x.
    let u = 1.0 + x;
    let raised = u.to_bits() + (ONE - ROOT_HALF);
    let near = x > -f64::from_bits(0x3fd2_bec5 << 32);
    let k = f64::from_bits(raised >> 52 | TWO_52) - (4_503_599_627_370_496.0 + 1023.0);
    let k = if near { 0.0 } else { k };
    let c = if near { 0.0 } else { (x - (u - 1.0)) / u };
    let reduced = f64::from_bits((raised & 0x000f_ffff_ffff_ffff) + ROOT_HALF) - 1.0;
    let f = if near { x } else { reduced };
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (LG[1] + w * (LG[3] + w * LG[5]));
    let odd = z * (LG[0] + w * (LG[2] + w * (LG[4] + w * LG[6])));
    s * (half_square + (odd + even)) + (k * LN2_LOW + c) - half_square + f + k * LN2_HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_keys_as_jax_does() {
        assert_eq!(threefry([0, 0], 0), [1_797_259_609, 2_579_123_966]);
        assert_eq!(threefry([0, 0], 1), [928_981_903, 3_453_687_069]);
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
        let one_by_one: Vec<f32> = (0..1000).map(|i| normal([3, 4], i)).collect();
        for isa in crate::available_isas() {
            let mut drawn = vec![0.0; 1000];
            normals(isa, [3, 4], 0, &mut drawn[..101]);
            normals(isa, [3, 4], 101, &mut drawn[101..]);
            assert_eq!(drawn, one_by_one);
        }
    }

    #[test]
    fn takes_logarithms_with_the_bits_of_libm() {
        let spread = (1..1_000_000).map(|i| -f64::from(i) / 1e6);
        let small = (1..1000).map(|i| -(0.97f64.powi(i)));
        for x in spread.chain(small).chain([-0.292_893_3, -0.292_893_4, -0.292_894, -1.0 + f64::EPSILON]) {
            assert_eq!(log1p(x).to_bits(), libm::log1p(x).to_bits(), "{x}");
        }
    }

    #[test]
    fn is_finite_at_the_ends() {
        assert!(erf_inv(-1.0 + f32::EPSILON / 2.0).is_finite());
        assert_eq!(erf_inv(0.0), 0.0);
    }
}
