//! Limited-memory BFGS: the inner products of the memories, and the combinations of them that are the new updates.
//!
//! Both kernels take the memories with row `row`, modulo their length, replaced by the differences from the last step, or by zeros at the
//! `first` step. Sums are in double precision. A number between a kernel and the host is stored as two, a head and a tail, so that slots
//! in single precision hold it.

mod combine;
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
            ("products", |_, _| vec![2, 25]),
            ("coefficients", |_, _| vec![2, 7]),
        ],
        ..Case::EMPTY
    };
    [
        Case { scalars: &[("row", 0.0), ("first", 1.0)], ..base },
        Case { scalars: &[("row", 1.0), ("first", 0.0)], ..base },
    ]
}

/// Returns the rows of the memories, as a type in which their square fits. `slot_sizes` are those of last parameters, last updates and
/// both memories; `None` unless both memories have as many whole rows.
fn rows(shape: &[usize], slot_sizes: &[usize]) -> Option<u128> {
    let n: usize = shape.iter().product();
    let [params, updates, w, g, ..] = *slot_sizes else { return None };
    (params == n && updates == n && w >= n && w.is_multiple_of(n) && w == g).then_some((w / n) as u128)
}
