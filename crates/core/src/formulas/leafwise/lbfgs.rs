//! Limited-memory BFGS: what is kept of a step, the inner products of what is kept, and combinations of it.
//!
//! Vectors are summed in double precision. A number that passes between kernels and the host lies in a buffer as two, a head and
//! a tail, so that single precision holds it.

mod combine;
mod products;
mod remember;

pub(super) use combine::Combine;
pub(super) use products::Products;
pub(super) use remember::Remember;

/// How many vectors of the leaf's size both memories hold, wide enough to be squared; none unless they hold as many whole ones.
fn rows(shape: &[usize], params: usize, updates: usize) -> Option<u128> {
    let n: usize = shape.iter().product();
    (params >= n && params.is_multiple_of(n) && params == updates).then_some((params / n) as u128)
}
