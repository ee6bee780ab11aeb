//! Headers of safetensors files, without their data: an 8-byte length, and JSON with the type, the shape and the place of each tensor.
//!
//! The format is that of the crate `safetensors`. This crate reads and writes headers alone, so that data goes straight between a file
//! and its arrays, and also refuses names that occur twice, which a map of names would hide.

#![forbid(unsafe_code)]

mod error;
mod header;
mod read;
mod write;

pub use error::Error;
pub use read::{header_length, read_header};
pub use write::write_header;
