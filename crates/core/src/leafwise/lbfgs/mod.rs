//! Limited-memory BFGS: the inner products of the memories, and the combinations of them that are the new updates.
//!
//! The memories are ring buffers. Both kernels see row `row`, modulo the length of the memories, as the differences from the last step,
//! or as zeros at the `first` step. Sums are in double precision.

mod combine;
mod exchange;
mod factor;
mod multiply;
mod products;

use crate::leafwise::kernel::{Case, LARGE_AND_SMALL};
pub(super) use combine::Combine;
pub(super) use products::Products;

const SCALARS: &[&str] = &["row", "first"];

/// Returns the cases of these kernels: the first step, and a step that replaces row 1 of a memory of three.
const fn cases(steps: &'static [&'static str]) -> [Case; 2] {
    let base = Case {
        leaves: LARGE_AND_SMALL,
        steps,
        slots: &[
            ("diff_params_memory", |shape, _| [&[3], shape].concat()),
            ("diff_updates_memory", |shape, _| [&[3], shape].concat()),
            ("products", |_, _| vec![exchange::PARTS, 25]),
            ("coefficients", |_, _| vec![exchange::PARTS, 7]),
        ],
        ..Case::EMPTY
    };
    [
        Case { scalars: &[("row", 0.0), ("first", 1.0)], ..base },
        Case { scalars: &[("row", 1.0), ("first", 0.0)], ..base },
    ]
}

/// Returns the number of rows of each memory, as a u128 so that its square fits. `slot_sizes` starts with the sizes of the last
/// parameters, the last updates and both memories; `None` unless both memories have the same number of whole rows.
fn rows(shape: &[usize], slot_sizes: &[usize]) -> Option<u128> {
    let n: usize = shape.iter().product();
    let [params, updates, w, g, ..] = *slot_sizes else { return None };
    (params == n && updates == n && w >= n && w.is_multiple_of(n) && w == g).then_some((w / n) as u128)
}
