use super::{Leaf, Leafwise};
use crate::compiled::Number;
use crate::random::{normal, threefry};

/// Adds `scale` times standard normal numbers, drawn from the key's child number `index`.
///
/// Scalars may be single precision, so the words of the key come in halves of 16 bits.
pub(crate) struct AddNoise;

impl Leafwise for AddNoise {
    const NAME: &'static str = "add_noise";
    const SCALARS: &'static [&'static str] =
        &["scale", "key0_high", "key0_low", "key1_high", "key1_low", "index"];
    const READS_PARAMS: bool = false;

    fn scratch(_: &[usize], _: &[usize]) -> usize {
        0
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let half = |i: usize| leaf.scalars[i].widen() as u32;
        let key = [half(1) << 16 | half(2), half(3) << 16 | half(4)];
        let own = threefry(key, u64::from(half(5)));
        let scale = leaf.scalars[0].lane();
        for (i, u) in (0..).zip(leaf.u) {
            let noise = T::of(normal(own, i).into()).lane();
            *u = T::number(u.lane() + scale * noise);
        }
    }
}
