//! Limited-memory BFGS: the inner products of what is kept, and combinations of it, which keep the step as well.
//!
//! Both kernels see the memories with a new row: the differences from the last step, zeros at the `first`, in row `row`, counted round the
//! memory. Vectors are summed in double precision. A number that passes between kernels and the host lies in a buffer as two, a head and
//! a tail, so that single precision holds it.

mod combine;
mod factor;
mod multiply;
mod products;

pub(super) use combine::Combine;
pub(super) use products::Products;

const SCALARS: &[&str] = &["row", "first"];

/// How many vectors of the leaf's size both memories hold, wide enough to be squared, where `kept` begins with the last parameters and
/// updates, and the memories; none unless the memories hold as many whole ones.
fn rows(shape: &[usize], kept: &[usize]) -> Option<u128> {
    let n: usize = shape.iter().product();
    let [params, updates, w, g, ..] = *kept else { return None };
    (params == n && updates == n && w >= n && w.is_multiple_of(n) && w == g).then_some((w / n) as u128)
}
