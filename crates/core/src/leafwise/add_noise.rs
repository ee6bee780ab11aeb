//! Normal noise, added to updates.

use crate::lanes::dispatch::Number;
use crate::leafwise::kernel::{Case, Context, LARGE_AND_SMALL, Leaf, Leafwise};
use crate::leafwise::random::{normals, threefry};
use crate::threads::Shared;

/// The numbers that are drawn at a time, and then added.
const CHUNK: usize = 256;
/// The elements of a thread's task.
const TASK: usize = 64 * CHUNK;

/// Adds `scale` times standard normal numbers, drawn with child `index` of the key, as of `jax.random.split`.
///
/// The scalars give each word of the key in two halves of 16 bits, which single precision holds exactly.
pub(crate) struct AddNoise;

impl Leafwise for AddNoise {
    const NAME: &'static str = "add_noise";
    const SCALARS: &'static [&'static str] =
        &["scale", "key0_high", "key0_low", "key1_high", "key1_low", "index"];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &[Case {
        leaves: LARGE_AND_SMALL,
        steps: &[Self::NAME],
        scalars: &[
            ("key0_high", 1.0),
            ("key0_low", 2.0),
            ("key1_high", 3.0),
            ("key1_low", 4.0),
            ("index", 5.0),
        ],
        ..Case::EMPTY
    }];
    const OUT_OF_PLACE: bool = true;

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let half = |i: usize| leaf.scalars[i].widen() as u32;
        let key = [half(1) << 16 | half(2), half(3) << 16 | half(4)];
        let own = threefry(key, [0, half(5)]);
        let (scale, Context { team, isa }, n) = (leaf.scalars[0], leaf.context, leaf.u.len());
        let u = Shared::new(leaf.u);
        team.each(n.div_ceil(TASK), |task| {
            let mut noise = [0.0; CHUNK];
            for start in (task * TASK..n.min((task + 1) * TASK)).step_by(CHUNK) {
                let elements = start..n.min(start + CHUNK);
                // SAFETY: no two tasks have an element in common.
                let chunk = unsafe { u.part(elements.clone()) };
                if let Some(input) = leaf.input {
                    chunk.copy_from_slice(&input[elements]);
                }
                normals(isa, own, start as u64, &mut noise[..chunk.len()]);
                for (u, noise) in chunk.iter_mut().zip(&noise) {
                    *u = T::number(u.lane() + scale.lane() * T::of((*noise).into()).lane());
                }
            }
        });
    }
}
