//! Element types of arrays in memory.

use std::fmt;

use half::{bf16, f16};
use serde::{Deserialize, Serialize};

/// The type of the elements of an array in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// IEEE half precision; only slots can have it.
    F16,
    /// bfloat16, the upper half of an f32; only slots can have it.
    Bf16,
}

impl Dtype {
    /// Returns the size of an element in bytes.
    pub const fn size(self) -> usize {
        match self {
            Dtype::F16 | Dtype::Bf16 => 2,
            Dtype::F32 => 4,
            Dtype::F64 => 8,
        }
    }

    /// Returns whether a kernel that computes in the type `compute` can store its slots in this type.
    pub(crate) fn stores(self, compute: Dtype) -> bool {
        self != Dtype::F64 || compute == Dtype::F64
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
            Dtype::F16 => "f16",
            Dtype::Bf16 => "bf16",
        })
    }
}

mod sealed {
    pub trait Sealed {}
}

/// The Rust type of an element.
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The `Dtype` of this type.
    const DTYPE: Dtype;
}

macro_rules! elements {
    ($($type:ty => $dtype:ident),*) => {$(
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;
        }
    )*};
}

elements!(f32 => F32, f64 => F64, f16 => F16, bf16 => Bf16);
