//! Limited-memory BFGS: the inner products of what is kept, and combinations of it, which keep the step as well.
//!
//! Both kernels see the memories with a new row: the differences from the last step, zeros at the `first`, in row `row`, counted round the
//! memory. Vectors are summed in double precision. A number that passes between kernels and the host lies in a buffer as two, a head and
//! a tail, so that single precision holds it.

mod combine;
mod factor;
mod multiply;
mod products;

use super::kernel::{Case, LARGE_AND_SMALL};
pub(super) use combine::Combine;
pub(super) use products::Products;

const SCALARS: &[&str] = &["row", "first"];

/// Returns the cases of steps: the first one, and one that renews a row in the middle of a memory of three.
const fn cases(steps: &'static [&'static str]) -> [Case; 2] {
    let none = Case {
        leaves: LARGE_AND_SMALL,
        steps,
        slots: &[
            ("diff_params_memory", |shape, _| [&[3], shape].concat()),
            ("diff_updates_memory", |shape, _| [&[3], shape].concat()),
            ("products", |_, _| vec![2, 25]),
            ("coefficients", |_, _| vec![2, 7]),
        ],
        ..Case::NONE
    };
    [
        Case { scalars: &[("row", 0.0), ("first", 1.0)], ..none },
        Case { scalars: &[("row", 1.0), ("first", 0.0)], ..none },
    ]
}

/// How many vectors of the leaf's size both memories hold, wide enough to be squared, where `kept` begins with the last parameters and
/// updates, and the memories; none unless the memories hold as many whole ones.
fn rows(shape: &[usize], kept: &[usize]) -> Option<u128> {
    let n: usize = shape.iter().product();
    let [params, updates, w, g, ..] = *kept else { return None };
    (params == n && updates == n && w >= n && w.is_multiple_of(n) && w == g).then_some((w / n) as u128)
}
