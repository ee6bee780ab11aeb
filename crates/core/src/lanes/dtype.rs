use std::fmt;

use half::{bf16, f16};
use serde::{Deserialize, Serialize};

/// The type of an element in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// IEEE half precision; slots only.
    F16,
    /// The upper half of an f32; slots only.
    Bf16,
}

impl Dtype {
    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            Dtype::F16 | Dtype::Bf16 => 2,
            Dtype::F32 => 4,
            Dtype::F64 => 8,
        }
    }

    /// Whether a kernel that computes in `compute` can keep its state in this type.
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

/// A Rust type that lies in a session's memory.
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// Its name in a plan.
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
