//! Cube roots without branches or divisions.

use crate::lanes::vector::Vector;

/// Returns cube roots in single precision, with an error below one unit in the last place.
///
/// For `a = |x|` it estimates `r = a^(-1/3)` from the exponent and refines it once; `a r²` with one more Newton step is the root.
#[inline(always)]
pub(crate) fn cbrt_f32<V: Vector<Number = f32>>(x: V) -> V {
    /// Smaller inputs are scaled by 2^72, so that a quarter of them is exact.
    const SMALL: f64 = 1e-30;
    const UP: f64 = (1u128 << 72) as f64;
    const BACK: f64 = 1.0 / (1 << 24) as f64;
    let (zero, one) = (V::splat(0.0), V::splat(1.0));
    let magnitude = x.abs();
    let small = magnitude.lt(V::splat(SMALL));
    let a = magnitude * V::select(small, V::splat(UP), one);
    // Divides the exponent by 3: every instruction set has an exact product of two factors of 15 bits.
    let r = a.each(
        #[inline(always)]
        |a| f32::from_bits(1_419_880_000 - (a.to_bits() >> 16 & 0x7fff) * 0x5555),
    );
    let e = one - (a * r) * (r * r);
    // A polynomial fitted to (1 - e)^(-1/3) over the range of e that the estimate leaves.
    let [p0, p1, p2, p3] =
        [V::splat(0.999_997_56), V::splat(0.333_334_56), V::splat(0.223_908_87), V::splat(0.173_725_63)];
    let r = r * (p0 + p1 * e + e * e * (p2 + p3 * e));
    let square = r * r;
    let root = a * square;
    // The residual of a quarter of a: the cube of the root of the largest numbers would overflow.
    let quarter = V::splat(0.25);
    let short = a * quarter - root * root * (root * quarter);
    let back = V::select(small, V::splat(BACK), one);
    let back = V::select(x.lt(zero), -back, back);
    let root = root * back + short * (square * V::splat(4.0 / 3.0) * back);
    V::select(zero.lt(magnitude) & magnitude.lt(V::splat(f64::INFINITY)), root, x + x)
}

/// Returns cube roots in double precision: those of `libm`, lane by lane.
#[inline(always)]
pub(crate) fn cbrt_f64<V: Vector<Number = f64>>(x: V) -> V {
    x.each(libm::cbrt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::pack::Pack;

    #[test]
    fn is_within_a_unit_in_the_last_place() {
        let spread = (0..1u32 << 20).map(|i| f32::from_bits((i << 12) | (i % 4093)));
        let edges = [f32::MAX, f32::MIN, f32::MIN_POSITIVE, f32::from_bits(1), f32::from_bits((1 << 23) - 1)];
        let mut worst = 0.0f64;
        for x in spread.chain(edges).filter(|x| x.is_finite()) {
            let exact = libm::cbrt(x.into());
            let unit = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
            let [root] = cbrt_f32(Pack([x])).0;
            worst = worst.max((f64::from(root) - exact).abs() / unit);
        }
        assert!(worst < 1.0, "{worst}");
    }

    #[test]
    fn keeps_signs_infinities_and_nan() {
        let [zero, negative, infinite, lowest, nan] =
            cbrt_f32(Pack([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN])).0;
        assert_eq!([zero.to_bits(), negative.to_bits()], [0, 1 << 31]);
        assert_eq!([infinite, lowest], [f32::INFINITY, f32::NEG_INFINITY]);
        assert!(nan.is_nan());
        assert_eq!(cbrt_f32(Pack([-27.0f32, -1.0, 1.0, 8.0])).0, [-3.0, -1.0, 1.0, 2.0]);
    }
}
