//! Random numbers from keys and indices, with the bits of JAX's generator.

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

/// Element `index` of an array of standard normal numbers: sqrt(2) * erf_inv(u), u uniform in (-1, 1).
pub(crate) fn normal(key: [u32; 2], index: u64) -> f32 {
    const LEAST: f32 = -1.0 + f32::EPSILON / 2.0;
    let [high, low] = threefry(key, index);
    let unit = ((high ^ low) >> 9) as f32 / 8_388_608.0;
    std::f32::consts::SQRT_2 * erf_inv(LEAST.max(2.0 * unit + LEAST))
}

/// The inverse error function in (-1, 1). Only `log1p` is not a basic operation, and libm's is one program everywhere.
fn erf_inv(x: f32) -> f32 {
    let w = -(libm::log1p((x * -x).into()) as f32);
    let p = if w < 5.0 { horner(&CENTRE, w - 2.5) } else { horner(&TAILS, w.sqrt() - 3.0) };
    p * x
}

/// Each multiply-add is rounded once to single precision, or nearly so: the product is exact in double precision.
fn horner(coefficients: &[f32], w: f32) -> f32 {
    coefficients.iter().fold(0.0, |p: f32, c| (f64::from(p) * f64::from(w) + f64::from(*c)) as f32)
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
        let drawn: Vec<f32> = (0..3).map(|i| normal([0, 0], i)).collect();
        assert_eq!(drawn, [1.622_642_2, 2.025_264_7, -0.433_594_44]);
    }

    #[test]
    fn is_finite_at_the_ends() {
        assert!(erf_inv(-1.0 + f32::EPSILON / 2.0).is_finite());
        assert_eq!(erf_inv(0.0), 0.0);
    }
}
