//! Numbers in double precision that kernels and the host exchange in slots of the leaf's type.

use crate::lanes::dispatch::Number;

/// The numbers of a slot that hold one number: it is (head + tail) * 2^exponent, with a head in [1, 2), so that no slot overflows.
pub(super) const PARTS: usize = 3;

/// The largest exponent in magnitude: 2^exponent and its inverse are normal numbers.
const MOST: i32 = 1022;

/// Returns 2^exponent.
fn power(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// Stores a number in a slot as number `at`. Zeros, and what is not finite, have the exponent 0.
pub(super) fn store<T: Number>(slot: &mut [T], at: usize, number: f64) {
    let count = slot.len() / PARTS;
    let biased = (number.to_bits() >> 52 & 0x7ff) as i32;
    let exponent = if matches!(biased, 0 | 0x7ff) { 0 } else { (biased - 1023).clamp(-MOST, MOST) };
    let scaled = number * power(-exponent);
    slot[at] = T::of(scaled);
    slot[count + at] = T::of(scaled - slot[at].widen());
    slot[2 * count + at] = T::of(f64::from(exponent));
}

/// Returns number `at` of a slot.
pub(super) fn load<T: Number>(slot: &[T], at: usize) -> f64 {
    let count = slot.len() / PARTS;
    let exponent = (slot[2 * count + at].widen() as i32).clamp(-MOST, MOST);
    (slot[at].widen() + slot[count + at].widen()) * power(exponent)
}

#[cfg(test)]
mod tests {
    use super::{PARTS, load, store};

    #[test]
    fn numbers_of_any_size_fit_a_slot_in_single_precision() {
        for number in [0.0, -0.0, 1.0, -3.25e40, 1e-60, 4.9e-324, 2.2e-308, 1.7e308, 1.0 / 3.0] {
            let mut slot = [0f32; 2 * PARTS];
            store(&mut slot, 1, number);
            assert!(slot.iter().all(|part| part.is_finite()));
            let found = load(&slot, 1);
            assert!(
                (found - number).abs() <= number.abs() * 1e-14 + f64::from(f32::MIN_POSITIVE),
                "{number} {found}"
            );
        }
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        let mut slot = [0f32; PARTS];
        for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            store(&mut slot, 0, number);
            assert!(!load(&slot, 0).is_finite());
        }
    }
}
