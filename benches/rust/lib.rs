//! Plans for kernels and chains, and the plain loops with which the benchmarks compare them.

#![forbid(unsafe_code)]

mod plans;
mod stream;
mod traffic;

pub use plans::{chain, open};
pub use stream::{Pass, Stream};
pub use traffic::{Product, Traffic};
