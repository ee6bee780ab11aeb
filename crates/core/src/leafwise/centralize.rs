//! Gradient centralization: the mean of each slice subtracted.

use crate::lanes::dispatch::Number;
use crate::leafwise::kernel::{Case, LARGE_AND_SMALL, Leaf, Leafwise};

/// Subtracts its mean from each slice along the first axis; vectors are left alone.
pub(crate) struct Centralize;

impl Leafwise for Centralize {
    const NAME: &'static str = "centralize";
    const SCALARS: &'static [&'static str] = &[];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &[
        Case { leaves: LARGE_AND_SMALL, steps: &[Self::NAME], ..Case::EMPTY },
        Case { leaves: &[&[], &[257], &[2, 0, 3], &[7, 3]], steps: &[Self::NAME], ..Case::EMPTY },
    ];

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let [slices, _, ..] = *leaf.shape else { return };
        for slice in leaf.u.chunks_exact_mut(leaf.u.len() / slices) {
            let sum: f64 = slice.iter().map(|x| x.widen()).sum();
            let mean = T::of(sum / slice.len() as f64).lane();
            for x in slice {
                *x = T::number(x.lane() - mean);
            }
        }
    }
}
