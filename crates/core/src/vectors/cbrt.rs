//! Cube roots without branches, so that the compiler takes lanes together; the bits are those of `libm`.

/// Single precision.
#[inline(always)]
pub(crate) fn cbrt_f32<const N: usize>(lanes: [f32; N]) -> [f32; N] {
    let mut roots = [0.0; N];
    for i in 0..N {
        roots[i] = one(lanes[i]);
    }
    roots
}

/// Double precision.
#[inline(always)]
pub(crate) fn cbrt_f64<const N: usize>(lanes: [f64; N]) -> [f64; N] {
    lanes.map(libm::cbrt)
}

/// As FreeBSD's msun computes it: a guess from the exponent, and two Newton steps in double precision.
#[inline(always)]
fn one(x: f32) -> f32 {
    const LEAST_NORMAL: u32 = 0x0080_0000;
    const INFINITE: u32 = 0x7f80_0000;
    const SCALE: f32 = 16_777_216.0;
    let magnitude = x.to_bits() & 0x7fff_ffff;
    let scaled = (x * SCALE).to_bits() & 0x7fff_ffff;
    let subnormal = magnitude < LEAST_NORMAL;
    let guess =
        if subnormal { scaled } else { magnitude } / 3 + if subnormal { 642_849_266 } else { 709_958_130 };
    let mut t = f64::from(f32::from_bits(guess | x.to_bits() & 0x8000_0000));
    let x_wide = f64::from(x);
    for _ in 0..2 {
        let r = t * t * t;
        t = t * (x_wide + x_wide + r) / (x_wide + r + r);
    }
    if magnitude == 0 || magnitude >= INFINITE { x + x } else { t as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_bits_of_libm() {
        let spread = (0..1u32 << 20).map(|i| f32::from_bits((i << 12) | (i % 4093)));
        for x in spread.chain([0.0, -0.0, f32::INFINITY, f32::MIN_POSITIVE, f32::from_bits(1), 1.0, -27.0]) {
            let [root] = cbrt_f32([x]);
            let expected = libm::cbrtf(x);
            assert!(
                root.to_bits() == expected.to_bits() || root.is_nan() && expected.is_nan(),
                "{x}: {root}"
            );
        }
    }
}
