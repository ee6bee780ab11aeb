//! Cube roots without branches or divisions, so that the compiler takes lanes together.

use std::hint::select_unpredictable as select;

/// Single precision, to about one unit in the last place.
#[inline(always)]
pub(crate) fn cbrt_f32<const N: usize>(lanes: [f32; N]) -> [f32; N] {
    let mut roots = [0.0; N];
    for i in 0..N {
        roots[i] = one(lanes[i]);
    }
    roots
}

/// Double precision, with the bits of `libm`.
#[inline(always)]
pub(crate) fn cbrt_f64<const N: usize>(lanes: [f64; N]) -> [f64; N] {
    lanes.map(libm::cbrt)
}

/// a r² for r = a^(-1/3), which a guess from the exponent and one step find, and a Newton step from there.
#[inline(always)]
fn one(x: f32) -> f32 {
    const SIGN: u32 = 1 << 31;
    /// Below, a quarter of what is scaled by 2^72 loses no bits.
    const SMALL: f32 = 1e-30;
    /// Powers of (1 - e)^(-1/3), fitted where the guess leaves e.
    const POWERS: [f32; 4] = [0.999_997_56, 0.333_334_56, 0.223_908_87, 0.173_725_63];
    let magnitude = x.abs();
    let small = magnitude < SMALL;
    let a = magnitude * select(small, 4_722_366_482_869_645_213_696.0, 1.0);
    // A third of the exponent; factors of 15 bits have a product of their own in every instruction set.
    let r = f32::from_bits(1_419_880_000 - (a.to_bits() >> 16 & 0x7fff) * 0x5555);
    let e = 1.0 - (a * r) * (r * r);
    let r = r * (POWERS[0] + POWERS[1] * e + e * e * (POWERS[2] + POWERS[3] * e));
    let square = r * r;
    let root = a * square;
    // Of a quarter, as the cube of the root of the largest number may be larger.
    let excess = root * root * (root * 0.25) - a * 0.25;
    let root = root - excess * (square * (4.0 / 3.0));
    let root = root * select(small, 5.960_464_5e-8, 1.0);
    let signed = f32::from_bits(root.to_bits() ^ x.to_bits() & SIGN);
    select(magnitude < f32::INFINITY, signed, x + x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_within_a_unit_in_the_last_place() {
        let spread = (0..1u32 << 20).map(|i| f32::from_bits((i << 12) | (i % 4093)));
        let edges = [f32::MAX, f32::MIN, f32::MIN_POSITIVE, f32::from_bits(1), f32::from_bits((1 << 23) - 1)];
        let mut worst = 0.0f64;
        for x in spread.chain(edges).filter(|x| x.is_finite()) {
            let exact = libm::cbrt(x.into());
            let unit = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
            let [root] = cbrt_f32([x]);
            worst = worst.max((f64::from(root) - exact).abs() / unit);
        }
        assert!(worst < 1.0, "{worst}");
    }

    #[test]
    fn keeps_signs_infinities_and_nan() {
        let [zero, negative, infinite, lowest, nan] =
            cbrt_f32([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN]);
        assert_eq!([zero.to_bits(), negative.to_bits()], [0, 1 << 31]);
        assert_eq!([infinite, lowest], [f32::INFINITY, f32::NEG_INFINITY]);
        assert!(nan.is_nan());
        assert_eq!(cbrt_f32([-27.0, -1.0, 1.0, 8.0]), [-3.0, -1.0, 1.0, 2.0]);
    }
}
